/** Looks up what planners have recorded, and what a command on it has to name. */
import { limits } from '../../base/limits.ts';
import { boundsOf, calendarOf, parsePeriod, type Period } from '../../budgets/calendar.ts';
import { bucketKey, periodKey } from '../../budgets/bucket.ts';
import { relativesOf } from '../../budgets/allocation-book.ts';
import { allocations, budgets, merchants, periods } from '../../budgets/tables.ts';
import type { BucketRow, BudgetRow, MerchantRow, PeriodRow } from '../../budgets/tables.ts';
import { pathsOf, type SeenPlan } from '../../flows/allocations.ts';
import { findRow } from '../../store/find-row.ts';
import { pages } from '../../store/pages.ts';
import type { Store } from '../../store/store.ts';

export type Reader = Pick<Store, 'rows'>;

export const findMerchant = (store: Reader, merchant: string): Promise<MerchantRow | undefined> =>
  findRow(store, merchants, 'merchant_id', merchant);

export const findBudget = (store: Reader, budgetId: string): Promise<BudgetRow | undefined> =>
  findRow(store, budgets, 'budget_id', budgetId);

export const findPeriod = (store: Reader, merchant: string, period: string): Promise<PeriodRow | undefined> =>
  findRow(store, periods, 'period_key', periodKey(merchant, period));

export const findBucket = (
  store: Reader,
  merchant: string,
  period: string,
  category: string,
): Promise<BucketRow | undefined> => findRow(store, allocations, 'bucket', bucketKey(merchant, period, category));

export const findAllocation = (store: Reader, allocationId: string): Promise<BucketRow | undefined> =>
  findRow(store, allocations, 'allocation_id', allocationId);

/** Every bucket of a merchant and period, by category; of all periods without one, up to `max`. */
export async function bucketsOf(
  store: Reader,
  { merchant, period, max }: { readonly merchant: string; readonly period?: string | undefined; readonly max?: number },
): Promise<BucketRow[]> {
  const where = { merchant_id: merchant, ...(period === undefined ? {} : { period }) };
  const found: BucketRow[] = [];
  for await (const rows of pages(store, { table: allocations, where, by: 'bucket' }, limits.rowsAtOnce)) {
    found.push(...rows);
    if (max !== undefined && found.length > max) break;
  }
  return found;
}

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
