/** `GET /v1/ledger/holds/{hold_id}`: a hold with its history. Another's is not there (R7). */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findHold, withHistory } from './find-hold.ts';
import { holdRecord } from './schemas.ts';

export function readHold(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readHold',
    method: 'GET',
    path: '/v1/ledger/holds/{hold_id}',
    chapter: 'Settlement',
    summary: 'A hold and how it came to its state',
    permission: 'holds:read',
    polled: true,
    input: { path: z.strictObject({ hold_id: id }) },
    answer: holdRecord,
    refusals: ['hold_not_found'],
    async run({ path: { hold_id: holdId }, caller }) {
      const hold = await findHold(store, holdId);
      if (hold === undefined || !mayUseAccount(caller, 'holds:read', hold.payer_account_id, hold.payee_account_id))
        return refused('hold_not_found');
      return done(await withHistory(store, hold));
    },
  });
}
