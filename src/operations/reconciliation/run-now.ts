/** A run that somebody waits for (B-07): asked for by a fact, carried by whichever server holds the lease, watched here. */
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../base/limits.ts';
import { newId } from '../../base/new-id.ts';
import { reconciliations } from '../../budgets/tables.ts';
import type { ReconciliationRow } from '../../flows/reconciliation.ts';
import { findRow } from '../../store/find-row.ts';
import type { Outcome, Store } from '../../store/store.ts';

export interface RunParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  /** There may be a run to carry. */
  readonly poke: () => void;
}

/** The run as it is when it has ended, or when the time is over; or why none could begin. */
export async function reconcileNow({ store, poke }: RunParts, actor: string): Promise<ReconciliationRow | Outcome> {
  const runId = newId();
  const outcome = await store.submit({ type: 'begin-reconciliation', runId, actor });
  if (outcome.code !== null) return outcome;
  poke();
  const untilMs = performance.now() + limits.reconcileWaitMs;
  for (;;) {
    const run = await findRow(store, reconciliations, 'run_id', runId);
    if (run === undefined || run.state === 'done' || performance.now() > untilMs) return run ?? outcome;
    await wait(limits.reconcileWaitPollMs);
  }
}
