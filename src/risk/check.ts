/** The risk decision (P-30): velocity first, then the amount; a denied check uses no slot, an approved one does. */
import type { VelocityPolicy, VelocityWindows } from './velocity.ts';

export interface RiskPolicy extends VelocityPolicy {
  /** The largest single movement, in minor units; equal passes. */
  readonly singleMax: bigint;
}

/** The names are fixed; the "daily" limit is over the configured window, 60 seconds by default (R5). */
export type RiskDenial = 'daily_transfer_limit_exceeded' | 'transfer_amount_exceeds_limit';

/** Judges one movement; null is approval. */
export function checkRisk(
  windows: VelocityWindows,
  policy: RiskPolicy,
  movement: { readonly src: string; readonly amount: bigint; readonly nowMs: number },
): RiskDenial | null {
  if (windows.exceeded(movement.src, movement.nowMs)) return 'daily_transfer_limit_exceeded';
  if (movement.amount > policy.singleMax) return 'transfer_amount_exceeds_limit';
  windows.record(movement.src, movement.nowMs);
  return null;
}
