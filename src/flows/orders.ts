/**
 * An order in two commits (S-23). The first judges it and reserves the money; the second opens the execution, or gives the
 * money back. Whoever finds an order between the two, for example after a crash, sends the second: it may come twice.
 */
import { invariant } from '../base/assert.ts';
import { differingFields } from '../base/differing.ts';
import type { Change, Command, Decided, Decision, Read, View } from '../base/decision.ts';
import { afterOpening } from '../orders/closeout.ts';
import { withWorkBy, type EscrowPolicy } from '../orders/deadlines.ts';
import { judgeOffer, judgeOrder, type Rejection } from '../orders/judge.ts';
import { orderContent, type Deadlines, type OrderRequest } from '../orders/order-request.ts';
import { executions, offerQueues, offers, orders, orgs } from '../orders/tables.ts';
import type { ExecutionRow, OfferQueueRow, OrderRow } from '../orders/tables.ts';
import { openedResult, openingView, rejectedResult } from '../orders/wire.ts';
import { accountOf } from '../settlement/accounts.ts';
import type { BalanceMapping } from '../settlement/mapping.ts';
import { holds, ledgerAccounts } from '../settlement/tables.ts';
import { refusal, replayed } from './answers.ts';
import type { DecisionRef } from './gate-books.ts';
import {
  accountRead,
  changeHold,
  EXECUTION_POLICY,
  holdMoveReads,
  nextFact,
  reserve,
  viewBehind,
  type LedgerStep,
} from './holds.ts';
import { budgetReads, commitBudget, linkBudget, returnBudget, rolledOn, unusableBecause } from './order-budget.ts';
import { recorded } from './order-facts.ts';
import { holdKey } from './settlement.ts';

export interface PlaceOrderCommand extends Command {
  readonly type: 'place-order';
  readonly order: OrderRequest;
  /** New ids, for the case that the order passes. */
  readonly holdId: string;
  readonly executionId: string;
  /** The gate decision that the order names, as it was found. */
  readonly budget: DecisionRef | null;
  readonly actor: string | null;
}

/** All of it stands in the order's row and in the answer to its first step; none of it changes while the order is `opening`. */
export interface OpenExecutionCommand extends Command {
  readonly type: 'open-execution';
  readonly orderId: string;
  readonly executionId: string;
  readonly holdId: string | null;
  readonly offerId: string;
  readonly payer: string;
  readonly payee: string;
  readonly budget: DecisionRef | null;
  readonly actor: string | null;
}

export interface OrderParts {
  readonly mapping: BalanceMapping | undefined;
  readonly escrow: EscrowPolicy;
}

const payerOf = ({ subjectKind, subjectId }: OrderRequest): string => accountOf(subjectKind, subjectId);

const payeeOf = ({ providerParticipantId }: OrderRequest): string => accountOf('participant', providerParticipantId);

/** An offer with its queue. */
const offerReads = (offerId: string): Read[] => [
  { table: offers, key: [offerId] },
  { table: offerQueues, key: [offerId] },
];

const depthOf = (view: View, offerId: string): bigint => view.row(offerQueues, [offerId])?.depth ?? 0n;

/** One more execution without a result, or one less. */
export function queueChange(view: View, offerId: string, by: 1n | -1n): Change {
  const before = view.row(offerQueues, [offerId]);
  const row: OfferQueueRow = {
    offer_id: offerId,
    depth: (before?.depth ?? 0n) + by,
    updated_at: view.at,
    version: (before?.version ?? 0n) + 1n,
  };
  invariant(row.depth >= 0n, 'an execution leaves its queue once');
  return { table: offerQueues, row };
}

export function orderDecisions(parts: OrderParts): {
  readonly 'place-order': Decision<PlaceOrderCommand>;
  readonly 'open-execution': Decision<OpenExecutionCommand>;
} {
  return { 'place-order': placeOrder(parts), 'open-execution': openExecution(parts) };
}

function placeOrder({ escrow }: OrderParts): Decision<PlaceOrderCommand> {
  return {
    reads: ({ order, holdId, executionId, budget }) => ({
      key: holdKey(order.orderId),
      rows: [
        { table: orders, key: [order.orderId] },
        { table: holds, key: [holdId] },
        { table: executions, key: [executionId] },
        accountRead(payerOf(order)),
        ...offerReads(order.offerId),
        ...(order.subjectKind === 'org' ? [{ table: orgs, key: [order.subjectId] }] : []),
        ...budgetReads(budget),
      ],
    }),
    decide(command, view) {
      const { order, holdId, executionId, budget, actor } = command;
      const request = orderContent(order);
      const before = view.row(orders, [order.orderId]);
      const first = before === undefined ? undefined : firstResult(before, request, payerOf(order));
      if (first !== undefined) return first;
      const taken = takenId(command, before, view);
      if (taken !== undefined) return refusal('idempotency_conflict', { fields: [taken] });
      const stale = rolledOn(budget, view);
      if (stale !== undefined) return stale;
      const price = priceOf(command, view);
      const deadlines = withWorkBy(order.deadlines, view.at, escrow);
      const placed = placedRow(order, { before, request, deadlines, bucket: budget?.bucket ?? null }, view);
      if (typeof price !== 'bigint') {
        const returned = returnBudget(budget, { ...order, actor }, nextFact(view));
        return rejected(placed, price, { before, actor, budget: returned });
      }
      const row: OrderRow = {
        ...placed,
        price_amount: price,
        execution_id: executionId,
        hold_id: price === 0n ? null : holdId,
      };
      const changes = [{ table: orders, row }];
      const ledger = price === 0n ? undefined : hold({ ...command, deadlines, request }, price, view);
      const asker = { orderId: order.orderId, actor };
      const linked = budget === null ? undefined : linkBudget(budget, asker, viewBehind(view, ledger));
      const subject = order.orderId;
      const answer = openingView(row);
      const said = { actor };
      return recorded({ type: 'orders/order-placed.v1', subject, answer, changes, said, ledger, budget: linked });
    },
  };
}

/** S-33: the first result stands for ever, unless it said that asking again may help. */
function firstResult(before: OrderRow, request: string, payer: string): Decided | undefined {
  if (before.request !== request) {
    // Whoever orders for somebody else hears that the id is taken, and nothing about that order (R7).
    const isTheirs = before.payer_account_id === payer;
    return refusal('idempotency_conflict', {
      fields: isTheirs ? differingFields(before.request, request) : ['order_id'],
    });
  }
  if (before.state === 'rejected' && before.retryable === 1n) return undefined;
  return replayed(before.answer ?? openingView(before));
}

/** Whoever made a hold by hand for an order of this name meant another order; ids for new things must be new. */
function takenId({ order, holdId, executionId }: PlaceOrderCommand, before: OrderRow | undefined, view: View) {
  if (before === undefined && view.known(holdKey(order.orderId)) !== undefined) return 'order_id';
  if (view.row(holds, [holdId]) !== undefined) return 'hold_id';
  return view.row(executions, [executionId]) === undefined ? undefined : 'execution_id';
}

/** The price of the order, or why it is rejected. One that stands on a decision of the gate needs it to be there and be enough (S-33). */
function priceOf({ order, budget }: PlaceOrderCommand, view: View): bigint | Rejection {
  const judgement = judge(order, view);
  if (judgement.outcome === 'rejected') return judgement;
  const { price } = judgement;
  const reason = unusableBecause(order, price, budget, view);
  return reason === undefined ? price : { outcome: 'rejected', classifier: 'other-reason', reason, retryable: false };
}

function judge(order: OrderRequest, view: View): ReturnType<typeof judgeOrder> {
  const payer = payerOf(order);
  const org = order.subjectKind === 'org' ? view.row(orgs, [order.subjectId]) : undefined;
  return judgeOrder(order, {
    offer: view.row(offers, [order.offerId]),
    depth: depthOf(view, order.offerId),
    now: view.at,
    custodian: org?.custodian_participant_id,
    payer,
    payee: payeeOf(order),
    available: view.row(ledgerAccounts, [payer])?.available ?? 0n,
  });
}

/** The order as it was asked for, before anything has come of it. */
function placedRow(
  order: OrderRequest,
  asked: {
    readonly before: OrderRow | undefined;
    readonly request: string;
    readonly deadlines: Deadlines;
    readonly bucket: string | null;
  },
  { at }: View,
): OrderRow {
  const { before, request, deadlines, bucket } = asked;
  return {
    order_id: order.orderId,
    state: 'opening',
    subject_kind: order.subjectKind,
    subject_id: order.subjectId,
    provider_participant_id: order.providerParticipantId,
    offer_id: order.offerId,
    offer_seq: order.offerSeq,
    payer_account_id: payerOf(order),
    payee_account_id: payeeOf(order),
    units: order.units,
    price_amount: null,
    hold_id: null,
    execution_id: null,
    run_id: order.runId,
    phase_id: order.phaseId,
    gate_decision_id: order.gateDecisionId,
    budget_bucket: bucket,
    classifier: null,
    reason: null,
    retryable: null,
    work_by: deadlines.workBy,
    accept_by: deadlines.acceptBy,
    dispute_by: deadlines.disputeBy,
    auto_release_after: deadlines.autoReleaseAfter,
    request,
    answer: null,
    created_at: before?.created_at ?? at,
    updated_at: at,
    version: (before?.version ?? 0n) + 1n,
  };
}

/** A buyer who asks again and again and hears the same adds nothing to the journal. */
function rejected(
  placed: OrderRow,
  rejection: Rejection,
  {
    before,
    actor,
    ledger,
    budget,
  }: {
    readonly before?: OrderRow | undefined;
    readonly actor: string | null;
    readonly ledger?: LedgerStep | undefined;
    readonly budget?: LedgerStep | undefined;
  },
): Decided {
  const { classifier, reason, retryable } = rejection;
  const answer = rejectedResult(placed.order_id, rejection);
  if (before?.answer === JSON.stringify(answer)) return replayed(answer);
  const row: OrderRow = {
    ...placed,
    state: 'rejected',
    classifier,
    reason,
    retryable: retryable ? 1n : 0n,
    answer: JSON.stringify(answer),
  };
  return recorded({
    type: 'orders/order-rejected.v1',
    subject: row.order_id,
    answer,
    changes: [{ table: orders, row }],
    said: { actor, reason },
    ledger,
    budget,
  });
}

/** An order that is judged anew gets a new hold; the key of the order's holds belongs to the first. */
function hold(
  {
    order,
    holdId,
    executionId,
    actor,
    deadlines,
    request,
  }: PlaceOrderCommand & { readonly deadlines: Deadlines; readonly request: string },
  amount: bigint,
  view: View,
): LedgerStep {
  const key = holdKey(order.orderId);
  const keyed = view.known(key) === undefined ? { key, request } : undefined;
  const terms = {
    holdId,
    payer: payerOf(order),
    payee: payeeOf(order),
    amount,
    orderId: order.orderId,
    contractId: executionId,
    policyRef: EXECUTION_POLICY,
    ...deadlines,
    ownDeadlines: false,
  };
  return reserve(terms, { keyed, actor }, nextFact(view));
}

function openExecution({ mapping }: OrderParts): Decision<OpenExecutionCommand> {
  return {
    reads: ({ orderId, executionId, holdId, offerId, payer, payee, budget }) => ({
      rows: [
        { table: orders, key: [orderId] },
        { table: executions, key: [executionId] },
        ...offerReads(offerId),
        ...(holdId === null ? [] : holdMoveReads({ holdId, payer, payee, to: 'voided' })),
        ...budgetReads(budget),
      ],
    }),
    decide(command, view) {
      const { orderId, executionId, holdId, offerId, budget, actor } = command;
      const order = view.row(orders, [orderId]);
      if (order === undefined) return refusal('order_not_found');
      if (order.answer !== null) return replayed(order.answer);
      // The order was judged anew meanwhile, and has another execution to open.
      if (order.execution_id !== executionId || order.hold_id !== holdId || order.offer_id !== offerId)
        return refusal('idempotency_conflict', { fields: ['execution_id'] });
      const stale = rolledOn(budget, view);
      if (stale !== undefined) return stale;
      const offer = view.row(offers, [offerId]);
      const refused = judgeOffer(
        { offerId, offerSeq: order.offer_seq },
        { offer, depth: depthOf(view, offerId), now: view.at },
      );
      const next: OrderRow = { ...order, updated_at: view.at, version: order.version + 1n };
      if (refused !== undefined) return unopened(command, { next, refused, mapping }, view);
      invariant(offer !== undefined, 'an order without an offer is refused');
      const execution = executionRow(order, { executionId, providerNodeId: offer.provider_node_id }, view);
      const row: ExecutionRow = { ...execution, state: afterOpening(offer.auto_accept === 1n) };
      const answer = openedResult(row);
      const changes = [
        { table: orders, row: { ...next, state: 'opened', answer: JSON.stringify(answer) } satisfies OrderRow },
        { table: executions, row },
        queueChange(view, offerId, 1n),
      ];
      const committed = commitBudget(budget, { orderId, actor, price: row.price_amount }, nextFact(view));
      const type = 'orders/execution-opened.v1';
      return recorded({ type, subject: executionId, answer, changes, said: { actor }, budget: committed });
    },
  };
}

/** The offer has changed since the order was judged: the money and the budget go back. */
function unopened(
  { orderId, holdId, budget, actor }: OpenExecutionCommand,
  { next, refused, mapping }: { readonly next: OrderRow; readonly refused: Rejection } & Pick<OrderParts, 'mapping'>,
  view: View,
): Decided {
  const held = holdId === null ? undefined : view.row(holds, [holdId]);
  const move = { to: 'voided', reason: refused.classifier, actor } as const;
  const ledger = held && changeHold(held, move, { view: nextFact(view), mapping });
  const buyer = { subjectKind: next.subject_kind, subjectId: next.subject_id };
  const returned = returnBudget(budget, { orderId, actor, ...buyer }, viewBehind(view, ledger));
  return rejected({ ...next, hold_id: null, execution_id: null }, refused, { actor, ledger, budget: returned });
}

function executionRow(
  order: OrderRow,
  { executionId, providerNodeId }: { readonly executionId: string; readonly providerNodeId: string },
  { at }: View,
): ExecutionRow {
  return {
    execution_id: executionId,
    state: 'opened',
    receipt: 'pending',
    last_event: null,
    reason: null,
    order_id: order.order_id,
    offer_id: order.offer_id,
    offer_seq: order.offer_seq,
    provider_node_id: providerNodeId,
    provider_participant_id: order.provider_participant_id,
    subject_kind: order.subject_kind,
    subject_id: order.subject_id,
    payer_account_id: order.payer_account_id,
    payee_account_id: order.payee_account_id,
    price_amount: order.price_amount ?? 0n,
    hold_id: order.hold_id,
    run_id: order.run_id,
    phase_id: order.phase_id,
    gate_decision_id: order.gate_decision_id,
    budget_bucket: order.budget_bucket,
    dispute_id: null,
    result: null,
    result_digest: null,
    work_by: order.work_by,
    accept_by: order.accept_by,
    dispute_by: order.dispute_by,
    auto_release_after: order.auto_release_after,
    due_at: order.work_by,
    due_event: 'work-by',
    completed_at: null,
    ended_at: null,
    created_at: at,
    updated_at: at,
    version: 1n,
  };
}
