/** The state machine of a hold (S-20) as a table, and what each move does to the two accounts (S-22). */
import type { HoldState } from './tables.ts';

const holdMoves = {
  active: ['released', 'refunded', 'frozen', 'voided'],
  frozen: ['released', 'refunded'],
  released: [],
  refunded: [],
  voided: [],
} as const satisfies Record<HoldState, readonly HoldState[]>;

export type HoldTarget = 'released' | 'refunded' | 'frozen' | 'voided';

export type MoveDecision =
  | { readonly outcome: 'append' }
  /** The hold is there already; or, for a freeze, it was once and has gone on from there (R14). */
  | { readonly outcome: 'replay' }
  | { readonly outcome: 'invalid_transition'; readonly from: HoldState; readonly to: HoldTarget };

/** Repeating a move that already happened is never an error; anything that the table does not have is refused by both names. */
export function decideMove(from: HoldState, to: HoldTarget): MoveDecision {
  if (from === to) return { outcome: 'replay' };
  const allowed: readonly HoldState[] = holdMoves[from];
  return allowed.includes(to) ? { outcome: 'append' } : { outcome: 'invalid_transition', from, to };
}

/** Does a hold in this state reserve the payer's money? */
export function reserves(state: HoldState): boolean {
  return state === 'active' || state === 'frozen';
}
