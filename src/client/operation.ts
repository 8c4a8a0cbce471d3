/** Types of operations, made of the generated table. */
import type { operations, Operations } from './wire/operations.ts';

/** An operation's name, as in the OpenAPI document. */
export type Name = keyof typeof operations;

/** Path parameters, query and body of an operation, side by side. */
export type Input<N extends Name> = Operations[N]['input'];

/** What an operation answers; of a list one item, of the stream one event. */
export type Answer<N extends Name> = Operations[N]['answer'];

type Of<Entry> = { [N in Name]: (typeof operations)[N] extends Entry ? N : never }[Name];

export type ListName = Of<{ kind: 'list' }>;
export type EventsName = Of<{ kind: 'events' }>;
/** Answers that say whether anything has changed since. */
export type PolledName = Of<{ polled: true }>;

/** An entry of the table. */
export interface Route {
  readonly method: string;
  /** Parameters in braces. */
  readonly path: string;
  readonly kind: 'value' | 'list' | 'events' | 'text';
  readonly body?: true;
  /** The body is a file of comma-separated values: the field `csv`. */
  readonly csv?: true;
  /** There is a header Idempotency-Key. `given`: only where the caller gives one, because what was paid for is the request with it. */
  readonly key?: true | 'given';
  readonly polled?: true;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where nothing has to be said, nothing needs to be given. */
export type Arguments<N extends Name, Options = CallOptions> =
  Readonly<Record<string, never>> extends Input<N>
    ? [input?: Input<N>, options?: Options]
    : [input: Input<N>, options?: Options];
