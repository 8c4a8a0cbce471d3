/**
 * Does a settlement fact have exactly the movement that the mapping names, or none (J4)? Compared one by one: equal totals on two
 * ledgers would prove nothing.
 */
import { holdMovement, topUpMovement, type BalanceMapping, type Movement } from '../settlement/mapping.ts';
import type { HoldMoveRow, HoldRow, MovementRow, TopUpRow } from '../settlement/tables.ts';

/** What a settlement fact asks for. */
export interface Asked {
  readonly key: string;
  /** Undefined: nothing moves. */
  readonly movement: Movement | undefined;
  readonly amount: bigint;
}

export type MovementDrift = 'missing' | 'unexpected' | 'differs';

/** The movement of a hold's move; undefined for its creation, which is none. `history` has the hold's moves in order. */
export function askedByMove(
  mapping: BalanceMapping,
  move: HoldMoveRow,
  { hold, history }: { readonly hold: HoldRow; readonly history: readonly HoldMoveRow[] },
): Asked | undefined {
  const { hold_id: holdId, state: to } = move;
  if (to === 'active') return undefined;
  const before = history.filter(({ at }) => at < move.at).at(-1)?.state ?? 'active';
  return {
    key: `hold:${holdId}:${to}`,
    movement: holdMovement(mapping, { holdId, from: before, to }),
    amount: hold.amount,
  };
}

/** A receipt moves its gross: what the account got and the fee. */
export function askedByTopUp(
  mapping: BalanceMapping,
  { receipt_id: receiptId, amount, fee_amount: fee }: TopUpRow,
): Asked {
  const movement = topUpMovement(mapping, receiptId);
  return { key: movement.key, movement, amount: amount + fee };
}

export function movementDrift({ movement, amount }: Asked, found: MovementRow | undefined): MovementDrift | undefined {
  if (movement === undefined) return found === undefined ? undefined : 'unexpected';
  if (found === undefined) return 'missing';
  const { src, dst, inflowTx } = movement;
  const isIt = found.src === src && found.dst === dst && found.inflow_tx === inflowTx && found.amount === amount;
  return isIt && (found.state === 'pending' || found.tx_id !== null) ? undefined : 'differs';
}
