/** `GET /v1/disputes`: disputes by state, the newest first; of a confined key only its own. */
import * as z from 'zod';
import { disputes } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { partyFilter } from '../ledger/parties.ts';
import { account } from '../ledger/schemas.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { disputeItemOf } from './records.ts';
import { disputeItem, disputeState } from './schemas.ts';

export function listDisputes(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listDisputes',
    method: 'GET',
    path: '/v1/disputes',
    chapter: 'Disputes',
    summary: 'Disputes, the newest first',
    permission: 'orders:read',
    input: {
      query: z.strictObject({
        ...paging,
        state: disputeState.optional(),
        account_id: account.optional().meta({ description: 'payer or payee' }),
      }),
    },
    answer: pageOf(disputeItem),
    refusals: ['invalid_account', 'invalid_cursor'],
    run({ query: { state, account_id: wanted, ...page }, caller }) {
      const party = partyFilter(caller, 'orders:read', wanted);
      if (party === undefined) return refused('forbidden');
      const query = { list: 'disputes', table: disputes, where: { state }, ...party, by: 'opened_at' } as const;
      return pagedList(store, query, page, disputeItemOf);
    },
  });
}
