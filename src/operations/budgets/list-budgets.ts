/** `GET /l402-otb/budgets`: budgets by merchant, period and status, the newest first. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { bucketKey, WHOLE_MERCHANT } from '../../budgets/bucket.ts';
import { budgetView } from '../../budgets/plan-wire.ts';
import { allocations, budgets, type BucketRow, type BudgetRow } from '../../budgets/tables.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { merchantFilter } from './merchant-filter.ts';
import { budgetRecord, budgetStatus, merchantId, period } from './schemas.ts';

const filters = { merchant_id: merchantId.optional(), period: period.optional(), status: budgetStatus.optional() };

export function listBudgets(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listBudgets',
    method: 'GET',
    path: '/l402-otb/budgets',
    chapter: 'Budgets',
    summary: 'Budgets, the newest first',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(budgetRecord),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit, merchant_id: wanted, ...filter }, caller }) {
      const own = merchantFilter(caller, 'budgets:read', wanted);
      if (own === undefined) return refused('forbidden');
      const where = { ...filter, ...own };
      const query = { list: 'budgets', table: budgets, where, by: 'created_at' } as const;
      const found = await pagedList(store, query, { cursor, limit }, (row) => row);
      if (!('body' in found)) return found;
      const { items, next_cursor } = found.body;
      const bucketFor = await wholeBuckets(store, items);
      return done({ items: items.map((row) => budgetView(row, bucketFor(row))), next_cursor });
    },
  });
}

const wholeOf = ({ merchant_id: merchant, period: of }: BudgetRow): string => bucketKey(merchant, of, WHOLE_MERCHANT);

/** The merchant-wide buckets of budgets that are in force, in one read. */
async function wholeBuckets(
  store: Reader,
  rows: readonly BudgetRow[],
): Promise<(row: BudgetRow) => BucketRow | undefined> {
  const values = [...new Set(rows.filter(({ status }) => status !== 'draft').map(wholeOf))];
  const among = { column: 'bucket', values } as const;
  const found =
    values.length === 0 ? [] : await store.rows({ table: allocations, among, by: 'bucket', limit: values.length });
  const byKey = new Map(found.map((row) => [row.bucket, row]));
  return (row) => byKey.get(wholeOf(row));
}
