/** `GET /v1/disputes/{dispute_id}`: a dispute with its hold. Another's is not there (R7). */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findDispute } from './find-rows.ts';
import { disputeItemOf, disputeOf } from './records.ts';
import { disputeRecord } from './schemas.ts';

export function readDispute(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readDispute',
    method: 'GET',
    path: '/v1/disputes/{dispute_id}',
    chapter: 'Disputes',
    summary: 'A dispute and its hold',
    permission: 'orders:read',
    polled: true,
    input: { path: z.strictObject({ dispute_id: id }) },
    answer: disputeRecord,
    refusals: ['dispute_not_found'],
    async run({ path: { dispute_id: disputeId }, caller }) {
      const row = await findDispute(store, disputeId);
      if (row === undefined || !mayUseAccount(caller, 'orders:read', row.payer_account_id, row.payee_account_id))
        return refused('dispute_not_found');
      return done(await disputeOf(store, disputeItemOf(row)));
    },
  });
}
