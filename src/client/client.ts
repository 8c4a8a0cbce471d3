/**
 * `purser/client`: a client of Purser's HTTP API without dependencies. One method per operation, named as in the OpenAPI
 * document; what the server has is generated into `wire/`, so the two cannot differ.
 */
import { eventsOf } from './events.ts';
import { bodyOf, exchange, waited, type Link } from './exchange.ts';
import { listOf, type List, type Page } from './list.ts';
import type { Answer, Arguments, CallOptions, EventsName, ListName, Name, PolledName, Route } from './operation.ts';
import { defaults } from './repeating.ts';
import { requestOf } from './request.ts';
import { operations } from './wire/operations.ts';

export { PurserError, UnreachableError } from './errors.ts';
export { readJson, writeJson } from './json.ts';
export type { List, Page } from './list.ts';
export type { Answer, CallOptions, Input, ListName, Name, PolledName } from './operation.ts';
export { defaults } from './repeating.ts';
export type { ErrorCode } from './wire/errors.ts';
export type * from './wire/operations.ts';
export { operations };

export interface ClientOptions {
  /** Where the server is; what stands behind the host is put before every path. */
  readonly url?: string;
  /** Without a key only `/health` and `/ready` answer. */
  readonly key?: string | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
  /** Other values than `defaults`. */
  readonly bounds?: Partial<Link['bounds']>;
}

/** An answer and what came with it. */
export interface Reply<T> {
  readonly body: T;
  /** The server had recorded it before: this request came again. */
  readonly replayed: boolean;
  readonly requestId: string | undefined;
  /** The key that the request went under, where its operation has one. */
  readonly idempotencyKey: string | undefined;
}

export interface ChangesOptions extends CallOptions {
  readonly everyMs?: number | undefined;
}

type Method<N extends Name> = N extends ListName
  ? (...args: Arguments<N>) => List<Answer<N>>
  : N extends EventsName
    ? (...args: Arguments<N>) => AsyncIterable<Answer<N>>
    : (...args: Arguments<N>) => Promise<Answer<N>>;

/** Lists go on by themselves, streams resume by themselves; everything else is one question and one answer. */
export type Client = { readonly [N in Name]: Method<N> } & {
  /** The same as the method of this name, with what came beside the answer. A list answers its one page. */
  call<N extends Exclude<Name, EventsName>>(
    name: N,
    ...args: Arguments<N>
  ): Promise<Reply<N extends ListName ? Page<Answer<N>> : Answer<N>>>;
  /** The answer now, and again whenever it has changed, for ever; an unchanged one costs the server next to nothing. */
  changes<N extends PolledName>(name: N, ...args: Arguments<N, ChangesOptions>): AsyncIterable<Answer<N>>;
};

type Fields = Readonly<Record<string, unknown>>;
type AnyMethod = (input?: Fields, options?: CallOptions) => unknown;

export const DEFAULT_URL = 'http://127.0.0.1:9090';

export function createClient({ url = DEFAULT_URL, key, fetch: own, bounds }: ClientOptions = {}): Client {
  const link: Link = {
    url: url.replace(/\/+$/, ''),
    key,
    fetch: own ?? fetch,
    bounds: { ...defaults, ...bounds },
  };
  const methods = Object.keys(operations)
    .filter(isName)
    .map((name) => [name, methodOf(link, name, operations[name])] as const);
  const further = {
    call: (name: Name, input?: Fields, options?: CallOptions) => reply(link, name, { input, options }),
    changes: (name: Name, input?: Fields, options?: ChangesOptions) =>
      changesOf(link, name, input ?? {}, options ?? {}),
  };
  const all: object = { ...Object.fromEntries(methods), ...further };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is made of the table that the methods are made of
  return all as Client;
}

const isName = (name: string): name is Name => name in operations;

function methodOf(link: Link, name: Name, route: Route): AnyMethod {
  if (route.kind === 'events') return (input = {}, { signal } = {}) => eventsOf(link, requestOf(route, input), signal);
  if (route.kind === 'list')
    return (input, options) => listOf((cursor) => readPage(link, name, { input, options, cursor }));
  return async (input, options) => (await reply(link, name, { input, options })).body;
}

interface Asked {
  readonly input: Fields | undefined;
  readonly options: CallOptions | undefined;
}

/** Without a cursor: behind the caller's own, if there is one. */
async function readPage(
  link: Link,
  name: Name,
  { input, options, cursor }: Asked & { cursor: string | undefined },
): Promise<Page<unknown>> {
  const { body } = await reply(link, name, { input: cursor === undefined ? input : { ...input, cursor }, options });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the form of every list, see the OpenAPI document
  return body as Page<unknown>;
}

async function reply(link: Link, name: Name, { input = {}, options = {} }: Asked): Promise<Reply<unknown>> {
  const route: Route = operations[name];
  const answered = await exchange(link, { name, route, input }, { signal: options.signal });
  const { headers, text, idempotencyKey } = answered;
  return {
    body: route.kind === 'text' ? text : bodyOf(answered),
    replayed: headers.get('idempotency-replayed') === 'true',
    requestId: headers.get('x-request-id') ?? undefined,
    idempotencyKey,
  };
}

async function* changesOf(link: Link, name: Name, input: Fields, { signal, everyMs }: ChangesOptions): AsyncGenerator {
  let etag: string | undefined;
  for (;;) {
    const headers: Record<string, string> = etag === undefined ? {} : { 'If-None-Match': etag };
    const answered = await exchange(link, { name, route: operations[name], input }, { signal, headers });
    if (answered.status !== 304) yield bodyOf(answered);
    etag = answered.headers.get('etag') ?? undefined;
    await waited(everyMs ?? link.bounds.everyMs, signal);
  }
}
