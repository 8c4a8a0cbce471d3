/** The index of the store's commands: which decision belongs to which type. */
import type { Decision, Decisions } from '../base/decision.ts';
import type { RiskPolicy } from '../risk/check.ts';
import { VelocityWindows } from '../risk/velocity.ts';
import { checkDecision, type CheckCommand } from './check.ts';
import {
  credit,
  debit,
  openBalances,
  rollback,
  type MoveCommand,
  type OpenCommand,
  type RollbackCommand,
} from './ledger.ts';
import { beginTransfer, claimTransfer, endTransfer, lookUpTransfer, recordDebit, recordPending } from './saga.ts';
import type { BeginCommand, ClaimCommand, DebitedCommand, EndCommand, LookUpCommand, PendingCommand } from './saga.ts';
import { transferDecision, type TransferCommand } from './transfer.ts';

export interface PaymentPolicy extends RiskPolicy {
  /** The operational balances (P-24). */
  readonly balances: readonly string[];
}

/** Every command of the payment rail. */
export type PaymentCommand =
  | TransferCommand
  | CheckCommand
  | MoveCommand
  | RollbackCommand
  | OpenCommand
  | LookUpCommand
  | BeginCommand
  | ClaimCommand
  | DebitedCommand
  | PendingCommand
  | EndCommand;

type DecisionTable = { readonly [T in PaymentCommand['type']]: Decision<Extract<PaymentCommand, { type: T }>> };

/** All decisions, around one memory of velocity windows. */
export function createDecisions(policy: PaymentPolicy): Decisions {
  const windows = new VelocityWindows(policy, policy.balances);
  const byType = {
    transfer: transferDecision(windows, policy),
    check: checkDecision(windows, policy),
    debit,
    credit,
    rollback,
    'open-balances': openBalances,
    'look-up-transfer': lookUpTransfer,
    'begin-transfer': beginTransfer,
    'claim-transfer': claimTransfer,
    'record-debit': recordDebit,
    'record-pending': recordPending,
    'end-transfer': endTransfer,
  } satisfies DecisionTable;
  return { byType, transients: [windows] };
}
