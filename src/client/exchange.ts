/** Sends a request until there is an answer that will not get better, within bounds. */
import { errorOf, UnreachableError } from './errors.ts';
import { readJson } from './json.ts';
import type { Name, Route } from './operation.ts';
import { isRepeatable, passingStatuses, pauseMs, type Bounds } from './repeating.ts';
import { requestOf, type HttpRequest } from './request.ts';

/** Where the server is, who asks, and how patiently. */
export interface Link {
  readonly url: string;
  readonly key: string | undefined;
  readonly fetch: typeof fetch;
  readonly bounds: Bounds;
}

/** An answer as it came. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The key that the request went under. */
  readonly idempotencyKey: string | undefined;
}

export interface Exchange {
  readonly signal: AbortSignal | undefined;
  /** Header lines beyond those of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Throws PurserError, UnreachableError, or the reason of the caller's signal. */
export async function exchange(
  link: Link,
  operation: { readonly name: Name; readonly route: Route; readonly input: Readonly<Record<string, unknown>> },
  { signal, headers }: Exchange,
): Promise<Answered> {
  const { name, route, input } = operation;
  const request = requestOf(route, input);
  const attemptsMax = isRepeatable(name, route, input) ? link.bounds.attemptsMax : 1;
  for (let attempt = 1; ; attempt++) {
    const answered = await send(link, request, { signal, headers });
    const passing = answered instanceof UnreachableError || passingStatuses.has(answered.status);
    const pause = passing && attempt < attemptsMax ? pauseMs(attempt, retryAfterOf(answered), link.bounds) : undefined;
    if (pause === undefined) return told(answered);
    await waited(pause, signal);
  }
}

const retryAfterOf = (answered: Answered | UnreachableError): string | null =>
  answered instanceof UnreachableError ? null : answered.headers.get('retry-after');

function told(answered: Answered | UnreachableError): Answered {
  if (answered instanceof UnreachableError) throw answered;
  const { status, text, headers, idempotencyKey } = answered;
  if (status === 304 || (status >= 200 && status < 300)) return answered;
  const requestId = headers.get('x-request-id') ?? undefined;
  throw errorOf(status, jsonOrNothing(text), { requestId, idempotencyKey });
}

function jsonOrNothing(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** The body of a success. */
export function bodyOf({ status, text, headers, idempotencyKey }: Answered): unknown {
  const body = jsonOrNothing(text);
  // A page of something in between, perhaps of a proxy that asks people to log in.
  if (body === undefined)
    throw errorOf(status, undefined, { requestId: headers.get('x-request-id') ?? undefined, idempotencyKey });
  return body;
}

/** One attempt; a failure of the connection is an answer, too. */
async function send(
  link: Link,
  request: HttpRequest,
  { signal, headers }: { signal: AbortSignal | undefined; headers: Readonly<Record<string, string>> | undefined },
): Promise<Answered | UnreachableError> {
  // Made before the attempt: a header that cannot be one is the caller's mistake, and no failure of the connection.
  const made = outgoing(link, request, headers);
  const late = AbortSignal.timeout(link.bounds.timeoutMs);
  try {
    const response = await link.fetch(made.url, {
      ...made.init,
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
    return {
      status: response.status,
      text: await response.text(),
      headers: response.headers,
      idempotencyKey: request.idempotencyKey,
    };
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    const cause = late.aborted ? new Error(`nothing for ${link.bounds.timeoutMs / 1_000} s`) : error;
    return new UnreachableError(link.url, cause, request.idempotencyKey);
  }
}

export function outgoing(
  { url, key }: Link,
  { method, target, headers, body }: HttpRequest,
  further: Readonly<Record<string, string>> = {},
): { readonly url: string; readonly init: RequestInit } {
  const all = new Headers({ ...headers, ...further });
  if (key !== undefined) all.set('Authorization', `Bearer ${key}`);
  // A redirect could carry the key elsewhere, and a create that becomes a GET would seem to be done.
  return {
    url: url + target,
    init: { method, headers: all, redirect: 'error', ...(body === undefined ? {} : { body }) },
  };
}

/** Rejects with the signal's reason as soon as that is given. */
export function waited(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const abort = (): void => reject(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  });
}
