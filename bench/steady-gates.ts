/** Gates that come by the clock, at a rate that leaves the machine room for what goes on beside them. */
import type { Target } from '../src/load/plan.ts';
import { runHttpLoad } from './http-load.ts';
import type { HttpCall } from './http-plan.ts';
import type { Contender } from './turns.ts';

const CALLERS = 16;
export const PER_SECOND = 400;
const EVERY_MS = (1_000 * CALLERS) / PER_SECOND;

export const steadyGates =
  (target: Target, calls: readonly HttpCall[]): Contender =>
  (measured) =>
    runHttpLoad({ target, callers: CALLERS, calls, everyMs: EVERY_MS, ...measured });
