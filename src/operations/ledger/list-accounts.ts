/** `GET /v1/ledger/accounts`: every account that was ever used, in order of their names. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { ledgerAccounts } from '../../settlement/tables.ts';
import { accountView } from '../../settlement/wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { pageOf, paging } from '../schemas.ts';
import { accountFilter } from './parties.ts';
import { accountRecord } from './schemas.ts';

const LIST = 'accounts';

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
    async run({ query: { cursor, limit = limits.pageItemsDefault }, caller }) {
      const own = accountFilter(caller, 'accounts:read');
      if (own === undefined) return refused('forbidden');
      const place = cursor === undefined ? undefined : readCursor(LIST, cursor);
      if (cursor !== undefined && place === undefined) return refused('invalid_cursor');
      const rows = await store.rows({
        table: ledgerAccounts,
        ...(own.account === undefined ? {} : { where: { account_id: own.account } }),
        by: 'account_id',
        ...(place === undefined ? {} : { after: place }),
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      const items = page.map((row) => accountView(row.account_id, row));
      return done({ items, next_cursor: last === undefined ? null : writeCursor(LIST, last.account_id) });
    },
  });
}
