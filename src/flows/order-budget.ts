/**
 * What an order does with the budget that a decision of the gate reserved for it (system flow, steps 3 to 6; S-33, J8): the
 * reservation is its own from the first step on, becomes a commitment when the execution opens and received when the hold is
 * released; a rejection, a void and a refund give it back; a dispute leaves it where it is.
 */
import type { Decided, Read, View } from '../base/decision.ts';
import { bucketOf, openToBuy, periodKey } from '../budgets/bucket.ts';
import { afterReport, heldBy, nothingHeld, ORDER_REJECTED, stateOf, type Held } from '../budgets/reports.ts';
import { decisions, periods, type DecisionRow, type PeriodRow } from '../budgets/tables.ts';
import type { OrderRequest } from '../orders/order-request.ts';
import type { HoldTarget } from '../settlement/hold-moves.ts';
import { refusal } from './answers.ts';
import type { BudgetFact } from './budget-facts.ts';
import { decisionReads, GateBooks, type DecisionRef } from './gate-books.ts';
import { reservationEnd } from './gate-outcomes.ts';
import { STALE } from './gate-references.ts';
import type { LedgerStep } from './holds.ts';
import { rowFact } from './row-facts.ts';

/** As an order and its execution keep it: the bucket is that of the day on which the order was placed. */
export interface BudgetColumns {
  readonly gate_decision_id: string | null;
  readonly budget_bucket: string | null;
}

export function budgetOf({ gate_decision_id: decisionId, budget_bucket: bucket }: BudgetColumns): DecisionRef | null {
  return decisionId === null || bucket === null ? null : { decisionId, bucket };
}

export function budgetReads(budget: DecisionRef | null): Read[] {
  if (budget === null) return [];
  const { merchant, period } = bucketOf(budget.bucket);
  return [{ table: periods, key: [periodKey(merchant, period)] }, ...decisionReads(merchant, [budget])];
}

/** B-21: it has rolled on since it was looked up, and only its former bucket is loaded: whoever sent the command looks again. */
export function rolledOn(budget: DecisionRef | null, view: View): Decided | undefined {
  if (budget === null) return undefined;
  const { decisionId, bucket } = budget;
  const current = view.row(decisions, [decisionId])?.bucket ?? bucket;
  return current === bucket ? undefined : refusal(STALE, { decisions: [decisionId] });
}

const booksOf = ({ decisionId, bucket }: DecisionRef, view: View): GateBooks =>
  new GateBooks(view, bucketOf(bucket).merchant, decisionId);

/** Why the order may not use the decision that it names; undefined: it may. ORC 1.00 is one unit of the budget's currency (J6). */
export function unusableBecause(
  order: OrderRequest,
  price: bigint,
  budget: DecisionRef | null,
  view: View,
): string | undefined {
  const { orderId, gateDecisionId } = order;
  if (gateDecisionId === null) return undefined;
  const books = budget === null ? undefined : booksOf(budget, view);
  const decision = books?.decision(gateDecisionId);
  // Of another merchant's decision nobody hears whether it is there (R7).
  if (books === undefined || decision === undefined || !isBuyers(decision, order))
    return `the gate has no decision ${gateDecisionId}`;
  const isFree = decision.order_id === null || decision.order_id === orderId;
  if (!isFree) return 'the gate decision is used by another order';
  const { merchant, period } = bucketOf(decision.bucket);
  const status = view.row(periods, [periodKey(merchant, period)])?.status ?? 'open';
  return unreservedBecause(decision, price, { books, status });
}

function unreservedBecause(
  decision: DecisionRow,
  price: bigint,
  { books, status }: { readonly books: GateBooks; readonly status: PeriodRow['status'] },
): string | undefined {
  if (decision.amount_cents < price) return 'the gate decision allows less than the price';
  if (decision.state === 'reserved') return decision.reserved_cents < price ? 'the gate reserves less now' : undefined;
  if (!wasOurs(decision)) return `the gate decision is ${decision.state}: ask the gate again`;
  // What is reserved stays good when its period ends (B-23); what went back would be reserved anew.
  if (status !== 'open' && decision.paid === 0n) return `the period is ${status}: ask the gate again`;
  const isThere = decision.paid === 1n || openToBuy(books.counters(decision.bucket)) >= decision.amount_cents;
  return isThere ? undefined : 'the budget is no longer free: ask the gate again';
}

const wasOurs = ({ state, reason, order_id: orderId }: DecisionRow): boolean =>
  orderId !== null && state === 'cancelled' && reason === ORDER_REJECTED;

/** The order passed: nobody else may use the decision. `view` is that of the fact this becomes. */
export function linkBudget(budget: DecisionRef, { orderId, actor }: Asker, view: View): LedgerStep {
  const books = booksOf(budget, view);
  const before = books.decision(budget.decisionId)!;
  const held: Held =
    before.state === 'reserved' ? heldBy(before) : { ...nothingHeld, reserved_cents: before.amount_cents };
  // From here on the order's own deadlines say how long it lasts.
  books.keep({ ...before, ...held, state: 'reserved', reason: null, order_id: orderId, due_at: null });
  return step('otb/order-linked.v1', budget, books, { actor, order_id: orderId });
}

interface Asker {
  readonly orderId: string;
  readonly actor: string | null;
}

/** Who orders: of another merchant's decision an order changes nothing, whatever it names. */
type Buyer = Pick<OrderRequest, 'subjectKind' | 'subjectId'>;

const isBuyers = ({ merchant_id: merchant }: DecisionRow, { subjectKind, subjectId }: Buyer): boolean =>
  subjectKind === 'org' && merchant === subjectId;

/** The order came to nothing: what was reserved for it goes back. Undefined where nothing was. */
export function returnBudget(
  budget: DecisionRef | null,
  { orderId, actor, ...buyer }: Asker & Buyer,
  view: View,
): LedgerStep | undefined {
  if (budget === null) return undefined;
  const books = booksOf(budget, view);
  const before = books.decision(budget.decisionId);
  if (before?.state !== 'reserved' || !isBuyers(before, buyer)) return undefined;
  if (before.order_id !== null && before.order_id !== orderId) return undefined;
  // What was paid for is good for another order: the payment authorised it, whatever became of this one (B-04).
  if (before.paid === 1n) {
    if (before.order_id === null) return undefined;
    books.keep({ ...before, order_id: null, due_at: reservationEnd(view.at, books.settings) });
    return step('otb/order-linked.v1', budget, books, { actor, order_id: null });
  }
  books.keep({
    ...before,
    ...nothingHeld,
    state: 'cancelled',
    reason: ORDER_REJECTED,
    order_id: orderId,
    due_at: null,
  });
  return step('otb/decision-reported.v1', budget, books, { actor, kind: 'cancel', order_id: orderId });
}

/** The execution opened: the price is on order, what was reserved beyond it goes back. */
export function commitBudget(
  budget: DecisionRef | null,
  { orderId, actor, price }: Asker & { readonly price: bigint },
  view: View,
): LedgerStep | undefined {
  if (budget === null) return undefined;
  const books = booksOf(budget, view);
  const before = books.decision(budget.decisionId);
  if (before?.state !== 'reserved' || before.order_id !== orderId) return undefined;
  const committed = price < before.reserved_cents ? price : before.reserved_cents;
  const held: Held = { ...heldBy(before), reserved_cents: 0n, committed_cents: before.committed_cents + committed };
  books.keep({ ...before, ...held, state: stateOf(held, 'cancelled'), due_at: null });
  return step('otb/decision-reported.v1', budget, books, { actor, kind: 'commit', order_id: orderId });
}

/** The hold ended: released it was received, refunded or voided it comes back; frozen, nothing changes (J8). */
export function settleBudget(
  budget: DecisionRef | null,
  { orderId, actor, to }: Asker & { readonly to: HoldTarget },
  view: View,
): LedgerStep | undefined {
  if (budget === null || to === 'frozen') return undefined;
  const books = booksOf(budget, view);
  const before = books.decision(budget.decisionId);
  if (before === undefined || before.order_id !== orderId) return undefined;
  const kind = to === 'released' ? 'receive' : 'cancel';
  const held = afterReport(heldBy(before), { kind, amountCents: null });
  // Neighbours may have reported the same before.
  if (typeof held === 'string') return undefined;
  const state = stateOf(held, 'cancelled');
  books.keep({ ...before, ...held, state, reason: state === 'cancelled' ? `hold_${to}` : before.reason, due_at: null });
  return step('otb/decision-reported.v1', budget, books, { actor, kind, order_id: orderId });
}

function step(
  type: BudgetFact,
  { decisionId }: DecisionRef,
  books: GateBooks,
  said: Readonly<Record<string, string | null>>,
): LedgerStep {
  const changes = books.changes();
  return { fact: rowFact({ type, subject: decisionId, changes, said }), changes };
}
