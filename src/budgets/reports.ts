/**
 * What becomes of an allowed decision (B-05, B-06): reserved, on order, received, given back. Pure arithmetic over the three
 * counters that a decision shares with its bucket; the bucket's change is always the difference of two of its states.
 */
import type { DecisionRow, DecisionState } from './tables.ts';

/** What of its amount a decision holds, by how sure it is. */
export interface Held {
  readonly reserved_cents: bigint;
  readonly committed_cents: bigint;
  readonly received_cents: bigint;
}

export type ReportKind = 'commit' | 'cancel' | 'receive' | 'return' | 'chargeback';

export interface Report {
  readonly kind: ReportKind;
  /** Null: all there is of it; received in full. */
  readonly amountCents: bigint | null;
}

export const nothingHeld: Held = { reserved_cents: 0n, committed_cents: 0n, received_cents: 0n };

export const heldBy = ({ reserved_cents, committed_cents, received_cents }: Held): Held => ({
  reserved_cents,
  committed_cents,
  received_cents,
});

export const sumOf = ({ reserved_cents, committed_cents, received_cents }: Held): bigint =>
  reserved_cents + committed_cents + received_cents;

export const difference = (after: Held, before: Held): Held => ({
  reserved_cents: after.reserved_cents - before.reserved_cents,
  committed_cents: after.committed_cents - before.committed_cents,
  received_cents: after.received_cents - before.received_cents,
});

/** Why a report does not fit what the decision holds. */
export type Misfit = 'nothing_reserved' | 'nothing_on_order' | 'nothing_received' | 'more_than_held';

/**
 * What the decision holds after the report.
 * - commit: from reserved to on order; all of it, or a part.
 * - cancel: reserved, then on order, goes back; all of it, or a part.
 * - receive: in full without an amount. Another amount says what came in: less leaves the rest on order, more is counted in
 *   full, because it is there; `short` ends the rest (see `endShort`).
 * - return, chargeback: of what was received goes back.
 */
export function afterReport(held: Held, { kind, amountCents }: Report): Held | Misfit {
  if (kind === 'commit') return committed(held, amountCents);
  if (kind === 'cancel') return cancelled(held, amountCents);
  if (kind === 'receive') return received(held, amountCents);
  const back = amountCents ?? held.received_cents;
  if (held.received_cents === 0n) return 'nothing_received';
  if (back > held.received_cents) return 'more_than_held';
  return { ...held, received_cents: held.received_cents - back };
}

function committed(held: Held, amountCents: bigint | null): Held | Misfit {
  if (held.reserved_cents === 0n) return 'nothing_reserved';
  const cents = amountCents ?? held.reserved_cents;
  if (cents > held.reserved_cents) return 'more_than_held';
  return {
    ...held,
    reserved_cents: held.reserved_cents - cents,
    committed_cents: held.committed_cents + cents,
  };
}

function cancelled(held: Held, amountCents: bigint | null): Held | Misfit {
  const open = held.reserved_cents + held.committed_cents;
  if (open === 0n) return 'nothing_on_order';
  const cents = amountCents ?? open;
  if (cents > open) return 'more_than_held';
  return withoutOpen(held, cents);
}

function received(held: Held, amountCents: bigint | null): Held | Misfit {
  const open = held.reserved_cents + held.committed_cents;
  if (open === 0n) return 'nothing_on_order';
  const cents = amountCents ?? open;
  const rest = withoutOpen(held, cents < open ? cents : open, 'committed_cents');
  return { ...rest, received_cents: held.received_cents + cents };
}

/** Takes what is still open away: from one of the two counters first, then from the other. */
function withoutOpen(held: Held, cents: bigint, first: 'reserved_cents' | 'committed_cents' = 'reserved_cents'): Held {
  const second = first === 'reserved_cents' ? 'committed_cents' : 'reserved_cents';
  const fromFirst = cents < held[first] ? cents : held[first];
  return { ...held, [first]: held[first] - fromFirst, [second]: held[second] - (cents - fromFirst) };
}

/** What will not come any more goes back; what came stays. */
export const endShort = (held: Held): Held => ({ ...held, reserved_cents: 0n, committed_cents: 0n });

/** What the decision holds when its amount becomes another (B-05); undefined: less than what has been received already. */
export function amended(held: Held, before: bigint, after: bigint): Held | undefined {
  const more = after - before;
  if (more >= 0n) return { ...held, reserved_cents: held.reserved_cents + more };
  return -more > held.reserved_cents + held.committed_cents ? undefined : withoutOpen(held, -more);
}

/** The word for what an allowed decision holds. `ended` says what became of it when it holds nothing any more. */
export function stateOf(held: Held, ended: DecisionState): DecisionState {
  const { reserved_cents: reserved, committed_cents: onOrder, received_cents: here } = held;
  if (reserved + onOrder === 0n) return here === 0n ? ended : 'received';
  return onOrder === 0n && here === 0n ? 'reserved' : 'committed';
}

/** `reason` of a decision that ended without ever having been allowed. */
export const unallowedReasons = [
  'challenge_expired',
  'lightning_unavailable',
  'payment_returned',
  'superseded',
  'withdrawn',
] as const;

/** Was it ever answered with 200? Then that answer stands, whatever became of it since (R2). */
export function wasAllowed({ state, reason }: Pick<DecisionRow, 'state' | 'reason'>): boolean {
  if (state === 'challenged' || state === 'refused') return false;
  return !unallowedReasons.some((unallowed) => unallowed === reason);
}

/** Reason of a reservation that went back because its order was rejected: the same order, asked again, may take it once more. */
export const ORDER_REJECTED = 'order_rejected';

/** Does it still stand for its document? */
export function isLive({ state }: Pick<DecisionRow, 'state'>): boolean {
  return state === 'reserved' || state === 'committed' || state === 'received';
}

export const liveOf = <D extends Pick<DecisionRow, 'state'>>(decision: D | undefined): D | undefined =>
  decision !== undefined && isLive(decision) ? decision : undefined;
