/** Which movement between operational balances belongs to which settlement fact (system flow, step 7; J2, J4). */
import type { HoldTarget } from './hold-moves.ts';
import type { HoldState } from './tables.ts';

/** The operational balances that settlement moves money between. */
export interface BalanceMapping {
  /** Where money from outside arrives. */
  readonly incoming: string;
  /** Where money of all participants sits, free or held. */
  readonly payout: string;
  /** Where released money leaves. */
  readonly settled: string;
  /** Where disputed money waits. */
  readonly disputed: string;
}

export const defaultMapping: BalanceMapping = {
  incoming: 'collection_pending',
  payout: 'payout_available',
  settled: 'settlement_bank',
  disputed: 'dispute_reserve',
};

export interface Movement {
  /** J2: `receipt:<receipt id>` or `hold:<hold id>:<target state>`. */
  readonly key: string;
  readonly src: string;
  readonly dst: string;
  /** The id of the lone credit that books money from outside on `src` first. */
  readonly inflowTx: string | null;
}

/** J2: the key of a receipt's movement. */
export const topUpMovementKey = (receiptId: string): string => `receipt:${receiptId}`;

/** J2: the key of the movement of a hold's move. */
export const holdMovementKey = (holdId: string, to: HoldTarget): string => `hold:${holdId}:${to}`;

export function topUpMovement({ incoming, payout }: BalanceMapping, receiptId: string): Movement {
  return { key: topUpMovementKey(receiptId), src: incoming, dst: payout, inflowTx: `in-${receiptId}` };
}

/** The movement of a hold's move, if it has one: money that only changes hands inside the rail stays where it is. */
export function holdMovement(
  { payout, settled, disputed }: BalanceMapping,
  hold: { readonly holdId: string; readonly from: HoldState; readonly to: HoldTarget },
): Movement | undefined {
  const { holdId, from, to } = hold;
  const way =
    to === 'frozen'
      ? { src: payout, dst: disputed }
      : to === 'released'
        ? { src: from === 'frozen' ? disputed : payout, dst: settled }
        : from === 'frozen'
          ? { src: disputed, dst: payout }
          : undefined;
  return way && { key: holdMovementKey(holdId, to), ...way, inflowTx: null };
}
