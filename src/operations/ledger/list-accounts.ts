/** `GET /v1/ledger/accounts`: every account that was ever used, in order of their names. */
import * as z from 'zod';
import { ledgerAccounts } from '../../settlement/tables.ts';
import { accountView } from '../../settlement/wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { accountFilter } from './parties.ts';
import { accountRecord } from './schemas.ts';

export function listAccounts(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listAccounts',
    method: 'GET',
    path: '/v1/ledger/accounts',
    chapter: 'Settlement',
    summary: 'Accounts of the settlement ledger',
    permission: 'accounts:read',
    input: { query: z.strictObject(paging) },
    answer: pageOf(accountRecord),
    refusals: ['invalid_cursor'],
    run({ query: page, caller }) {
      const own = accountFilter(caller, 'accounts:read');
      if (own === undefined) return refused('forbidden');
      const where = { account_id: own.account };
      const query = { list: 'accounts', table: ledgerAccounts, where, by: 'account_id', order: 'text' } as const;
      return pagedList(store, query, page, (row) => accountView(row.account_id, row));
    },
  });
}
