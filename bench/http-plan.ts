/** What a load over HTTP is: one request, or one of several by chance, again and again over kept connections. Plain data. */
import type { Plan, Target } from '../src/load/plan.ts';

/** Stands once in the headers or the body: 24 characters that are other ones in every request. */
export const HOLE = '#'.repeat(24);

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Whole header lines; the generator adds Host and, with a body, Content-Type and Content-Length. */
  readonly headers: readonly string[];
  readonly body?: string;
}

/** The generator reads it from standard input: among its arguments everybody could see the secrets in the headers. */
export interface HttpPlan extends Pick<Plan, 'warmupMs' | 'until'> {
  readonly target: Target;
  readonly callers: number;
  readonly calls: readonly HttpCall[];
  /** The only status that is a yes; without it every success is one. */
  readonly status?: number;
  /** Each caller asks so often, and latency counts from when a request was due; without it, as soon as it has its answer. */
  readonly everyMs?: number;
}
