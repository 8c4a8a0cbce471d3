/** One operation as a route: who asks, whether they may, what they ask, and the answer in time. */
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { allows } from '../access/permissions.ts';
import { limits } from '../base/limits.ts';
import { refused, type ApiAnswer, type ApiOperation } from '../operations/api-operation.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { Authenticator } from './authenticate.ts';
import { pageHeaders } from './cors.ts';
import { readInput } from './read-input.ts';
import { refuse, requestIdOf, respond } from './respond.ts';

/** A request that came over no socket, as tests send it, has none. */
type Bound = { Bindings: Partial<HttpBindings> };

export interface RouteParts {
  /** Who sends this; undefined: nobody whom the server knows; `limited`: somebody who has been wrong too often. */
  readonly authenticate: Authenticator['authenticate'];
  /** Told of every answer. */
  readonly observe: (operation: string, status: number, startedMs: number) => void;
  /** Told of what must not happen; the caller hears `internal`. */
  readonly report: (operation: string, requestId: string, error: unknown) => void;
}

export function routeOf(operation: ApiOperation, parts: RouteParts): (context: Context<Bound>) => Promise<Response> {
  const respondTo = responder(operation, parts);
  const further = pageHeaders(operation.path);
  return async (context) => {
    const startedMs = performance.now();
    const requestId = requestIdOf(context.req.raw.headers);
    const { promise, resolve } = Promise.withResolvers<Response>();
    const late = setTimeout(
      () => resolve(refuse(refused('deadline_exceeded'), requestId, further)),
      limits.httpAnswerMs,
    );
    void respondTo(context, requestId).then(resolve);
    const response = await promise;
    clearTimeout(late);
    parts.observe(operation.name, response.status, startedMs);
    return response;
  };
}

/** Never rejects. */
function responder(
  operation: ApiOperation,
  parts: RouteParts,
): (context: Context<Bound>, requestId: string) => Promise<Response> {
  const { name, mediaType, polled = false, keptSeconds } = operation;
  const further = pageHeaders(operation.path);
  return async (context, requestId) => {
    const { headers, method } = context.req.raw;
    try {
      // A stream has no end, so there is nothing that its header lines alone could say.
      if (method === 'HEAD' && mediaType === 'text/event-stream')
        return refuse(refused('method_not_allowed'), requestId, { ...further, Allow: operation.method });
      const answered = await answer(operation, context, parts);
      const ifNoneMatch = polled ? headers.get('if-none-match') : undefined;
      return respond(answered, { requestId, mediaType, ifNoneMatch, keptSeconds, further });
    } catch (error) {
      const unavailable = error instanceof StoreUnavailable;
      if (!unavailable) parts.report(name, requestId, error);
      return refuse(refused(unavailable ? 'unavailable' : 'internal'), requestId, further);
    }
  };
}

async function answer(
  operation: ApiOperation,
  context: Context<Bound>,
  { authenticate }: RouteParts,
): Promise<ApiAnswer> {
  const request = context.req.raw;
  const caller = await authenticate({
    authorization: request.headers.get('authorization') ?? undefined,
    apiKey: request.headers.get('x-api-key') ?? undefined,
    peer: incomingOf(context)?.socket.remoteAddress ?? '',
  });
  if (caller === undefined) return refused('unauthorized');
  if (caller === 'limited') return refused('too_many_attempts');
  if (!allows(caller, operation.permission)) return refused('forbidden');
  const input = await readInput(operation, { request, incoming: incomingOf(context), path: context.req.param() });
  if ('outcome' in input) return input;
  return operation.run({ ...input, caller, headers: request.headers });
}

/** The socket's side of a request, as far as there is one. */
function incomingOf({ env }: Context<Bound>): IncomingMessage | undefined {
  return env?.incoming;
}
