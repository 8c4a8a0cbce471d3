/**
 * An order's hold moves with its execution and never alone, or the two would tell different stories: what an operator asks of
 * the hold becomes the command that brings the execution there.
 */
import { executionRef } from '../../flows/executions.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import { decideMove, type HoldTarget } from '../../settlement/hold-moves.ts';
import type { HoldRow } from '../../settlement/tables.ts';
import type { Store } from '../../store/store.ts';
import { refused, type Refused } from '../api-operation.ts';
import { findExecution } from '../orders/find-rows.ts';

export interface AskedMove {
  readonly to: HoldTarget;
  readonly reason: string;
  readonly actor: string;
}

/** `replay`: the hold is there already. */
export async function executionCommand(
  store: Pick<Store, 'rows'>,
  { state, contract_id: executionId }: HoldRow,
  { to, ...said }: AskedMove,
): Promise<PaymentCommand | 'replay' | Refused> {
  const decision = decideMove(state, to);
  if (decision.outcome === 'replay') return 'replay';
  if (decision.outcome === 'invalid_transition') return refused('invalid_transition', { from: state, to });
  const execution = executionId === null ? undefined : await findExecution(store, executionId);
  // Between the order's two steps nobody moves its hold but the second of them, which comes within moments (S-23).
  if (execution === undefined) return refused('invalid_transition', { from: 'opening', to });
  const ref = executionRef(execution);
  switch (to) {
    case 'released':
      return { type: 'release-execution', ...ref, ...said };
    case 'refunded':
      return { type: 'refund-execution', ...ref, ...said };
    case 'frozen':
      return { type: 'open-dispute', ...ref, ...said };
    case 'voided':
      // A void is for what has not begun: after that every failure is a refund.
      if (execution.state !== 'awaiting-provider') return refused('invalid_transition', { from: execution.state, to });
      return { type: 'provider-decline', ...ref, ...said };
    default:
      return to satisfies never;
  }
}
