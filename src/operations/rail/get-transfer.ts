/** `GET /v1/transfers/{tx_id}`: one transfer with all its steps. */
import * as z from 'zod';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import type { TransferRecords } from './transfer-records.ts';
import { transferId, transferView } from './transfer-view.ts';

export function getTransfer(records: TransferRecords): ApiOperation {
  return defineOperation({
    name: 'getTransfer',
    method: 'GET',
    path: '/v1/transfers/{tx_id}',
    chapter: 'Payment rail',
    summary: 'A transfer with its risk, debit, credit and compensation steps',
    description:
      'Also the lone credit `in-<receipt id>` by which money from outside comes in, once its movement is made.',
    permission: 'transfers:read',
    input: { path: z.strictObject({ tx_id: transferId }) },
    answer: transferView,
    refusals: ['transfer_not_found'],
    async run({ path: { tx_id: txId } }) {
      const found = await records.byId(txId);
      return found === undefined ? refused('transfer_not_found', { tx_id: txId }) : done(found);
    },
  });
}
