/** The index of the store's commands: which decision belongs to which type. */
import type { Decision, Decisions } from '../base/decision.ts';
import { defaultEscrow, type EscrowPolicy } from '../orders/deadlines.ts';
import type { RiskPolicy } from '../risk/check.ts';
import { VelocityWindows } from '../risk/velocity.ts';
import type { BalanceMapping } from '../settlement/mapping.ts';
import type { FundingKeys } from '../settlement/receipt-signature.ts';
import { accessDecisions, type CreateKeyCommand, type RevokeKeyCommand } from './access.ts';
import { recordActuals, type RecordActualsCommand } from './actuals.ts';
import { allocationDecisions, type SetAllocationCommand } from './allocations.ts';
import { importDecisions, type ImportBudgetsCommand } from './budget-import.ts';
import { checkDecision, type CheckCommand } from './check.ts';
import { executionDecisions } from './executions.ts';
import type {
  AcceptExecutionCommand,
  ApplyDeadlineCommand,
  OpenDisputeCommand,
  ProviderAcceptCommand,
  ProviderDeclineCommand,
  RefundExecutionCommand,
  RejectExecutionCommand,
  ReleaseExecutionCommand,
  ReportResultCommand,
  ResolveDisputeCommand,
} from './executions.ts';
import { exportDecisions, type AdvanceExportCommand, type RequestExportCommand } from './exports.ts';
import { reportDecisions, type EndDecisionCommand, type ReportDecisionCommand } from './decision-reports.ts';
import { findKey, type FindKeyCommand } from './find-key.ts';
import { gate, type GateCommand } from './gate.ts';
import { previewGate, type PreviewGateCommand } from './gate-preview.ts';
import { holdDecisions, type AcceptPaymentCommand, type EndHoldCommand } from './held-invoices.ts';
import { invoiceDecisions } from './invoices.ts';
import type {
  CloseInvoiceCommand,
  MoveLightningCursorCommand,
  RecordInvoiceCommand,
  ResealRootKeyCommand,
  SettleInvoiceCommand,
} from './invoices.ts';
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
import { inboxDecisions } from './inbox.ts';
import type {
  CreditReceiptCommand,
  NoteFeedCommand,
  ReceiveReceiptCommand,
  RemoveRuleCommand,
  SetRuleCommand,
} from './inbox.ts';
import { applyMovement, type ApplyMovementCommand } from './movements.ts';
import { offerDecisions, type PublishOfferCommand, type SetOrgCommand, type WithdrawOfferCommand } from './offers.ts';
import { orderDecisions, type OpenExecutionCommand, type PlaceOrderCommand } from './orders.ts';
import { periodDecisions, type ChangePeriodCommand } from './periods.ts';
import {
  planDecisions,
  type ActivateBudgetCommand,
  type DraftBudgetCommand,
  type PutMerchantCommand,
  type ReviseBudgetCommand,
} from './plans.ts';
import { policyDecisions, type SetPolicyCommand } from './policies.ts';
import { releaseDecisions } from './releases.ts';
import type { DecideReleaseCommand, RequestReleaseCommand, TakeReleaseCommand } from './releases.ts';
import { rollingDecisions, type RollOrderCommand } from './rolling.ts';
import { settlementDecisions, type CreateHoldCommand, type MoveHoldCommand, type TopUpCommand } from './settlement.ts';
import { reconciliationDecisions, type ReconciliationCommand } from './reconciliation.ts';
import { transferDecision, type TransferCommand } from './transfer.ts';

export interface PaymentPolicy extends RiskPolicy {
  /** The operational balances (P-24). */
  readonly balances: readonly string[];
  /** Where settlement moves money on the operational ledger; without it, settlement moves none there. */
  readonly mapping?: BalanceMapping;
  /** Public keys of funding gateways (S-12); receipts of others cannot be checked. */
  readonly fundingKeys?: FundingKeys;
  /** Deadlines of orders that set none (S-21). */
  readonly escrow?: EscrowPolicy;
}

/** Every command of the store. */
export type PaymentCommand =
  | TransferCommand
  | CheckCommand
  | MoveCommand
  | RollbackCommand
  | OpenCommand
  | LookUpCommand
  | FindKeyCommand
  | BeginCommand
  | ClaimCommand
  | DebitedCommand
  | PendingCommand
  | EndCommand
  | TopUpCommand
  | ReceiveReceiptCommand
  | CreditReceiptCommand
  | SetRuleCommand
  | RemoveRuleCommand
  | NoteFeedCommand
  | CreateHoldCommand
  | MoveHoldCommand
  | ApplyMovementCommand
  | SetOrgCommand
  | PublishOfferCommand
  | WithdrawOfferCommand
  | PlaceOrderCommand
  | OpenExecutionCommand
  | ProviderAcceptCommand
  | ProviderDeclineCommand
  | ReportResultCommand
  | AcceptExecutionCommand
  | RejectExecutionCommand
  | OpenDisputeCommand
  | ResolveDisputeCommand
  | ReleaseExecutionCommand
  | RefundExecutionCommand
  | ApplyDeadlineCommand
  | RecordActualsCommand
  | ReconciliationCommand
  | RequestExportCommand
  | AdvanceExportCommand
  | GateCommand
  | PreviewGateCommand
  | RecordInvoiceCommand
  | CloseInvoiceCommand
  | SettleInvoiceCommand
  | AcceptPaymentCommand
  | EndHoldCommand
  | ResealRootKeyCommand
  | MoveLightningCursorCommand
  | ReportDecisionCommand
  | EndDecisionCommand
  | RollOrderCommand
  | RequestReleaseCommand
  | TakeReleaseCommand
  | DecideReleaseCommand
  | PutMerchantCommand
  | DraftBudgetCommand
  | ActivateBudgetCommand
  | ReviseBudgetCommand
  | SetAllocationCommand
  | ImportBudgetsCommand
  | SetPolicyCommand
  | ChangePeriodCommand
  | CreateKeyCommand
  | RevokeKeyCommand;

type DecisionTable = { readonly [T in PaymentCommand['type']]: Decision<Extract<PaymentCommand, { type: T }>> };

/** All decisions, around one memory of velocity windows: this server's own, or one that all servers on a database share. */
export function createDecisions(policy: PaymentPolicy, { sharesWindows = false } = {}): Decisions {
  const windows = new VelocityWindows(policy, policy.balances);
  const bridge = { mapping: policy.mapping, escrow: policy.escrow ?? defaultEscrow };
  const keys = policy.fundingKeys ?? new Map<string, never>();
  const settlement = settlementDecisions(policy.mapping, keys);
  const byType = {
    transfer: transferDecision(windows, policy),
    check: checkDecision(windows, policy),
    debit,
    credit,
    rollback,
    'open-balances': openBalances,
    'look-up-transfer': lookUpTransfer,
    'find-key': findKey,
    'begin-transfer': beginTransfer,
    'claim-transfer': claimTransfer,
    'record-debit': recordDebit,
    'record-pending': recordPending,
    'end-transfer': endTransfer,
    ...settlement,
    ...inboxDecisions(settlement['apply-top-up'], keys),
    'apply-movement': applyMovement,
    ...offerDecisions,
    ...orderDecisions(bridge),
    ...executionDecisions(bridge),
    'record-actuals': recordActuals,
    ...reconciliationDecisions,
    ...exportDecisions,
    gate,
    'preview-gate': previewGate,
    ...invoiceDecisions,
    ...holdDecisions,
    ...reportDecisions,
    ...releaseDecisions,
    ...planDecisions,
    ...allocationDecisions,
    ...importDecisions,
    ...policyDecisions,
    ...periodDecisions,
    ...rollingDecisions,
    ...accessDecisions,
  } satisfies DecisionTable;
  return { byType, transients: [windows], ...(sharesWindows ? { shared: windows } : {}) };
}
