/** `GET /l402-otb/merchants`: merchants that were set, the newest first. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { merchantView } from '../../budgets/plan-wire.ts';
import { merchants } from '../../budgets/tables.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { merchantFilter } from './merchant-filter.ts';
import { merchantRecord } from './schemas.ts';

export function listMerchants(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listMerchants',
    method: 'GET',
    path: '/l402-otb/merchants',
    chapter: 'Budgets',
    summary: 'Merchants, the newest first',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { query: z.strictObject(paging) },
    answer: pageOf(merchantRecord),
    refusals: ['invalid_cursor'],
    run({ query, caller }) {
      const where = merchantFilter(caller, 'budgets:read');
      if (where === undefined) return refused('forbidden');
      return pagedList(store, { list: 'merchants', table: merchants, where, by: 'created_at' }, query, merchantView);
    },
  });
}
