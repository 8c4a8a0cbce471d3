/** `POST /l402-otb/reconcile` (B-07): a run now, and not only when its time has come. */
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { refusalOf } from '../command-answer.ts';
import { merchantFilter } from '../budgets/merchant-filter.ts';
import { changesOfRun } from './list-reconciliations.ts';
import { reconcileNow, type RunParts } from './run-now.ts';
import { runRecord, runRecordOf } from './schemas.ts';

export function reconcile(parts: RunParts): ApiOperation {
  return defineOperation({
    name: 'reconcile',
    method: 'POST',
    path: '/l402-otb/reconcile',
    chapter: 'Reconciliation',
    summary: 'Reconcile now',
    description:
      'Compares all that was recorded until now, and answers when it is done. After twenty seconds the answer is the run as it is ' +
      'then, `running`; it goes on.',
    permission: 'reconciliations:run',
    tier: 'change-feed',
    input: {},
    answer: runRecord,
    refusals: ['overloaded'],
    async run({ caller }) {
      const run = await reconcileNow(parts, caller.keyId);
      if (!('run_id' in run)) return refusalOf(run) ?? refused('internal');
      const merchant = merchantFilter(caller, 'reconciliations:run')?.merchant_id;
      return done(runRecordOf(run, { ...(await changesOfRun(parts.store, run, merchant)), merchant }));
    },
  });
}
