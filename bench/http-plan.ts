/** What a load over HTTP is: one request, made again and again with a new key, over kept connections. Plain data. */
import type { Plan, Target } from '../src/load/plan.ts';

export interface HttpPlan extends Pick<Plan, 'warmupMs' | 'until'> {
  readonly target: Target;
  readonly callers: number;
  readonly path: string;
  /** Whole header lines; the generator adds Host, Content-Type and Content-Length. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Stands once in the headers or the body: 24 characters that are other ones in every request. */
export const HOLE = '#'.repeat(24);

/** As the generator's arguments, this is where a secret must not stand: the plan goes in by standard input. */
export interface HttpCall {
  readonly path: string;
  readonly headers: readonly string[];
  readonly body: string;
}
