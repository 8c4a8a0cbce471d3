/** `GET /v1/ledger/entries`: an account's history, the newest first. */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import { timeOf } from '../../base/time.ts';
import { ledgerEntries } from '../../settlement/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { account, time } from './schemas.ts';

const entry = z.strictObject({
  at: time,
  kind: z.enum(['top_up', 'fee', 'hold', 'release_out', 'release_in', 'return']),
  available_change: z.int(),
  held_change: z.int(),
  available_after: z.int(),
  held_after: z.int(),
  reference: z.string().meta({ description: 'the receipt or the hold' }),
  seq: z.int().meta({ description: 'the fact in the journal' }),
});

export function listEntries(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listEntries',
    method: 'GET',
    path: '/v1/ledger/entries',
    chapter: 'Settlement',
    summary: 'What happened to an account, the newest first',
    permission: 'accounts:read',
    input: { query: z.strictObject({ ...paging, account_id: account }) },
    answer: pageOf(entry),
    refusals: ['invalid_account', 'invalid_cursor'],
    run({ query: { account_id: id, ...page }, caller }) {
      if (!mayUseAccount(caller, 'accounts:read', id)) return refused('forbidden');
      const query = { list: 'entries', table: ledgerEntries, where: { account_id: id }, by: 'at' } as const;
      return pagedList(store, query, page, (row) => ({
        at: timeOf(row.at),
        kind: row.kind,
        available_change: Number(row.available_change),
        held_change: Number(row.held_change),
        available_after: Number(row.available_after),
        held_after: Number(row.held_after),
        reference: row.reference,
        seq: Number(row.seq),
      }));
    },
  });
}
