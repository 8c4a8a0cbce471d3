/**
 * What neighbours tell the gate about an allowed action (B-05): ordered, called off, received, sent back, charged back. Budget
 * follows at once. And what happens when nobody tells anything: a reservation, and a challenge, end by themselves.
 */
import type { Command, Decided, Decision, View } from '../base/decision.ts';
import { afterReport, endShort, heldBy, isLive, stateOf, sumOf, wasAllowed } from '../budgets/reports.ts';
import type { Held, Misfit, ReportKind } from '../budgets/reports.ts';
import { reports, type DecisionRow, type ReportRow } from '../budgets/tables.ts';
import { decisionView } from '../budgets/wire.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';
import { decisionReads, GateBooks } from './gate-books.ts';
import { unknownOf, STALE } from './gate-references.ts';
import { closeInvoice } from './gate-invoice.ts';
import type { InvoiceRef } from './invoices.ts';

export interface ReportDecisionCommand extends Command, InvoiceRef {
  readonly type: 'report-decision';
  /** From the caller's reference, under which it counts once; else new. */
  readonly reportId: string;
  readonly kind: ReportKind;
  /** Null: all there is of it. */
  readonly amountCents: bigint | null;
  /** `receive`: nothing more will come, and the rest goes back. */
  readonly final: boolean;
  readonly reference: string | null;
  readonly actor: string;
}

/** A reservation or a challenge whose time is over. */
export interface EndDecisionCommand extends Command, InvoiceRef {
  readonly type: 'end-decision';
}

const reads = ({ merchant, decisionId, bucket }: InvoiceRef): ReturnType<Decision['reads']> => ({
  rows: decisionReads(merchant, [{ decisionId, bucket }]),
});

export const reportDecisions: {
  readonly 'report-decision': Decision<ReportDecisionCommand>;
  readonly 'end-decision': Decision<EndDecisionCommand>;
} = {
  'report-decision': {
    reads: (command) => ({ rows: [...reads(command).rows, { table: reports, key: [command.reportId] }] }),
    decide(command, view) {
      const { merchant, decisionId, bucket } = command;
      const books = new GateBooks(view, merchant, decisionId);
      const decision = books.decision(decisionId);
      if (decision === undefined || decision.merchant_id !== merchant) return refusal('decision_not_found');
      const told = view.row(reports, [command.reportId]);
      if (told !== undefined) return toldBefore(command, told, decision);
      if (unknownOf([decisionId], [{ decisionId, bucket }], books).length > 0)
        return refusal(STALE, { decisions: [decisionId] });
      return report(command, decision, books, view);
    },
  },
  'end-decision': {
    reads,
    decide({ merchant, decisionId, bucket }, view) {
      const books = new GateBooks(view, merchant, decisionId);
      const decision = books.decision(decisionId);
      if (decision === undefined) return refusal('decision_not_found');
      if (decision.due_at === null || decision.due_at > view.at) return refusal('not_due');
      if (unknownOf([decisionId], [{ decisionId, bucket }], books).length > 0)
        return refusal(STALE, { decisions: [decisionId] });
      return end(decision, books);
    },
  },
};

/** R14: the same report under the same reference changes nothing. */
function toldBefore({ amountCents, final }: ReportDecisionCommand, told: ReportRow, decision: DecisionRow): Decided {
  const fields = [
    ...(amountCents === null || told.amount_cents === amountCents ? [] : ['amount_cents']),
    ...(told.final === toldAs(final) ? [] : ['final']),
  ];
  return fields.length === 0 ? replayed(decisionView(decision)) : refusal('idempotency_conflict', { fields });
}

const toldAs = (final: boolean): bigint => (final ? 1n : 0n);

function report(command: ReportDecisionCommand, decision: DecisionRow, books: GateBooks, view: View): Decided {
  const { kind, amountCents, final, actor } = command;
  if (kind === 'cancel' && isChallenge(decision)) return withdraw(decision, books, actor);
  if (!wasAllowed(decision) || decision.state === 'replaced') return misfit(decision, 'nothing_reserved');
  const standsOn = orderOn(decision, kind);
  if (standsOn !== null)
    return refusal('invalid_report', { state: decision.state, reason: 'held_by_order', order_id: standsOn });
  const reported = afterReport(heldBy(decision), { kind, amountCents });
  if (typeof reported === 'string')
    return amountCents === null && isDone(decision, kind)
      ? replayed(decisionView(decision))
      : misfit(decision, reported);
  const held = kind === 'receive' && final ? endShort(reported) : reported;
  const decided = keepReport(command, decision, held, { books, view });
  return books.areCountable ? decided : misfit(decision, 'amount_too_large');
}

function keepReport(
  { kind, amountCents, final, reference, actor, reportId }: ReportDecisionCommand,
  decision: DecisionRow,
  held: Held,
  { books, view }: { readonly books: GateBooks; readonly view: View },
): Decided {
  const state = stateOf(held, 'cancelled');
  const row = books.keep({
    ...decision,
    ...held,
    state,
    reason: state === 'cancelled' ? ENDED_BY[kind] : decision.reason,
    due_at: held.reserved_cents > 0n ? decision.due_at : null,
  });
  if (!isLive(row)) books.forgetToken(row);
  const told: ReportRow = {
    report_id: reportId,
    decision_id: decision.decision_id,
    kind,
    amount_cents: amountCents ?? movedBy(kind, heldBy(decision), held),
    final: toldAs(final),
    reference,
    actor,
    at: view.at,
    seq: BigInt(view.seq),
  };
  books.further({ table: reports, row: told });
  const said = { actor, kind, amount_cents: Number(told.amount_cents), reference };
  return record('otb/decision-reported.v1', row, books, said);
}

/** An order that runs on the decision says itself what becomes of it (J8): otherwise money could leave without its budget. */
function orderOn({ state, order_id: orderId }: DecisionRow, kind: ReportKind): string | null {
  const runs = state === 'reserved' || state === 'committed';
  return runs && kind !== 'return' && kind !== 'chargeback' ? orderId : null;
}

const ENDED_BY = {
  commit: null,
  cancel: 'cancelled',
  receive: 'ended_short',
  return: 'returned',
  chargeback: 'charged_back',
} as const satisfies Record<ReportKind, string | null>;

/** What a report of "all there is" came to. */
function movedBy(kind: ReportKind, before: Held, after: Held): bigint {
  if (kind === 'commit') return after.committed_cents - before.committed_cents;
  if (kind === 'receive') return after.received_cents - before.received_cents;
  return sumOf(before) - sumOf(after);
}

/** Said in full before, without a reference: once more changes nothing (R14). */
function isDone({ state, reason }: DecisionRow, kind: ReportKind): boolean {
  if (kind === 'commit') return state === 'committed' || state === 'received';
  if (kind === 'receive') return state === 'received';
  return state === 'cancelled' && (kind === 'cancel' || reason === ENDED_BY[kind]);
}

/** R12: what its bucket would hold is more than a JSON number says. */
type TooLarge = 'amount_too_large';

function misfit({ state }: DecisionRow, why: Misfit | TooLarge): Decided {
  return refusal('invalid_report', { state, reason: why });
}

const isChallenge = ({ state, reason }: DecisionRow): boolean =>
  state === 'challenged' || (state === 'cancelled' && reason === 'withdrawn');

/** A challenge that nobody will pay. It was never allowed. Withdrawn once more, nothing changes (R14). */
function withdraw(decision: DecisionRow, books: GateBooks, actor: string): Decided {
  const invoice = books.invoice(decision.decision_id);
  if (decision.state === 'cancelled') return replayed(decisionView(decision, invoice));
  if (invoice?.state === 'settled' || invoice?.state === 'held') return misfit(decision, 'nothing_reserved');
  const row = books.keep({ ...decision, state: 'cancelled', reason: 'withdrawn', due_at: null });
  closeInvoice(books, decision);
  return record('otb/decision-reported.v1', row, books, { actor, kind: 'cancel', amount_cents: 0, reference: null });
}

/** What was reserved goes back; what is on order stays. A token that nobody used is worth nothing more, its payment is owed. */
function end(decision: DecisionRow, books: GateBooks): Decided {
  const invoice = books.invoice(decision.decision_id);
  if (decision.state === 'challenged') {
    const row = books.keep({ ...decision, state: 'expired', reason: 'challenge_expired', due_at: null });
    closeInvoice(books, decision);
    if (invoice?.state === 'settled')
      books.keepInvoice({ ...invoice, credit_msat: invoice.received_msat, root_key_sealed: null });
    return record('otb/reservation-ended.v1', row, books, { actor: 'deadline' });
  }
  const held = { ...heldBy(decision), reserved_cents: 0n };
  const state = stateOf(held, 'expired');
  const reason = state === 'expired' ? 'reservation_expired' : decision.reason;
  const row = books.keep({ ...decision, ...held, state, reason, due_at: null });
  books.forgetToken(row);
  return record('otb/reservation-ended.v1', row, books, { actor: 'deadline' });
}

function record(
  type: 'otb/decision-reported.v1' | 'otb/reservation-ended.v1',
  row: DecisionRow,
  books: GateBooks,
  said: Readonly<Record<string, string | number | null>>,
): Decided {
  const answer = decisionView(row, books.invoice(row.decision_id));
  return budgetRecorded({ type, subject: row.decision_id, answer, changes: books.changes(), said });
}
