/** `GET /l402-otb/budgets`: budgets by merchant, period and status, the newest first. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { budgetView } from '../../budgets/plan-wire.ts';
import { budgets } from '../../budgets/tables.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { given } from '../orders/filters.ts';
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
    run({ query: { cursor, limit, merchant_id: wanted, ...filter }, caller }) {
      const own = merchantFilter(caller, 'budgets:read', wanted);
      if (own === undefined) return refused('forbidden');
      const where = { ...given(filter), ...own };
      return pagedList(
        store,
        { list: 'budgets', table: budgets, where, by: 'created_at' },
        { cursor, limit },
        budgetView,
      );
    },
  });
}
