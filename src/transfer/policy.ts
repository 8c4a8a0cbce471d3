/** How long and how often the saga tries (environment: `BANK_FRAUD_TIMEOUT`, `BANK_ACCT_TIMEOUT`, `BANK_ROLLBACK_*`). */
import { limits } from '../base/limits.ts';
export interface SagaPolicy {
  readonly riskTimeoutMs: number;
  readonly ledgerTimeoutMs: number;
  /** ROLLBACK attempts in the foreground, the first included. */
  readonly compensationAttempts: number;
  /** The pause before the second attempt; it doubles. */
  readonly compensationBaseMs: number;
  /** Background retries never pause longer than this. */
  readonly compensationPauseMsMax: number;
  /** R1: what happens when risk does not answer. */
  readonly riskUnreachable: 'proceed' | 'refuse';
}

/**
 * How long a duplicate waits for the first (P-14): the whole worst case, which is risk, DEBIT, CREDIT and its replay, and
 * every compensation attempt (which may need a CREDIT once more) with its pauses.
 */
export function waitBudgetMs(policy: SagaPolicy): number {
  const { riskTimeoutMs, ledgerTimeoutMs, compensationAttempts, compensationBaseMs } = policy;
  const pausesMs = compensationBaseMs * (2 ** (compensationAttempts - 1) - 1);
  return (
    riskTimeoutMs + 3 * ledgerTimeoutMs + 2 * compensationAttempts * ledgerTimeoutMs + pausesMs + limits.sagaAllowanceMs
  );
}
