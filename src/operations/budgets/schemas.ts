/** Shapes of merchants, budgets, allocations, policies, periods and alerts on the wire. */
import * as z from 'zod';
import { roles } from '../../access/caller.ts';
import { limits } from '../../base/limits.ts';
import { isDay, isYearEnd } from '../../budgets/calendar.ts';
import { CATEGORY, CATEGORY_SAID } from '../../budgets/hierarchy.ts';
import type {
  AlertView,
  AllocationView,
  BudgetView,
  MerchantView,
  PeriodView,
  PlanView,
  PolicyView,
  RevisionView,
} from '../../budgets/plan-wire.ts';
import { text } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';

const AMOUNT = { error: 'invalid_amount' };

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/** Whole cents from 0; a bigint from here on. */
export const cents = z
  .codec(z.int(AMOUNT).min(0, AMOUNT).max(Number.MAX_SAFE_INTEGER, AMOUNT), z.bigint(), {
    decode: BigInt,
    encode: Number,
  })
  .meta({ description: 'minor units, from 0', examples: [50_000] });

export const basisPoints = (max = 10_000) => z.int().min(0).max(max);

export const category = z
  .string()
  .regex(CATEGORY, CATEGORY_SAID)
  .meta({ examples: ['shoes'] });
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'three capital letters as EUR')
  .meta({ examples: ['EUR'] });
export const period = z
  .string({ error: 'invalid_period' })
  .max(16, 'invalid_period')
  .meta({ examples: ['2026-11', '2026-P10'] });
export const basis = z.enum(['cost', 'retail']);
export const reason = text(limits.reasonCharactersMax);
/** A day, or an instant of it. */
export const day = z
  .string()
  .refine((given) => isDay(given) || (INSTANT.test(given) && isDay(given.slice(0, 10))), 'a day as 2026-11-21')
  .transform((given) => given.slice(0, 10))
  .meta({ examples: ['2026-11-21'] });
export const yearEnd = z
  .string()
  .refine(isYearEnd, 'a day of every year as 01-31')
  .meta({ examples: ['01-31'] });

export const calendar = z.enum(['4-5-4', 'calendar']);
export const budgetStatus = z.enum(['draft', 'active', 'locked', 'closed']);
export const periodStatus = z.enum(['open', 'locked', 'closed']);

const time = z.string();
const count = z.int();

export const merchantRecord: z.ZodType<MerchantView> = z.strictObject({
  merchant_id: z.string(),
  name: z.string(),
  currency: z.string(),
  calendar,
  year_end: z.string(),
  hierarchy: z.array(
    z.strictObject({ category: z.string(), parent: z.string().nullable(), from: z.string().nullable() }),
  ),
  hierarchy_version: count,
  created_at: time,
  updated_at: time,
});

const planRecord: z.ZodType<PlanView> = z.strictObject({
  planned_sales_cents: count,
  planned_reductions_cents: count,
  planned_closing_stock_cents: count,
  opening_stock_cents: count,
  on_order_cents: count,
  initial_markup_bp: count.nullable(),
});

const budgetFields = {
  budget_id: z.string(),
  merchant_id: z.string(),
  period: z.string(),
  basis,
  currency: z.string(),
  status: budgetStatus,
  amount_cents: count.meta({ description: 'what is allocated: the receipt budget, without on order' }),
  open_to_buy_cents: count.meta({
    description: 'what may still be committed of the merchant as a whole, now; of a draft what the plan comes to',
  }),
  planned_open_to_buy_cents: count.meta({ description: 'what the plan comes to: its on order is taken off' }),
  original_cents: count.nullable().meta({ description: 'as activated, for ever; null before' }),
  plan: planRecord.nullable().meta({ description: 'null where the amount was given' }),
  revision: count,
  created_by: z.string(),
  created_at: time,
  updated_at: time,
};

export const budgetRecord: z.ZodType<BudgetView> = z.strictObject(budgetFields);

const revisionRecord: z.ZodType<RevisionView> = z.strictObject({
  revision: count,
  amount_cents: count,
  plan: planRecord.nullable(),
  reason: z.string().nullable(),
  revised_by: z.string(),
  revised_at: time,
});

/** What a budget was from its activation on. */
export interface BudgetWithRevisions extends BudgetView {
  readonly revisions: readonly RevisionView[];
}

export const budgetWithRevisions: z.ZodType<BudgetWithRevisions> = z.strictObject({
  ...budgetFields,
  revisions: z.array(revisionRecord).meta({ description: 'the newest first, a hundred at most' }),
});

export interface RevisedBudget extends BudgetView {
  readonly below_committed: boolean;
}

export const revisedBudget: z.ZodType<RevisedBudget> = z.strictObject({
  ...budgetFields,
  below_committed: z.boolean().meta({ description: 'more is taken already than the budget gives' }),
});

export const allocationRecord: z.ZodType<AllocationView> = z.strictObject({
  allocation_id: z.string(),
  budget_id: z.string().nullable(),
  merchant_id: z.string(),
  period: z.string(),
  category: z.string().nullable().meta({ description: 'null: the merchant as a whole' }),
  parent_category: z.string().nullable().meta({ description: 'what it is taken from; null: the merchant as a whole' }),
  amount_cents: count,
  holdback_cents: count,
  children_cents: count.meta({ description: 'of the amount, what child categories were given' }),
  reserved_cents: count,
  committed_cents: count,
  received_cents: count,
  adjusted_cents: count,
  open_to_buy_cents: count.meta({ description: 'may be negative: overbought' }),
  below_committed: z.boolean(),
  revision: count,
  created_at: time,
  updated_at: time,
});

const price = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('toll'), sats: z.int().min(1).max(limits.policySatsMax) }),
  z.strictObject({ kind: z.literal('excess_bp'), bp: z.int().min(1).max(limits.policyExcessBpMax) }),
  z.strictObject({ kind: z.literal('whole_excess') }),
]);

const positive = z.int().min(1);

export const invoiceKind = z.enum(['ordinary', 'hold']);

/** What a caller may say of a policy; what is left out is as in the default. */
export const policyFields = {
  mode: z.enum(['enforce', 'warn', 'track']),
  tolerance_bp: basisPoints().optional(),
  tolerance_days: z.int().min(0).max(limits.policyToleranceDaysMax).optional(),
  thresholds_bp: z
    .array(z.int().min(1).max(9_999))
    .max(limits.policyThresholdsMax)
    .optional()
    .meta({ description: 'left, in basis points: each raises an alert' }),
  warn_below_bp: basisPoints().optional(),
  price: price.optional(),
  price_step_sats: positive.max(limits.policySatsMax).optional().meta({
    description:
      'a price that follows the excess is rounded up to a multiple, so that it does not tell what is left; without it to the satoshi',
  }),
  rate: z
    .strictObject({ currency, cents_per_btc: positive })
    .nullish()
    .meta({ description: 'needed by every price but a toll' }),
  max_excess_cents: z.int().min(0).nullish().meta({ description: 'more than this beyond the budget cannot be bought' }),
  invoice: invoiceKind.optional().meta({
    description:
      '`hold`: a payment is held until it is clear that it buys the override, and goes back by itself otherwise',
  }),
  role_limits: z.partialRecord(z.enum(roles), z.int().min(0)).optional(),
  pooling: z.boolean().optional(),
  reservation_seconds: positive.max(limits.policyReservationSecondsMax).optional(),
};

export const policyRecord: z.ZodType<PolicyView> = z.strictObject({
  policy_id: z.string(),
  merchant_id: z.string(),
  version: count.meta({ description: '0: the default, which nobody set' }),
  mode: z.enum(['enforce', 'warn', 'track']),
  tolerance_bp: count,
  tolerance_days: count,
  thresholds_bp: z.array(count),
  warn_below_bp: count,
  price,
  price_step_sats: count,
  rate: z.strictObject({ currency: z.string(), cents_per_btc: count }).nullable(),
  max_excess_cents: count.nullable(),
  invoice: invoiceKind,
  role_limits: z.record(z.string(), count),
  pooling: z.boolean(),
  reservation_seconds: count,
  created_by: z.string().nullable(),
  created_at: time.nullable(),
});

export const periodRecord: z.ZodType<PeriodView> = z.strictObject({
  merchant_id: z.string(),
  period: z.string(),
  status: periodStatus,
  budget_id: z.string().nullable(),
  basis: basis.nullable(),
  currency: z.string().nullable(),
  updated_at: time,
});

export const alertState = z.enum(['open', 'closed']);

export const alertRecord: z.ZodType<AlertView> = z.strictObject({
  alert_id: z.string(),
  merchant_id: z.string(),
  period: z.string(),
  category: z.string().nullable(),
  kind: z.enum(['threshold', 'drift']),
  state: alertState,
  level: z.string().meta({ description: '`low_<basis points>`, `exhausted`, `overbought`, or the cause of a drift' }),
  open_to_buy_cents: count.meta({ description: 'when it was opened, moved or closed' }),
  opened_at: time,
  updated_at: time,
});

export const merchantId = id;
