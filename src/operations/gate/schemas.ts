/** Shapes of gate calls, decisions, invoices and releases on the wire. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { isDay } from '../../budgets/calendar.ts';
import { actionKinds, type GateRequest } from '../../budgets/gate-request.ts';
import { basis, category, currency, invoiceKind, merchantId, period } from '../budgets/schemas.ts';
import { text } from '../ledger/schemas.ts';
import { amount, id } from '../schemas.ts';

/** A day, or a moment of it. */
const deliveryDate = z
  .string()
  .refine((said) => isDay(said) || (z.iso.datetime().safeParse(said).success && isDay(said.slice(0, 10))), {
    error: 'a day as 2026-11-21',
  })
  .meta({ examples: ['2026-11-21'] });

/** B-03: what may be committed, by whom, for what. */
export const gateBody = z.strictObject({
  merchant_id: merchantId,
  actor_id: text(limits.nameCharactersMax).meta({ description: 'who acts, as your system calls them' }),
  action_kind: z.enum(actionKinds),
  amount_cents: amount,
  category: category.optional(),
  period: period.optional().meta({ description: 'else that of the delivery date, else that of today' }),
  delivery_date: deliveryDate.optional().meta({ description: 'a day of the period, where both are named' }),
  currency: currency.optional().meta({ description: 'the budget’s, where it is not said' }),
  basis: basis.optional(),
  acknowledged: z.boolean().optional().meta({ description: 'a policy in mode `warn` may ask for it' }),
  context: z
    .strictObject({ po_id: id.optional(), transfer_id: id.optional(), order_id: id.optional() })
    .optional()
    .meta({ description: 'the document; the first of them names the reservation' }),
});

export type GateBody = z.infer<typeof gateBody>;

/** Why a delivery date says of no budget where it is. */
export const NO_DELIVERY_DATE = 'delivery_date: no such day, or none of the period that is named beside it';

export function requestOf(body: GateBody): GateRequest {
  const { context = {} } = body;
  return {
    merchantId: body.merchant_id,
    actorId: body.actor_id,
    actionKind: body.action_kind,
    amountCents: body.amount_cents,
    category: body.category ?? null,
    period: body.period ?? null,
    deliveryDate: body.delivery_date?.slice(0, 10) ?? null,
    currency: body.currency ?? null,
    basis: body.basis ?? null,
    context: {
      poId: context.po_id ?? null,
      transferId: context.transfer_id ?? null,
      orderId: context.order_id ?? null,
    },
  };
}

const count = z.int();
const maybe = z.string().nullable();
const bucket = z.strictObject({ merchant_id: z.string(), period: z.string(), category: maybe });
const mode = z.enum(['enforce', 'warn', 'track']);

export const decisionState = z.enum([
  'challenged',
  'reserved',
  'committed',
  'received',
  'cancelled',
  'expired',
  'replaced',
  'refused',
]);

export const invoiceState = z.enum(['intended', 'open', 'held', 'settled', 'closed']);

export const allowedRecord = z.strictObject({
  allowed: z.literal(true),
  decision_id: z.string(),
  state: decisionState,
  amount_cents: count,
  currency: z.string(),
  mode,
  paid: z.boolean().meta({ description: 'a settled invoice authorised it' }),
  bucket,
  expires_at: maybe.meta({ description: 'when the reservation ends by itself' }),
  remaining_budget_cents: count.optional().meta({ description: 'for callers that may read budgets' }),
});

export const previewRecord = z.strictObject({
  would: z.enum(['allow', 'require_payment', 'refuse']),
  reason: z.string().optional(),
  policy_id: z.string().optional(),
  mode: mode.optional(),
  open_to_buy_cents_after: count.optional().meta({ description: 'for callers that may read budgets' }),
  price_sats: count.optional(),
});

/** Never the token or its root key (L-08). */
export const invoiceRecord = z.strictObject({
  decision_id: z.string(),
  merchant_id: z.string(),
  state: invoiceState,
  kind: invoiceKind,
  price_sats: count,
  quote: z.unknown().meta({ description: 'rule, rate and excess as they were when it was quoted' }),
  payment_hash: maybe,
  l402_invoice: maybe,
  payee_key: maybe,
  expires_at: maybe,
  usable_until: maybe,
  held_at: maybe.meta({ description: 'a hold invoice: when its payment was accepted; it is settled at once' }),
  received_msat: count,
  settled_at: maybe,
  consumed_at: maybe,
  credit_msat: count.meta({ description: 'owed to the payer: paid twice, too late or for nothing' }),
  created_at: z.string(),
  updated_at: z.string(),
});

export const decisionRecord = z.strictObject({
  decision_id: z.string(),
  merchant_id: z.string(),
  state: decisionState,
  reason: maybe,
  actor_id: z.string(),
  caller: z.string(),
  action_kind: z.string(),
  document: maybe,
  amount_cents: count,
  currency: z.string(),
  basis,
  category: maybe,
  period: z.string(),
  bucket,
  mode,
  policy_id: z.string(),
  paid: z.boolean(),
  excess_cents: count,
  reserved_cents: count,
  committed_cents: count,
  received_cents: count,
  request_digest: z.string(),
  replaces: maybe,
  order_id: maybe.meta({ description: 'the order that stands on it' }),
  overdue: z.boolean().optional().meta({ description: 'still expected though its period is over; in reads' }),
  expires_at: maybe,
  invoice: invoiceRecord.nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

export const releaseState = z.enum(['requested', 'in_process', 'accepted', 'rejected']);

export const releaseRecord = z.strictObject({
  release_id: z.string(),
  decision_id: z.string(),
  merchant_id: z.string(),
  bucket,
  amount_cents: count,
  state: releaseState,
  requested_by: z.string(),
  reason: z.string(),
  decided_by: maybe,
  decision_reason: maybe,
  from_normal_budget: z
    .boolean()
    .meta({ description: 'the normal budget had become free: the special one was not used' }),
  created_at: z.string(),
  updated_at: z.string(),
});

export const countersRecord = z.strictObject({
  allocated_cents: count,
  children_cents: count,
  holdback_cents: count,
  reserved_cents: count,
  committed_cents: count,
  received_cents: count,
  adjusted_cents: count,
  open_to_buy_cents: count,
});
