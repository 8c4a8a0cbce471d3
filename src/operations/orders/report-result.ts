/** `POST /v1/executions/{execution_id}/result` (S-34): what came of the work, once; the same again is known by its digest. */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import { submitCurrent } from '../../store/current-budget.ts';
import { again, defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { id } from '../schemas.ts';
import { findExecution } from './find-rows.ts';
import type { MoveParts } from './move-execution.ts';
import { executionOf } from './records.ts';
import { content, executionRecord, resultStatus } from './schemas.ts';

const outcomes = z.enum(['recorded', 'already_present']);

export function reportResult({ store, moved }: MoveParts): ApiOperation {
  return defineOperation({
    name: 'reportResult',
    method: 'POST',
    path: '/v1/executions/{execution_id}/result',
    chapter: 'Executions',
    summary: 'Report the result of the work',
    description:
      'Completed work awaits acceptance; failed or rejected work gives the money back. The same result again is ' +
      '`already_present`, another one `result_conflict`, whatever has become of the first.',
    permission: 'executions:provide',
    input: {
      path: z.strictObject({ execution_id: id }),
      body: z.strictObject({ status: resultStatus, output: content.optional(), error: content.optional() }),
    },
    answer: executionRecord.extend({ outcome: outcomes }),
    refusals: ['execution_not_found', 'invalid_transition', 'result_conflict'],
    async run({ path: { execution_id: executionId }, body: { status, output = null, error = null }, caller }) {
      const before = await findExecution(store, executionId);
      if (before === undefined || !mayUseAccount(caller, 'executions:provide', before.payee_account_id))
        return refused('execution_not_found');
      const result = { status, output, error };
      const recorded = await submitCurrent(store, before, (ref) => ({
        type: 'report-result',
        ...ref,
        result,
        actor: caller.keyId,
      }));
      const refusal = refusalOf(recorded);
      if (refusal !== undefined) return refusal;
      moved();
      const { outcome } = answerOf<{ readonly outcome: z.infer<typeof outcomes> }>(recorded);
      const execution = await executionOf(store, (await findExecution(store, executionId)) ?? before);
      return recorded.replayed ? again({ outcome, ...execution }) : done({ outcome, ...execution });
    },
  });
}
