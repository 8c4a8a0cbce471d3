/** `GET /v1/ledger/holds`: holds by state and by party, the newest first. */
import * as z from 'zod';
import { holds } from '../../settlement/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { withHistories } from './find-hold.ts';
import { partyFilter } from './parties.ts';
import { account, holdRecord, holdState } from './schemas.ts';

export function listHolds(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listHolds',
    method: 'GET',
    path: '/v1/ledger/holds',
    chapter: 'Settlement',
    summary: 'Holds, the newest first',
    permission: 'holds:read',
    input: {
      query: z.strictObject({
        ...paging,
        state: holdState.optional(),
        account_id: account.optional().meta({ description: 'payer or payee' }),
        order_id: id.optional(),
      }),
    },
    answer: pageOf(holdRecord),
    refusals: ['invalid_account', 'invalid_cursor'],
    async run({ query: { state, account_id: wanted, order_id: orderId, ...page }, caller }) {
      const party = partyFilter(caller, 'holds:read', wanted);
      if (party === undefined) return refused('forbidden');
      const where = { state, order_id: orderId };
      const query = { list: 'holds', table: holds, where, ...party, by: 'created_at' } as const;
      const found = await pagedList(store, query, page, (row) => row);
      if (!('body' in found)) return found;
      const { items, next_cursor: next } = found.body;
      return done({ items: await withHistories(store, items), next_cursor: next });
    },
  });
}
