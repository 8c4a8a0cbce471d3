/** Decisions, invoices and releases as callers see them: snake_case JSON, integers of cents, times in RFC 3339. */
import { timeOf, timeOrNull } from '../base/time.ts';
import { bucketOf, openToBuy, type Counters } from './bucket.ts';
import type { DecisionRow, InvoiceRow, ReleaseRow } from './tables.ts';

type View = Readonly<Record<string, unknown>>;

/** Of `<merchant>|<period>|<category>`; null: the merchant-wide one. */
function bucketView(key: string): View {
  const { merchant, period, category } = bucketOf(key);
  return { merchant_id: merchant, period, category: category === '' ? null : category };
}

/** The answer to a gate that said yes (B-03). `remaining_budget_cents` is for callers that may read budgets. */
export function allowedView(row: DecisionRow, after: Counters): View {
  return {
    allowed: true,
    decision_id: row.decision_id,
    state: row.state,
    amount_cents: Number(row.amount_cents),
    currency: row.currency,
    mode: row.mode,
    paid: row.paid === 1n,
    bucket: bucketView(row.bucket),
    expires_at: timeOrNull(row.due_at),
    remaining_budget_cents: Number(openToBuy(after)),
  };
}

/** The answer to a gate that asks for payment, without the invoice, which is not there yet. */
export function challengedView(row: DecisionRow, sats: bigint, counters: Counters): View {
  return {
    allowed: false,
    decision_id: row.decision_id,
    reason: 'budget_exhausted',
    price_sats: Number(sats),
    remaining_budget_cents: Number(openToBuy(counters)),
  };
}

/** What an invoice tells: never the token or its root key (L-08). */
export function invoiceView(invoice: InvoiceRow): View {
  return {
    decision_id: invoice.decision_id,
    merchant_id: invoice.merchant_id,
    state: invoice.state,
    kind: invoice.hold === null ? 'ordinary' : 'hold',
    price_sats: Number(invoice.sats),
    quote: JSON.parse(invoice.quote) as unknown,
    payment_hash: invoice.payment_hash,
    l402_invoice: invoice.bolt11,
    payee_key: invoice.payee_key,
    expires_at: timeOrNull(invoice.expires_at),
    usable_until: timeOrNull(invoice.usable_until),
    held_at: timeOrNull(invoice.held_at),
    received_msat: Number(invoice.received_msat),
    settled_at: timeOrNull(invoice.settled_at),
    consumed_at: timeOrNull(invoice.consumed_at),
    credit_msat: Number(invoice.credit_msat),
    created_at: timeOf(invoice.created_at),
    updated_at: timeOf(invoice.updated_at),
  };
}

/** A decision and what became of its budget. */
export function decisionView(row: DecisionRow, invoice?: InvoiceRow): View {
  return {
    decision_id: row.decision_id,
    merchant_id: row.merchant_id,
    state: row.state,
    reason: row.reason,
    actor_id: row.actor_id,
    caller: row.caller,
    action_kind: row.action_kind,
    document: row.document,
    amount_cents: Number(row.amount_cents),
    currency: row.currency,
    basis: row.basis,
    category: row.category,
    period: row.period,
    bucket: bucketView(row.bucket),
    mode: row.mode,
    policy_id: row.policy_id,
    paid: row.paid === 1n,
    excess_cents: Number(row.excess_cents),
    reserved_cents: Number(row.reserved_cents),
    committed_cents: Number(row.committed_cents),
    received_cents: Number(row.received_cents),
    request_digest: row.request_digest,
    replaces: row.replaces,
    order_id: row.order_id,
    expires_at: timeOrNull(row.due_at),
    invoice: invoice === undefined ? null : invoiceView(invoice),
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}

export function releaseView(row: ReleaseRow): View {
  return {
    release_id: row.release_id,
    decision_id: row.decision_id,
    merchant_id: row.merchant_id,
    bucket: bucketView(row.bucket),
    amount_cents: Number(row.amount_cents),
    state: row.state,
    requested_by: row.requested_by,
    reason: row.reason,
    decided_by: row.decided_by,
    decision_reason: row.decision_reason,
    from_normal_budget: row.from_normal_budget === 1n,
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}

export function countersView(counters: Counters): { readonly [C in keyof Counters | 'open_to_buy_cents']: number } {
  return {
    allocated_cents: Number(counters.allocated_cents),
    children_cents: Number(counters.children_cents),
    holdback_cents: Number(counters.holdback_cents),
    reserved_cents: Number(counters.reserved_cents),
    committed_cents: Number(counters.committed_cents),
    received_cents: Number(counters.received_cents),
    adjusted_cents: Number(counters.adjusted_cents),
    open_to_buy_cents: Number(openToBuy(counters)),
  };
}
