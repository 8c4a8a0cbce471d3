/** `GET /l402-otb/periods`: periods that have a budget or were locked or closed, the newest first. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { periodView } from '../../budgets/plan-wire.ts';
import { periods } from '../../budgets/tables.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { merchantFilter } from './merchant-filter.ts';
import { merchantId, periodRecord, periodStatus } from './schemas.ts';

const filters = { merchant_id: merchantId.optional(), status: periodStatus.optional() };

export function listPeriods(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listPeriods',
    method: 'GET',
    path: '/l402-otb/periods',
    chapter: 'Budget rules',
    summary: 'Periods, the newest first',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(periodRecord),
    refusals: ['invalid_cursor'],
    run({ query: { cursor, limit, merchant_id: wanted, ...filter }, caller }) {
      const own = merchantFilter(caller, 'budgets:read', wanted);
      if (own === undefined) return refused('forbidden');
      const where = { ...filter, ...own };
      return pagedList(
        store,
        { list: 'periods', table: periods, where, by: 'created_at' },
        { cursor, limit },
        periodView,
      );
    },
  });
}
