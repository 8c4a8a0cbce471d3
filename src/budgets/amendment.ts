/** What it means that a document is asked for again with another amount or for another bucket (B-05, B-21): only the difference is new. */
import { amended, heldBy, sumOf, type Held } from './reports.ts';
import type { DecisionRow } from './tables.ts';

export interface Amendment {
  /** What the document would hold. */
  readonly held: Held;
  /** All of it, what of it the bucket counts already, and what of that a settled invoice authorised: as it is judged. */
  readonly amountCents: bigint;
  readonly givenBackCents: bigint;
  readonly paidForCents: bigint;
  /** The bucket holds no more than before: never over budget, however little is left. */
  readonly givesBack: boolean;
}

/** Undefined: what has been received stays what it is, and where it is. */
export function amendment(
  live: Pick<DecisionRow, keyof Held | 'amount_cents' | 'bucket' | 'paid'>,
  bucket: string,
  amountCents: bigint,
): Amendment | undefined {
  const before = heldBy(live);
  const held = amended(before, live.amount_cents, amountCents);
  const moves = bucket !== live.bucket;
  if (held === undefined || (moves && before.received_cents > 0n)) return undefined;
  const givenBackCents = moves ? 0n : sumOf(before);
  const givesBack = sumOf(held) <= givenBackCents;
  const paidForCents = live.paid === 1n && !givesBack ? givenBackCents : 0n;
  return { held, amountCents: sumOf(held), givenBackCents, paidForCents, givesBack };
}
