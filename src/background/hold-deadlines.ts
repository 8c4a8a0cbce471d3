/** Ends holds whose own time has come (S-21, S-34), the earliest first; also those that came due while no server ran. */
import { limits } from '../base/limits.ts';
import { instantAt } from '../base/time.ts';
import { holds, type HoldRow } from '../settlement/tables.ts';
import type { Store } from '../store/store.ts';

const reasons = { released: 'the auto-release time has passed', refunded: 'the work-by time has passed' } as const;

/** Applies what is due; true when there is more. */
export async function applyHoldDeadlines(store: Store, nowMs: number): Promise<boolean> {
  const now = instantAt(nowMs);
  // After zero: holds without a deadline of their own have none.
  const next = await store.rows({ table: holds, by: 'due_at', after: 0n, limit: limits.jobRowsMax });
  const due = next.filter(({ due_at: dueAt }) => dueAt !== null && dueAt <= now);
  for (const hold of due) await apply(store, hold);
  return due.length === limits.jobRowsMax;
}

async function apply(
  store: Store,
  { hold_id: holdId, payer_account_id: payer, payee_account_id: payee, due_to: to }: HoldRow,
): Promise<void> {
  if (to === null) return;
  await store.submit({
    type: 'move-hold',
    holdId,
    payer,
    payee,
    to,
    reason: reasons[to],
    actor: 'deadline',
    atDeadline: true,
  });
}
