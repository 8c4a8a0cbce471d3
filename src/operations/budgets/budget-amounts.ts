/** The amounts of a budget as a caller gave them: one amount, or a plan from which it is reckoned (B-20). */
import * as z from 'zod';
import { MINOR_UNITS_MAX } from '../../base/money.ts';
import { calendarOf, periodBefore, type Period } from '../../budgets/calendar.ts';
import { planned, type Plan } from '../../budgets/plan.ts';
import { planOf, planView } from '../../budgets/plan-wire.ts';
import { budgets, type Basis, type MerchantRow } from '../../budgets/tables.ts';
import type { BudgetAmounts } from '../../flows/plans.ts';
import { refused, type Refused } from '../api-operation.ts';
import { amount } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { basisPoints, cents } from './schemas.ts';

export const amountFields = {
  amount_cents: amount.optional(),
  plan: z
    .strictObject({
      planned_sales_cents: cents,
      planned_reductions_cents: cents.optional(),
      planned_closing_stock_cents: cents,
      opening_stock_cents: cents
        .optional()
        .meta({ description: "without it: the closing stock of the period before's plan" }),
      on_order_cents: cents.optional(),
      initial_markup_bp: basisPoints()
        .optional()
        .meta({ description: 'at cost: the components are at retail, and this is taken off' }),
    })
    .optional()
    .meta({ description: 'in place of `amount_cents`' }),
};

const shape = z.strictObject(amountFields);
type Given = z.output<typeof shape>;

interface Place {
  readonly merchantId: string;
  readonly merchant: MerchantRow | undefined;
  readonly period: Period;
  readonly basis: Basis;
}

/** Exactly one of the two must be there. */
export async function amountsOf(store: Reader, given: Given, place: Place): Promise<BudgetAmounts | Refused> {
  const { amount_cents: whole, plan } = given;
  if ((whole === undefined) === (plan === undefined))
    return refused('invalid_request', { field: 'amount_cents' }, 'amount_cents or plan: one of the two');
  if (plan === undefined) return { amount: whole ?? 0n, openToBuy: whole ?? 0n, plan: null };
  const opening = plan.opening_stock_cents ?? (await closingBefore(store, place));
  if (opening === undefined)
    return refused(
      'invalid_request',
      { field: 'plan.opening_stock_cents' },
      'the period before has no plan: say what the opening stock is',
    );
  const full: Plan = {
    plannedSales: plan.planned_sales_cents,
    plannedReductions: plan.planned_reductions_cents ?? 0n,
    plannedClosingStock: plan.planned_closing_stock_cents,
    openingStock: opening,
    onOrder: plan.on_order_cents ?? 0n,
    initialMarkupBp: plan.initial_markup_bp === undefined ? null : BigInt(plan.initial_markup_bp),
  };
  const { receiptBudget, openToBuy } = planned(full, place.basis);
  const isTooLarge = [receiptBudget, openToBuy].some((sum) => sum > MINOR_UNITS_MAX || sum < -MINOR_UNITS_MAX);
  if (isTooLarge) return refused('invalid_amount', { field: 'plan' });
  return { amount: receiptBudget, openToBuy, plan: JSON.stringify(planView(full)) };
}

/** The closing stock of one period opens the next (B-20). */
async function closingBefore(store: Reader, { merchantId, merchant, period }: Place): Promise<bigint | undefined> {
  const before = periodBefore(period, calendarOf(merchant));
  if (before === undefined) return undefined;
  const where = { merchant_id: merchantId, period: before.id };
  const [row] = await store.rows({ table: budgets, where, by: 'created_at', descending: true, limit: 1 });
  const plan = planOf(row?.plan ?? null);
  return plan === null ? undefined : BigInt(plan.planned_closing_stock_cents);
}
