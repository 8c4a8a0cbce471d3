/** `GET /v1/orders`: orders by state, buyer, offer and run, the newest first; of a confined key only its own. */
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import { mayUseAccount } from '../../access/scope.ts';
import { orders } from '../../orders/tables.ts';
import { accountOf } from '../../settlement/accounts.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { partyFilter } from '../ledger/parties.ts';
import { account } from '../ledger/schemas.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
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
      const party = partyFilter(caller, 'orders:read', wanted);
      const subject = { kind: where.subject_kind, id: where.subject_id };
      if (party === undefined || !mayNameSubject(caller, subject)) return refused('forbidden');
      const query = { list: 'orders', table: orders, where, ...party, by: 'created_at' } as const;
      return pagedList(store, query, { cursor, limit }, orderItemOf);
    },
  });
}

/** May the caller name this buyer (R7)? Without a kind it may be either. */
function mayNameSubject(
  caller: Caller,
  { kind, id: named }: { readonly kind: 'org' | 'participant' | undefined; readonly id: string | undefined },
): boolean {
  if (named === undefined) return true;
  const kinds = kind === undefined ? (['org', 'participant'] as const) : [kind];
  return mayUseAccount(caller, 'orders:read', ...kinds.map((each) => accountOf(each, named)));
}
