/** `GET /v1/ledger/account`: what an account has. One that nobody has used yet has nothing, and is no error (S-02). */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import type { SettlementLedger } from '../../settlement/ledger.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { account, accountRecord } from './schemas.ts';

export function readAccount(ledger: Pick<SettlementLedger, 'balance'>): ApiOperation {
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
      const { available, held, total } = await ledger.balance(id);
      const units = { available: Number(available), held: Number(held), total: Number(total) };
      return done({ account_id: id, unit: 'ORC' as const, ...units });
    },
  });
}
