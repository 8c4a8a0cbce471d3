/** Offers, orders, executions and disputes as callers see them: snake_case JSON, integers of minor units, times in RFC 3339. */
import { timeOf, timeOrNull } from '../base/time.ts';
import type { Rejection } from './judge.ts';
import type { DisputeRow, ExecutionRow, OfferRow, OrderRow, OrgRow } from './tables.ts';

type View = Readonly<Record<string, unknown>>;

export function orgView({ org_id, custodian_participant_id, created_at, updated_at }: OrgRow): View {
  return { org_id, custodian_participant_id, created_at: timeOf(created_at), updated_at: timeOf(updated_at) };
}

export function offerView(offer: OfferRow): View {
  return {
    offer_id: offer.offer_id,
    sequence_no: Number(offer.sequence_no),
    status: offer.status,
    provider_node_id: offer.provider_node_id,
    provider_participant_id: offer.provider_participant_id,
    service_type: offer.service_type,
    description: offer.description,
    price_amount: Number(offer.price_amount),
    price_currency: offer.price_currency,
    unit_kind: offer.unit_kind,
    expires_at: timeOrNull(offer.expires_at),
    max_queue_depth: Number(offer.max_queue_depth),
    auto_accept: offer.auto_accept === 1n,
    updated_at: timeOf(offer.updated_at),
  };
}

/** While it is `opening` an order has no result yet: this is what the second step needs. */
export function openingView({ order_id, execution_id, hold_id, price_amount }: OrderRow): View {
  return { state: 'opening', order_id, execution_id, hold_id, price_amount: Number(price_amount ?? 0n) };
}

/** S-33. */
export function openedResult({ order_id, execution_id, hold_id, price_amount, state }: ExecutionRow): View {
  const result = state === 'awaiting-provider' ? state : 'opened-execution';
  return { result, order_id, execution_id, hold_id, price_amount: Number(price_amount) };
}

/** S-33. */
export function rejectedResult(orderId: string, { classifier, reason, retryable }: Rejection): View {
  return { result: 'rejected', order_id: orderId, classifier, reason, retryable };
}

function deadlinesView(row: Pick<OrderRow, 'work_by' | 'accept_by' | 'dispute_by' | 'auto_release_after'>): View {
  return {
    work_by: timeOrNull(row.work_by),
    accept_by: timeOrNull(row.accept_by),
    dispute_by: timeOrNull(row.dispute_by),
    auto_release_after: timeOrNull(row.auto_release_after),
  };
}

/** An order with what was asked for; what became of it is its execution's to tell. */
export function orderView(order: OrderRow): View {
  const request: unknown = JSON.parse(order.request);
  return {
    ...(typeof request === 'object' ? request : {}),
    order_id: order.order_id,
    state: order.state,
    result: order.answer === null ? null : (JSON.parse(order.answer) as unknown),
    payer_account_id: order.payer_account_id,
    payee_account_id: order.payee_account_id,
    price_amount: order.price_amount === null ? null : Number(order.price_amount),
    hold_id: order.hold_id,
    execution_id: order.execution_id,
    deadlines: deadlinesView(order),
    created_at: timeOf(order.created_at),
    updated_at: timeOf(order.updated_at),
  };
}

/** S-35: the way from the offer to the money, the same in the execution and in its receipt. */
function lineageOf(row: ExecutionRow): View {
  const { offer_id, order_id, run_id, phase_id, hold_id, gate_decision_id } = row;
  return { offer_id, offer_seq: Number(row.offer_seq), order_id, run_id, phase_id, hold_id, gate_decision_id };
}

export function receiptView(row: ExecutionRow): View {
  const { execution_id, payer_account_id, payee_account_id, price_amount, result_digest, ended_at } = row;
  return {
    status: row.receipt,
    execution_id,
    ...lineageOf(row),
    payer_account_id,
    payee_account_id,
    amount: Number(price_amount),
    result_digest,
    ended_at: timeOrNull(ended_at),
  };
}

export function executionView(row: ExecutionRow): View {
  return {
    execution_id: row.execution_id,
    state: row.state,
    ...lineageOf(row),
    provider_node_id: row.provider_node_id,
    provider_participant_id: row.provider_participant_id,
    subject_kind: row.subject_kind,
    subject_id: row.subject_id,
    payer_account_id: row.payer_account_id,
    payee_account_id: row.payee_account_id,
    price_amount: Number(row.price_amount),
    last_event: row.last_event,
    reason: row.reason,
    dispute_id: row.dispute_id,
    result: row.result === null ? null : (JSON.parse(row.result) as unknown),
    result_digest: row.result_digest,
    deadlines: deadlinesView(row),
    due_at: timeOrNull(row.due_at),
    due_event: row.due_event,
    receipt: receiptView(row),
    created_at: timeOf(row.created_at),
    completed_at: timeOrNull(row.completed_at),
    ended_at: timeOrNull(row.ended_at),
    updated_at: timeOf(row.updated_at),
  };
}

export function disputeView(row: DisputeRow): View {
  return {
    dispute_id: row.dispute_id,
    state: row.state,
    execution_id: row.execution_id,
    order_id: row.order_id,
    hold_id: row.hold_id,
    payer_account_id: row.payer_account_id,
    payee_account_id: row.payee_account_id,
    reason: row.reason,
    opened_by: row.opened_by,
    opened_at: timeOf(row.opened_at),
    in_favour_of: row.in_favour_of,
    resolution: row.resolution,
    resolved_by: row.resolved_by,
    resolved_at: timeOrNull(row.resolved_at),
  };
}
