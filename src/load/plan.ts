/** What a load is: whom it asks, in which shape, with which requests, for how long; and what it finds out. Plain data. */
import type { Percentiles } from './histogram.ts';
import type { Slot } from './series.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export type Shape =
  /** Each caller keeps its connection and waits for its answer before it asks again. */
  | { readonly kind: 'kept'; readonly callers: number }
  /** Each connection has `depth` requests under way. */
  | { readonly kind: 'pipelined'; readonly connections: number; readonly depth: number }
  /** Each caller opens a socket for every request. */
  | { readonly kind: 'fresh'; readonly callers: number }
  /** Requests leave by the clock, whether answers come or not; latency counts from the moment a request was due. */
  | { readonly kind: 'open'; readonly connections: number; readonly perSecond: number };

export interface Requests {
  /** `hot`: all from the first balance to the second. `uniform`: from any to the next. `returning`: there and back again. */
  readonly sources: 'hot' | 'uniform' | 'returning';
  readonly balances: readonly string[];
  /** What an ordinary client sends is random; ordered keys are kinder to an index. */
  readonly keys: 'random' | 'sequential';
}

export interface Plan {
  readonly target: Target;
  /** Further servers of the same ledger: callers are spread over all of them. */
  readonly others?: readonly Target[];
  readonly shape: Shape;
  readonly requests: Requests;
  /** Load that does not count, before the measured time. */
  readonly warmupMs: number;
  readonly until: { readonly measuredMs: number } | { readonly operations: number };
  /** Refusals are recorded for ever, too: after so many nothing more is sent. */
  readonly refusalsMax?: number;
}

export interface LoadResult {
  /** Over the whole run, warm-up included: what the server said yes to, and no. */
  readonly acknowledged: number;
  readonly refused: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** Requests whose connection broke, or that had no answer long after the end: nobody knows their outcome. */
  readonly unanswered: number;
  /** Of the measured time only. */
  readonly operations: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Microseconds. */
  readonly latency: Percentiles;
  /** Open loop: how much later than due requests left; microseconds. */
  readonly lag: Percentiles;
  readonly slots: readonly Slot[];
  readonly silencesMs: readonly number[];
  /** What the generator itself used, on all cores together. */
  readonly cpuSeconds: number;
}
