/** CHECK on the risk port (P-30), over the same memory as TRANSFER. It commits nothing. */
import type { Command, Decision } from '../base/decision.ts';
import { checkRisk, type RiskPolicy } from '../risk/check.ts';
import type { VelocityWindows } from '../risk/velocity.ts';

export interface CheckCommand extends Command {
  readonly type: 'check';
  readonly src: string;
  readonly amount: bigint;
}

export const APPROVED = '{"approved":true}';

export const denied = (reason: string): string => `{"approved":false,"reason":"${reason}"}`;

export function checkDecision(windows: VelocityWindows, policy: RiskPolicy): Decision<CheckCommand> {
  return {
    reads: () => ({ rows: [] }),
    decide({ src, amount }, { uptimeMs }) {
      const denial = checkRisk(windows, policy, { src, amount, nowMs: uptimeMs });
      return denial === null ? { answer: APPROVED, code: null } : { answer: denied(denial), code: denial };
    },
  };
}
