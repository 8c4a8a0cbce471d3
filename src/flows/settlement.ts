/**
 * The settlement ledger's commands (S-04): a top-up is credited once, a hold reserves what is there, each move of a hold is
 * one fact. What has to move between operational balances goes into the outbox in the same commit.
 */
import type { Change, Command, Decided, Decision, View } from '../base/decision.ts';
import { MINOR_UNITS_MAX } from '../base/money.ts';
import { decideMove, type HoldTarget } from '../settlement/hold-moves.ts';
import { topUpMovement, topUpMovementKey, type BalanceMapping } from '../settlement/mapping.ts';
import { holds, ledgerAccounts, movements, topUps } from '../settlement/tables.ts';
import { judgeSignature, type FundingKeys } from '../settlement/receipt-signature.ts';
import { feeFits, receiptContent, type GatewayReceiptRecord } from '../settlement/top-up.ts';
import { accountView } from '../settlement/wire.ts';
import { refusal, repeated, replayed } from './answers.ts';
import {
  accountRead,
  Booking,
  changeHold,
  EXECUTION_POLICY,
  holdMoveReads,
  ledgerStep,
  movementChange,
  reserve,
  type HoldTerms,
  type LedgerStep,
} from './holds.ts';

export interface TopUpCommand extends Command {
  readonly type: 'apply-top-up';
  readonly receipt: GatewayReceiptRecord;
}

export interface CreateHoldCommand extends Command, HoldTerms {
  readonly type: 'create-hold';
  /** The caller chose the hold's id: a repeat that names another one is another hold. */
  readonly ownHoldId?: boolean;
  /** The caller's own request, canonical: the same order with another one is a conflict. */
  readonly request: string;
  readonly actor: string | null;
}

/** Payer and payee never change, so whoever looked the hold up may name them: their accounts have to be loaded with it. */
export interface MoveHoldCommand extends Command {
  readonly type: 'move-hold';
  readonly holdId: string;
  readonly payer: string;
  readonly payee: string;
  readonly to: HoldTarget;
  readonly reason: string | null;
  readonly actor: string | null;
  /** Only if the hold's own time has come: a freeze that was faster stops the clock. */
  readonly atDeadline?: boolean;
}

export const receiptKey = (receiptId: string): string => `receipt:${receiptId}`;

export const holdKey = (orderId: string): string => `hold:${orderId}`;

/** Settlement's decisions; without a mapping nothing moves on the operational ledger. */
export function settlementDecisions(
  mapping: BalanceMapping | undefined,
  keys: FundingKeys,
): {
  readonly 'apply-top-up': Decision<TopUpCommand>;
  readonly 'create-hold': Decision<CreateHoldCommand>;
  readonly 'move-hold': Decision<MoveHoldCommand>;
} {
  return { 'apply-top-up': applyTopUp(mapping, keys), 'create-hold': createHold, 'move-hold': moveHold(mapping) };
}

function applyTopUp(mapping: BalanceMapping | undefined, keys: FundingKeys): Decision<TopUpCommand> {
  return {
    reads: ({ receipt: { receiptId, accountId, fee } }) => ({
      key: receiptKey(receiptId),
      rows: [
        accountRead(accountId),
        ...(fee === null ? [] : [accountRead(fee.accountId)]),
        { table: movements, key: [topUpMovementKey(receiptId)] },
      ],
    }),
    decide({ receipt }, view) {
      const { receiptId, accountId, amount, fee } = receipt;
      const request = receiptContent(receipt);
      const known = repeated(view, { key: receiptKey(receiptId), request, conflict: 'receipt_conflict' });
      if (known !== undefined) return known;
      if (judgeSignature(receipt, keys) === 'invalid') return refusal('invalid_signature');
      if (!feeFits(receipt)) return refusal('fee_mismatch');
      const gross = amount + (fee?.amount ?? 0n);
      const booking = new Booking(view, receiptId);
      booking.enter(accountId, 'top_up', amount, 0n);
      if (fee !== null && fee.amount > 0n) booking.enter(fee.accountId, 'fee', fee.amount, 0n);
      const account = booking.account(accountId);
      if (account === undefined || account.available + account.held > MINOR_UNITS_MAX)
        return refusal('balance_too_large');
      const { available, held, total } = accountView(accountId, account);
      const answer = {
        receipt_id: receiptId,
        account_id: accountId,
        amount: Number(amount),
        balance: { available, held, total },
      };
      const changes = [
        ...booking.changes(),
        { table: topUps, row: topUpRow(receipt, view) },
        ...(mapping === undefined ? [] : [movementChange(topUpMovement(mapping, receiptId), receiptId, gross, view)]),
      ];
      const keyed = { key: receiptKey(receiptId), request, answer };
      return decided(ledgerStep('ledger/top-up-applied.v1', receiptId, changes, keyed));
    },
  };
}

/** The order's hold, when it has one: the same request is answered by it, whether or not it says the id that the hold got. */
function holdAgain(
  { orderId, request, holdId, ownHoldId = false }: CreateHoldCommand,
  view: View,
): Decided | undefined {
  const key = holdKey(orderId);
  const known = repeated(view, { key, request, conflict: 'idempotency_conflict' });
  const isOther = known?.replayed === true && ownHoldId && view.known(key)?.subject !== holdId;
  return isOther ? refusal('idempotency_conflict', { fields: ['hold_id'] }) : known;
}

const createHold: Decision<CreateHoldCommand> = {
  reads: ({ holdId, orderId, payer }) => ({
    key: holdKey(orderId),
    rows: [accountRead(payer), { table: holds, key: [holdId] }],
  }),
  decide(command, view) {
    const { holdId, ownHoldId, orderId, payer, amount, request, actor, policyRef } = command;
    if (policyRef === EXECUTION_POLICY)
      return refusal('invalid_request', { field: 'policy_ref', message: 'this policy belongs to orders' });
    const known = holdAgain(command, view);
    if (known !== undefined) return known;
    // An id that the server made is nobody's yet.
    if (ownHoldId !== false && view.row(holds, [holdId]) !== undefined)
      return refusal('idempotency_conflict', { fields: ['order_id'] });
    const available = view.row(ledgerAccounts, [payer])?.available ?? 0n;
    if (available < amount) return refusal('insufficient_funds', { available: Number(available) });
    return decided(reserve(command, { keyed: { key: holdKey(orderId), request }, actor }, view));
  },
};

function moveHold(mapping: BalanceMapping | undefined): Decision<MoveHoldCommand> {
  return {
    reads: (command) => ({ rows: holdMoveReads(command) }),
    decide({ holdId, to, reason, actor, atDeadline = false }, view) {
      const before = view.row(holds, [holdId]);
      if (before === undefined) return refusal('hold_not_found');
      if (before.policy_ref === EXECUTION_POLICY)
        return refusal('held_by_execution', { execution_id: before.contract_id });
      if (atDeadline && (before.due_to !== to || before.due_at === null || before.due_at > view.at))
        return replayed('{}');
      const decision = decideMove(before.state, to);
      if (decision.outcome === 'invalid_transition') return refusal('invalid_transition', { from: decision.from, to });
      if (decision.outcome === 'replay') return replayed('{}');
      return decided(changeHold(before, { to, reason, actor }, { view, mapping }));
    },
  };
}

const decided = ({ fact, changes }: LedgerStep): Decided => ({
  answer: fact.answer ?? '{}',
  code: null,
  facts: [fact],
  changes,
});

function topUpRow(receipt: GatewayReceiptRecord, { at, seq }: View): Change['row'] {
  const { fee, external } = receipt;
  return {
    receipt_id: receipt.receiptId,
    account_id: receipt.accountId,
    amount: receipt.amount,
    unit: receipt.unit,
    gateway_node_id: receipt.gatewayNodeId,
    external_amount: external.amount,
    external_currency: external.currency,
    external_payment_ref: external.paymentRef,
    fee_basis_points: fee?.basisPoints ?? 0n,
    fee_amount: fee?.amount ?? 0n,
    fee_account_id: fee?.accountId ?? null,
    occurred_at: receipt.occurredAt,
    policy_ref: receipt.policyRef,
    signature: receipt.signature,
    at,
    seq: BigInt(seq),
  };
}
