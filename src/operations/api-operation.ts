/**
 * One definition per operation of the HTTP API: who may call it, what it takes and gives, how it refuses, and what it
 * does. `http/` makes routes, validation and the OpenAPI document of a list of these; nothing is said twice.
 */
import type * as z from 'zod';
import type { Caller } from '../access/caller.ts';
import type { Permission } from '../access/permissions.ts';
import type { ApiError } from './codes.ts';

/** `reference`: may be kept a while. `stream`: at once. `change-feed`: as fresh as its watermark. `bulk-window`: a job, a window. */
export type Tier = 'reference' | 'stream' | 'change-feed' | 'bulk-window';

export interface ApiOperation<Path = unknown, Query = unknown, Body = unknown, Answer = unknown> {
  /** The operation's id in the document, in metrics and in logs; unique. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Parameters in braces: `/v1/transfers/{tx_id}`. */
  readonly path: `/${string}`;
  /** The chapter of the documentation. */
  readonly chapter: string;
  readonly summary: string;
  /** A sentence or two beyond the summary. */
  readonly description?: string;
  readonly permission: Permission;
  /** Which promises about freshness and speed it makes (B-08); every operation of the budget gate has exactly one. */
  readonly tier?: Tier;
  /** Strict objects: an unknown field is refused by name. What is left out must not come at all. */
  readonly input: {
    readonly path?: z.ZodType<Path>;
    readonly query?: z.ZodType<Query>;
    readonly body?: z.ZodType<Body>;
  };
  /** The body may be a file of comma-separated values: `only`, or `also` beside JSON, whose schema then does not see it. */
  readonly csv?: 'only' | 'also';
  /** The header `Idempotency-Key` is the key, or may be one. Where it is neither the body's own id is, or there is none. */
  readonly idempotencyKey?: 'required' | 'optional';
  /** Answers 201 the first time, and 200 with `Idempotency-Replayed: true` when the same comes again. */
  readonly creates?: boolean;
  /** Readers poll it: it has an ETag, and 304 while nothing has changed. */
  readonly polled?: boolean;
  /** Readers may keep the answer for so long without asking (with `polled` only); else they have to ask each time. */
  readonly keptSeconds?: number;
  /** What a success holds; other media types than JSON have none. */
  readonly answer?: z.ZodType<Answer>;
  readonly mediaType?: 'application/json' | 'text/event-stream' | 'text/plain' | 'text/csv';
  /** Codes beyond those that every operation can refuse with. */
  readonly refusals: readonly ApiError[];
  /**
   * Told of input that the schemas did not let pass; may name the refusal itself, where a contract fixes the order of checks.
   * The key is empty when there was none, or one that is none.
   */
  invalid?(wire: { readonly body: unknown; readonly key: string }): ApiError | undefined;
  run(request: ApiRequest<Path, Query, Body>): ApiAnswer<Answer> | Promise<ApiAnswer<Answer>>;
}

/** What an operation hears: input that its schemas let pass, and who sent it. */
interface ApiRequest<Path = unknown, Query = unknown, Body = unknown> {
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  /** The text of a body that is a file of comma-separated values; there is then no `body`. */
  readonly csv?: string | undefined;
  /** The header `Idempotency-Key`; empty where it did not come, or the operation takes none. */
  readonly key: string;
  readonly caller: Caller;
  readonly headers: RequestHeaders;
}

/** Header lines of a request by name, in any case. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** `done` 200, `created` 201, `again` 200 with `Idempotency-Replayed`, `refused` with its code's status. */
export type ApiAnswer<Answer = unknown> =
  | { readonly outcome: 'done' | 'created' | 'again'; readonly body: Answer }
  | { readonly outcome: 'done' | 'created' | 'again'; readonly text: string }
  | { readonly outcome: 'streaming'; readonly stream: ReadableStream<Uint8Array> }
  | Refused;

export interface Refused {
  readonly outcome: 'refused';
  readonly code: ApiError;
  /** A sentence for a person; without it the code's own. */
  readonly message?: string;
  /** Stand beside the code: `tx_id`, `field`, `from` … */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The refusal was recorded before. */
  readonly replayed?: boolean;
  /** Fields beside `error`, where a contract names them (B-03). */
  readonly beside?: object;
  /** The line of `WWW-Authenticate`; with `payment_required` only (L-01). */
  readonly challenge?: string;
}

/** Only ties the types of a definition's parts together. */
export function defineOperation<Path, Query, Body, Answer>(
  operation: ApiOperation<Path, Query, Body, Answer>,
): ApiOperation<Path, Query, Body, Answer> {
  return operation;
}

export const done = <A>(body: A): ApiAnswer<A> => ({ outcome: 'done', body });
export const created = <A>(body: A): ApiAnswer<A> => ({ outcome: 'created', body });
export const again = <A>(body: A): ApiAnswer<A> => ({ outcome: 'again', body });

/** JSON text that goes out as it is. */
export const doneText = (text: string): ApiAnswer<never> => ({ outcome: 'done', text });

export function refused(code: ApiError, details?: Readonly<Record<string, unknown>>, message?: string): Refused {
  return {
    outcome: 'refused',
    code,
    ...(message === undefined ? {} : { message }),
    ...(details === undefined ? {} : { details }),
  };
}
