/** `POST /v1/disputes/{dispute_id}/resolve` (S-34): the arbiter's ruling; the frozen hold goes to one side or the other. */
import * as z from 'zod';
import { submitCurrent } from '../../store/current-budget.ts';
import { again, defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { reason } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';
import { findDispute, findExecution } from './find-rows.ts';
import type { MoveParts } from './move-execution.ts';
import { disputeOf } from './records.ts';
import { disputeRecord, side, type DisputeItem } from './schemas.ts';

export function resolveDispute({ store, moved }: MoveParts): ApiOperation {
  return defineOperation({
    name: 'resolveDispute',
    method: 'POST',
    path: '/v1/disputes/{dispute_id}/resolve',
    chapter: 'Disputes',
    summary: 'Decide a dispute',
    description:
      'For the payer the hold is refunded, for the payee released. The same ruling again answers what was recorded.',
    permission: 'disputes:resolve',
    input: {
      path: z.strictObject({ dispute_id: id }),
      body: z.strictObject({ in_favour_of: side, reason }),
    },
    answer: disputeRecord,
    refusals: ['dispute_not_found', 'invalid_transition'],
    async run({ path: { dispute_id: disputeId }, body: { in_favour_of: inFavourOf, reason: why }, caller }) {
      const dispute = await findDispute(store, disputeId);
      const execution = dispute && (await findExecution(store, dispute.execution_id));
      if (execution === undefined) return refused('dispute_not_found');
      const said = { inFavourOf, reason: why, actor: caller.keyId };
      const outcome = await submitCurrent(store, execution, (ref) => ({ type: 'resolve-dispute', ...ref, ...said }));
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      moved();
      const resolved = await disputeOf(store, answerOf<DisputeItem>(outcome));
      return outcome.replayed ? again(resolved) : done(resolved);
    },
  });
}
