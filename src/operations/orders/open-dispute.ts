/** `POST /v1/disputes` (S-34): the payer stops an execution; its hold is frozen until an arbiter decides. */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import { submitCurrent } from '../../store/current-budget.ts';
import { again, created, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { reason } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';
import { findExecution } from './find-rows.ts';
import type { MoveParts } from './move-execution.ts';
import { disputeOf } from './records.ts';
import { disputeRecord, type DisputeItem } from './schemas.ts';

export function openDispute({ store, moved }: MoveParts): ApiOperation {
  return defineOperation({
    name: 'openDispute',
    method: 'POST',
    path: '/v1/disputes',
    chapter: 'Disputes',
    summary: 'Open a dispute: the hold is frozen',
    description:
      'An execution has one dispute at most; asked for again, it is shown as it is. It blocks the auto-release.',
    permission: 'disputes:open',
    creates: true,
    input: { body: z.strictObject({ execution_id: id, reason }) },
    answer: disputeRecord,
    refusals: ['execution_not_found', 'invalid_transition', 'dispute_window_closed'],
    async run({ body: { execution_id: executionId, reason: why }, caller }) {
      const before = await findExecution(store, executionId);
      if (before === undefined || !mayUseAccount(caller, 'disputes:open', before.payer_account_id))
        return refused('execution_not_found');
      const said = { reason: why, actor: caller.keyId };
      const outcome = await submitCurrent(store, before, (ref) => ({ type: 'open-dispute', ...ref, ...said }));
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      moved();
      const dispute = await disputeOf(store, answerOf<DisputeItem>(outcome));
      return outcome.replayed ? again(dispute) : created(dispute);
    },
  });
}
