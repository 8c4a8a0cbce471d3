/**
 * What happens to executions when nobody says anything (S-34): work that is not there in time is given up and its money goes
 * back, work that nobody disputes is paid for. The earliest first, also what came due while no server ran.
 */
import { executions } from '../orders/tables.ts';
import { currentRef } from '../store/current-budget.ts';
import type { Store } from '../store/store.ts';
import { applyDue } from './due.ts';

/** Applies what is due; true when there is more. Whoever acted meanwhile was faster: the decision looks again. */
export function applyExecutionDeadlines(store: Store, nowMs: number): Promise<boolean> {
  return applyDue(store, executions, nowMs, async (row) => ({
    type: 'apply-deadline',
    ...(await currentRef(store, row)),
    actor: 'deadline',
  }));
}
