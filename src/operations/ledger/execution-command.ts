/**
 * An order's hold moves with its execution and never alone, or the two would tell different stories: what an operator asks of
 * the hold becomes the command that brings the execution there.
 */
import type { PaymentCommand } from '../../flows/commands.ts';
import type { ExecutionRef } from '../../flows/executions.ts';
import { decideMove, type HoldTarget } from '../../settlement/hold-moves.ts';
import type { HoldRow } from '../../settlement/tables.ts';
import { submitCurrent } from '../../store/current-budget.ts';
import type { Outcome, Store } from '../../store/store.ts';
import { refused, type Refused } from '../api-operation.ts';
import { findExecution } from '../orders/find-rows.ts';

export interface AskedMove {
  readonly to: HoldTarget;
  readonly reason: string;
  readonly actor: string;
}

/** `replay`: the hold is there already. */
export async function moveExecutionHold(
  store: Pick<Store, 'rows' | 'submit'>,
  { state, contract_id: executionId }: HoldRow,
  { to, ...said }: AskedMove,
): Promise<Outcome | 'replay' | Refused> {
  const decision = decideMove(state, to);
  if (decision.outcome === 'replay') return 'replay';
  if (decision.outcome === 'invalid_transition') return refused('invalid_transition', { from: state, to });
  const execution = executionId === null ? undefined : await findExecution(store, executionId);
  // Between the order's two steps nobody moves its hold but the second of them, which comes within moments (S-23).
  if (execution === undefined) return refused('invalid_transition', { from: 'opening', to });
  // A void is for what has not begun: after that every failure is a refund.
  if (to === 'voided' && execution.state !== 'awaiting-provider')
    return refused('invalid_transition', { from: execution.state, to });
  return submitCurrent(store, execution, (ref) => commandTo(to, { ...ref, ...said }));
}

function commandTo(
  to: HoldTarget,
  said: ExecutionRef & { readonly reason: string; readonly actor: string },
): PaymentCommand {
  switch (to) {
    case 'released':
      return { type: 'release-execution', ...said };
    case 'refunded':
      return { type: 'refund-execution', ...said };
    case 'frozen':
      return { type: 'open-dispute', ...said };
    case 'voided':
      return { type: 'provider-decline', ...said };
    default:
      return to satisfies never;
  }
}
