/** `GET /v1/ledger/account`: what an account has. One that nobody has used yet has nothing, and is no error (S-02). */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import { ledgerAccounts } from '../../settlement/tables.ts';
import { accountView } from '../../settlement/wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { account, accountRecord } from './schemas.ts';

export function readAccount(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readAccount',
    method: 'GET',
    path: '/v1/ledger/account',
    chapter: 'Settlement',
    summary: 'An account: available, held and total',
    permission: 'accounts:read',
    polled: true,
    input: { query: z.strictObject({ account_id: account }) },
    answer: accountRecord,
    refusals: ['invalid_account'],
    async run({ query: { account_id: id }, caller }) {
      if (!mayUseAccount(caller, 'accounts:read', id)) return refused('forbidden');
      const [row] = await store.rows({ table: ledgerAccounts, where: { account_id: id }, by: 'account_id', limit: 1 });
      return done(accountView(id, row));
    },
  });
}
