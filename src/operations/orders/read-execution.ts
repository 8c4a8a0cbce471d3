/** `GET /v1/executions/{execution_id}`: an execution with its result and its hold. Another's is not there (R7). */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findExecution } from './find-rows.ts';
import { executionOf } from './records.ts';
import { executionRecord } from './schemas.ts';

export function readExecution(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readExecution',
    method: 'GET',
    path: '/v1/executions/{execution_id}',
    chapter: 'Executions',
    summary: 'An execution, its result and its hold',
    permission: 'orders:read',
    polled: true,
    input: { path: z.strictObject({ execution_id: id }) },
    answer: executionRecord,
    refusals: ['execution_not_found'],
    async run({ path: { execution_id: executionId }, caller }) {
      const row = await findExecution(store, executionId);
      if (row === undefined || !mayUseAccount(caller, 'orders:read', row.payer_account_id, row.payee_account_id))
        return refused('execution_not_found');
      return done(await executionOf(store, row));
    },
  });
}
