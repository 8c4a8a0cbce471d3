/** Ends holds whose own time has come (S-21, S-34), the earliest first; also those that came due while no server ran. */
import { holds } from '../settlement/tables.ts';
import type { Store } from '../store/store.ts';
import { applyDue } from './due.ts';

const reasons = { released: 'the auto-release time has passed', refunded: 'the work-by time has passed' } as const;

/** Applies what is due; true when there is more. */
export function applyHoldDeadlines(store: Store, nowMs: number): Promise<boolean> {
  return applyDue(store, holds, nowMs, ({ hold_id: holdId, payer_account_id, payee_account_id, due_to: to }) =>
    to === null
      ? undefined
      : {
          type: 'move-hold',
          holdId,
          payer: payer_account_id,
          payee: payee_account_id,
          to,
          reason: reasons[to],
          actor: 'deadline',
          atDeadline: true,
        },
  );
}
