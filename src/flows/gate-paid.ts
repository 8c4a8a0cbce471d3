/**
 * A paid challenge becomes an allowed decision (B-04, L-04, L-05): the settled invoice is the authorisation, so it needs no
 * headroom, and it works once. What the document held before goes over into it.
 */
import type { Decided } from '../base/decision.ts';
import { heldBy, isLive, nothingHeld, stateOf, sumOf, type Held } from '../budgets/reports.ts';
import type { DecisionRow, InvoiceRow } from '../budgets/tables.ts';
import { endedWith } from '../budgets/explanation.ts';
import { allowedView } from '../budgets/wire.ts';
import type { GateBooks } from './gate-books.ts';
import { recorded, reservationEnd, type Desk } from './gate-outcomes.ts';
import { isCovered } from './gate-invoice.ts';
import { refer } from './gate-references.ts';

/** Settled for at least what was quoted, and not used yet. */
export function isPaid(invoice: InvoiceRow | undefined): invoice is InvoiceRow {
  return invoice?.state === 'settled' && invoice.consumed_at === null && isCovered(invoice);
}

/** May this request have the decision for the payment? */
export function isPayable(
  { state, request_digest: bound }: DecisionRow,
  invoice: InvoiceRow | undefined,
  digest: string,
): boolean {
  return state === 'challenged' && bound === digest && isPaid(invoice);
}

export function pay(desk: Desk, challenged: DecisionRow): Decided {
  const { command, view, books, found } = desk;
  const dueAt = reservationEnd(view.at, books.settings);
  const row = authorise(books, { challenged, live: found.byDocument, dueAt, paid: 1n });
  const invoice = books.invoice(row.decision_id);
  if (invoice !== undefined) books.keepInvoice({ ...invoice, consumed_at: view.at });
  books.further(...refer(command, ['key', 'document'], row.decision_id, view));
  return recorded(desk, 'otb/gate-paid.v1', row, { answer: allowedView(row, books.counters(row.bucket)) });
}

interface Authorised {
  readonly challenged: DecisionRow;
  /** What stands for the document until now. */
  readonly live: DecisionRow | undefined;
  readonly dueAt: bigint;
  readonly paid: bigint;
}

/** Reserves in full, whatever is left: a payment or a special release said so. */
export function authorise(books: GateBooks, { challenged, live, dueAt, paid }: Authorised): DecisionRow {
  const before = books.counters(challenged.bucket);
  const isOther = live !== undefined && live.decision_id !== challenged.decision_id && isLive(live);
  // What an order stands on stays that order's, and what was paid for is reserved beside it.
  const taken = isOther && live.order_id === null ? live : undefined;
  if (taken !== undefined) books.replace(taken);
  const held = heldAfter(challenged.amount_cents, taken === undefined ? nothingHeld : heldBy(taken));
  const row = books.keep({
    ...challenged,
    ...held,
    state: stateOf(held, 'cancelled'),
    reason: null,
    paid,
    replaces: taken?.decision_id ?? (isOther ? null : challenged.replaces),
    due_at: held.reserved_cents > 0n ? dueAt : null,
  });
  const after = books.counters(row.bucket);
  return books.keep({ ...row, explanation: endedWith(challenged.explanation, before, after) });
}

/** What is on order and what has come stays so; the rest of the amount is reserved. */
function heldAfter(amount: bigint, before: Held): Held {
  const rest = amount - before.committed_cents - before.received_cents;
  const held = { ...before, reserved_cents: rest > 0n ? rest : 0n };
  return sumOf(held) > 0n ? held : nothingHeld;
}
