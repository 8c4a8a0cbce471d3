/** Looks up what planners have recorded, and what a command on it has to name. */
import { limits } from '../../base/limits.ts';
import { boundsOf, defaultCalendar, parsePeriod, type Period, type RetailCalendar } from '../../budgets/calendar.ts';
import { bucketKey, periodKey } from '../../budgets/bucket.ts';
import { relativesOf } from '../../budgets/allocation-book.ts';
import { allocations, budgets, merchants, periods } from '../../budgets/tables.ts';
import type { BucketRow, BudgetRow, MerchantRow, PeriodRow } from '../../budgets/tables.ts';
import { pathsOf, type SeenPlan } from '../../flows/allocations.ts';
import type { Store } from '../../store/store.ts';

export type Reader = Pick<Store, 'rows'>;

export async function findMerchant(store: Reader, merchant: string): Promise<MerchantRow | undefined> {
  return (await store.rows({ table: merchants, where: { merchant_id: merchant }, by: 'merchant_id', limit: 1 }))[0];
}

export async function findBudget(store: Reader, budgetId: string): Promise<BudgetRow | undefined> {
  return (await store.rows({ table: budgets, where: { budget_id: budgetId }, by: 'budget_id', limit: 1 }))[0];
}

export async function findPeriod(store: Reader, merchant: string, period: string): Promise<PeriodRow | undefined> {
  const where = { period_key: periodKey(merchant, period) };
  return (await store.rows({ table: periods, where, by: 'period_key', limit: 1 }))[0];
}

export async function findBucket(
  store: Reader,
  merchant: string,
  period: string,
  category: string,
): Promise<BucketRow | undefined> {
  const where = { bucket: bucketKey(merchant, period, category) };
  return (await store.rows({ table: allocations, where, by: 'bucket', limit: 1 }))[0];
}

export async function findAllocation(store: Reader, allocationId: string): Promise<BucketRow | undefined> {
  const where = { allocation_id: allocationId };
  return (await store.rows({ table: allocations, where, by: 'allocation_id', limit: 1 }))[0];
}

/** Every bucket of a merchant and period, by category; of all periods without one, up to `max`. */
export async function bucketsOf(
  store: Reader,
  { merchant, period, max }: { readonly merchant: string; readonly period?: string | undefined; readonly max?: number },
): Promise<BucketRow[]> {
  const where = { merchant_id: merchant, ...(period === undefined ? {} : { period }) };
  const found: BucketRow[] = [];
  for (;;) {
    const last = found.at(-1);
    const after = last === undefined ? {} : { after: last.bucket };
    const rows = await store.rows({ table: allocations, where, by: 'bucket', ...after, limit: limits.rowsAtOnce });
    found.push(...rows);
    if (rows.length < limits.rowsAtOnce || (max !== undefined && found.length > max)) return found;
  }
}

export const calendarOf = (merchant: MerchantRow | undefined): RetailCalendar =>
  merchant === undefined ? defaultCalendar : { calendar: merchant.calendar, yearEnd: merchant.year_end };

/** The period by its id in the merchant's calendar. */
export const periodOf = (merchant: MerchantRow | undefined, id: string): Period | undefined =>
  parsePeriod(id, calendarOf(merchant));

/**
 * A merchant's plan of a period as it is now, as far as a change of one category touches it (of any, without one). The rows by
 * which a later change is noticed are read first.
 */
export async function seePlan(
  store: Reader,
  merchantId: string,
  period: Period,
  category: string | undefined,
): Promise<SeenPlan & { readonly firstDay: string; readonly state: PeriodRow | undefined }> {
  const [merchant, state] = await Promise.all([
    findMerchant(store, merchantId),
    findPeriod(store, merchantId, period.id),
  ]);
  const { firstDay } = boundsOf(period, calendarOf(merchant));
  const buckets = await bucketsOf(store, { merchant: merchantId, period: period.id });
  const planned = buckets.filter(({ budget_id: budget }) => budget !== null);
  const paths = pathsOf(merchant, firstDay);
  const touched = category === undefined ? planned : relativesOf(category, planned, paths);
  return {
    planned: touched.map((bucket) => bucket.category),
    periodVersion: state?.version ?? 0n,
    hierarchyVersion: merchant?.hierarchy_version ?? 0n,
    firstDay,
    state,
  };
}
