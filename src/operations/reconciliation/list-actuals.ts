/** `GET /l402-otb/actuals` (B-07): the documents that were recorded, the newest first. */
import * as z from 'zod';
import { actuals } from '../../budgets/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { merchantFilter } from '../budgets/merchant-filter.ts';
import { merchantId, period } from '../budgets/schemas.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { actualKind, actualRecord, actualView } from './schemas.ts';

const filters = {
  merchant_id: merchantId.optional(),
  kind: actualKind.optional(),
  period: period.optional(),
  decision_id: id.optional(),
};

export function listActuals(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listActuals',
    method: 'GET',
    path: '/l402-otb/actuals',
    chapter: 'Reconciliation',
    summary: 'Recorded documents, the newest first',
    permission: 'actuals:read',
    tier: 'change-feed',
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(actualRecord),
    refusals: ['invalid_cursor'],
    run({ query: { cursor, limit, merchant_id: wanted, ...filter }, caller }) {
      const own = merchantFilter(caller, 'actuals:read', wanted);
      if (own === undefined) return refused('forbidden');
      const query = { list: 'actuals', table: actuals, where: { ...filter, ...own }, by: 'at' } as const;
      return pagedList(store, query, { cursor, limit }, actualView);
    },
  });
}
