/** The wait budget (P-14): never shorter than the worst case of the first request. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { waitBudgetMs, type SagaPolicy } from './policy.ts';

const policy: SagaPolicy = {
  riskTimeoutMs: 2_000,
  ledgerTimeoutMs: 5_000,
  compensationAttempts: 3,
  compensationBaseMs: 1_000,
  compensationPauseMsMax: 30_000,
  riskUnreachable: 'proceed',
};

suite('P-14 how long a duplicate waits', () => {
  // risk + DEBIT + CREDIT twice + each ROLLBACK (with a CREDIT asked again) + pauses of 1, 2, 4 … times the base
  const rows: readonly [what: string, changes: Partial<SagaPolicy>, worstCaseMs: number][] = [
    ['by default', {}, 2_000 + 3 * 5_000 + 3 * 2 * 5_000 + 1_000 + 2_000],
    ['one attempt has no pause', { compensationAttempts: 1 }, 2_000 + 3 * 5_000 + 2 * 5_000],
    ['five attempts', { compensationAttempts: 5 }, 2_000 + 3 * 5_000 + 5 * 2 * 5_000 + 15_000],
    ['a slow base', { compensationBaseMs: 60_000 }, 2_000 + 3 * 5_000 + 3 * 2 * 5_000 + 180_000],
  ];
  for (const [what, changes, worstCaseMs] of rows) {
    test(what, () => {
      const budgetMs = waitBudgetMs({ ...policy, ...changes });
      assert.ok(
        budgetMs > worstCaseMs && budgetMs <= worstCaseMs + 5_000,
        `${budgetMs} for a worst case of ${worstCaseMs}`,
      );
    });
  }
});
