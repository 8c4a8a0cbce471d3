/** `GET /v1/orders`: orders by state, buyer, offer and run, the newest first; of a confined key only its own. */
import * as z from 'zod';
import { orders } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { account } from '../ledger/schemas.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { given, mayNameSubject, partyFilter } from './filters.ts';
import { orderItemOf } from './records.ts';
import { orderItem, orderState, subjectKind } from './schemas.ts';

const filters = {
  state: orderState.optional(),
  subject_kind: subjectKind.optional(),
  subject_id: id.optional(),
  offer_id: id.optional(),
  run_id: id.optional(),
};

export function listOrders(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listOrders',
    method: 'GET',
    path: '/v1/orders',
    chapter: 'Orders',
    summary: 'Orders, the newest first',
    permission: 'orders:read',
    input: {
      query: z.strictObject({
        ...paging,
        ...filters,
        account_id: account.optional().meta({ description: 'payer or payee' }),
      }),
    },
    answer: pageOf(orderItem),
    refusals: ['invalid_account', 'invalid_cursor'],
    run({ query: { cursor, limit, account_id: wanted, ...where }, caller }) {
      const party = partyFilter(caller, wanted);
      const subject = { kind: where.subject_kind, id: where.subject_id };
      if (party === 'forbidden' || !mayNameSubject(caller, subject)) return refused('forbidden');
      const query = { list: 'orders', table: orders, where: given(where), ...party, by: 'created_at' } as const;
      return pagedList(store, query, { cursor, limit }, orderItemOf);
    },
  });
}
