/** `GET /l402-otb/allocations`: buckets with their counters, by merchant, period and category. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { allocationView } from '../../budgets/plan-wire.ts';
import { allocations } from '../../budgets/tables.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { merchantFilter } from './merchant-filter.ts';
import { allocationRecord, category, merchantId, period } from './schemas.ts';

const filters = {
  merchant_id: merchantId.optional(),
  budget_id: id.optional(),
  period: period.optional(),
  category: category.optional(),
};

export function listAllocations(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listAllocations',
    method: 'GET',
    path: '/l402-otb/allocations',
    chapter: 'Budgets',
    summary: 'Allocations, by merchant, period and category',
    description: 'Also what nobody planned and was spent all the same: its `budget_id` is null.',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(allocationRecord),
    refusals: ['invalid_cursor'],
    run({ query: { cursor, limit, merchant_id: wanted, ...filter }, caller }) {
      const own = merchantFilter(caller, 'budgets:read', wanted);
      if (own === undefined) return refused('forbidden');
      const query = {
        list: 'allocations',
        table: allocations,
        where: { ...filter, ...own },
        by: 'bucket',
      } as const;
      return pagedList(store, { ...query, order: 'text' }, { cursor, limit }, allocationView);
    },
  });
}
