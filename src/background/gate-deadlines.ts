/** Ends what nobody said anything about (B-05): reservations give their budget back, challenges that nobody paid are closed. */
import { decisions } from '../budgets/tables.ts';
import type { Store } from '../store/store.ts';
import { applyDue } from './due.ts';

/** Applies what is due; true when there is more. */
export function applyGateDeadlines(store: Store, nowMs: number): Promise<boolean> {
  return applyDue(store, decisions, nowMs, ({ decision_id: decisionId, merchant_id: merchant, bucket }) => ({
    type: 'end-decision',
    decisionId,
    merchant,
    bucket,
  }));
}
