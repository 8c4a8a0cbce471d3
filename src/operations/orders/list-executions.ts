/** `GET /v1/executions`: executions by state, order, offer and run, the newest first; of a confined key only its own. */
import * as z from 'zod';
import { executions } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { partyFilter } from '../ledger/parties.ts';
import { account } from '../ledger/schemas.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { executionItemOf } from './records.ts';
import { executionItem, executionState } from './schemas.ts';

const filters = {
  state: executionState.optional(),
  order_id: id.optional(),
  offer_id: id.optional(),
  run_id: id.optional(),
};

export function listExecutions(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listExecutions',
    method: 'GET',
    path: '/v1/executions',
    chapter: 'Executions',
    summary: 'Executions, the newest first',
    permission: 'orders:read',
    input: {
      query: z.strictObject({
        ...paging,
        ...filters,
        account_id: account.optional().meta({ description: 'payer or payee' }),
      }),
    },
    answer: pageOf(executionItem),
    refusals: ['invalid_account', 'invalid_cursor'],
    run({ query: { cursor, limit, account_id: wanted, ...where }, caller }) {
      const party = partyFilter(caller, 'orders:read', wanted);
      if (party === undefined) return refused('forbidden');
      const query = { list: 'executions', table: executions, where, ...party, by: 'created_at' } as const;
      return pagedList(store, query, { cursor, limit }, executionItemOf);
    },
  });
}
