/** All workloads by name (P-51). */
import type { Workload } from '../load.ts';
import { amountProbes, velocity } from './limits.ts';
import { mixedDay } from './mixed-day.ts';
import { conservation, drainCross, hotSource } from './money.ts';
import { deadlineSweep, doubledKeys, retryAfterSuccess } from './repeats.ts';
import { baseline, burst, small500 } from './steady.ts';

export const workloads: Readonly<Record<string, Workload>> = {
  baseline,
  burst,
  'doubled-keys': doubledKeys,
  'hot-source': hotSource,
  velocity,
  'amount-probes': amountProbes,
  'mixed-day': mixedDay,
  'small-500': small500,
  'drain-cross': drainCross,
  'retry-after-success': retryAfterSuccess,
  'deadline-sweep': deadlineSweep,
  conservation,
};
