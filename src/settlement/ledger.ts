/**
 * The contract of a settlement ledger (S-03): what the rest of the product depends on, whatever keeps the money. The ledger
 * of this deployment is `operations/ledger/local-orc-ledger.ts`; a remote escrow or a richer payout rail implements the same.
 *
 * Nothing here throws for what a caller may do wrong: a refusal is a `LedgerError`. Amounts are minor units of ORC (scale 2),
 * instants nanoseconds since 1970, of whole milliseconds in records.
 */
import type { SettlementFact } from '../flows/holds.ts';
import type { AccountId } from './accounts.ts';
import type { HoldState } from './tables.ts';
import type { GatewayReceiptRecord } from './top-up.ts';

export type { AccountId, GatewayReceiptRecord };

/** 1 to 128 characters of letters, digits and `: . _ -`. */
export type HoldId = string;

/** Minor units: 500 is ORC 5.00 (S-01). */
export type OrcAmount = bigint;

/** S-02: `total` is `available` and `held` together; an account nobody has used reads as zero. */
export interface OrcBalance {
  readonly accountId: AccountId;
  readonly available: OrcAmount;
  readonly held: OrcAmount;
  readonly total: OrcAmount;
}

/** When things happen by themselves (S-21); null or left out: the escrow policy says. */
export interface HoldDeadlines {
  readonly workBy: bigint | null;
  readonly acceptBy: bigint | null;
  readonly disputeBy: bigint | null;
  readonly autoReleaseAfter: bigint | null;
}

/** What a hold fixes at its creation (S-21). The order id is the key: the same again is the same hold. */
export interface HoldSpec {
  /** Made up when it is left out. */
  readonly holdId?: HoldId;
  readonly payer: AccountId;
  readonly payee: AccountId;
  /** At least 1. */
  readonly amount: OrcAmount;
  readonly orderId: string;
  readonly contractId?: string;
  readonly policyRef?: string;
  readonly deadlines?: Partial<HoldDeadlines>;
}

/** One of the six kinds of facts (S-04), about one receipt or hold. */
export interface LedgerFact {
  readonly type: SettlementFact;
  /** The receipt or the hold. */
  readonly subject: string;
  /** Its number in the journal. */
  readonly seq: bigint;
  readonly at: bigint;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** A fact about a hold, and the state that it brought. */
interface HoldMove extends LedgerFact {
  readonly state: HoldState;
}

export interface HoldRecord {
  readonly holdId: HoldId;
  /** R3: exactly five. */
  readonly state: HoldState;
  readonly payer: AccountId;
  readonly payee: AccountId;
  readonly amount: OrcAmount;
  readonly orderId: string;
  readonly contractId: string | null;
  readonly policyRef: string | null;
  readonly deadlines: HoldDeadlines;
  readonly createdAt: bigint;
  /** How it came to its state: its creation first. */
  readonly history: readonly HoldMove[];
}

/** Why nothing was recorded. */
export interface LedgerError {
  readonly error:
    | 'invalid_account'
    | 'insufficient_funds'
    | 'idempotency_conflict'
    | 'receipt_conflict'
    | 'fee_mismatch'
    | 'invalid_signature'
    | 'balance_too_large'
    | 'hold_not_found'
    | 'held_by_execution'
    | 'invalid_transition'
    | 'invalid_request'
    /** No outcomes: the same again may go through. */
    | 'overloaded'
    | 'unavailable'
    | 'internal';
  /** What a caller needs to understand it: `fields`, `from` and `to`, `available`, `execution_id`, `field`, `message`. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** S-10: the first time `applied`; the same receipt again `already_applied`, and no second credit. */
export interface TopUpApplyOutcome {
  readonly outcome: 'applied' | 'already_applied';
  readonly receiptId: string;
  /** As the receipt left it the first time. */
  readonly balance: OrcBalance;
  /** Net. */
  readonly amount: OrcAmount;
}

/** `replayed`: it had happened before; nothing was appended (R14). */
export interface HoldOutcome {
  readonly hold: HoldRecord;
  readonly replayed: boolean;
}

/** Who moves a hold, and why; both stand in its history for ever. */
export interface MoveNote {
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
}

export interface SettlementLedger {
  /** Never refuses: an unknown account has nothing. Rejects with StoreUnavailable, as `holdStatus` does. */
  balance(account: AccountId): Promise<OrcBalance>;
  /** S-10, S-12. `receipt_conflict` names the fields that differ. */
  applyTopUp(receipt: GatewayReceiptRecord): Promise<TopUpApplyOutcome | LedgerError>;
  /** S-21, S-23: reserves the payer's money, once per order. Repeated, it answers the hold as it was created. */
  createHold(spec: HoldSpec, note?: Pick<MoveNote, 'actor'>): Promise<HoldOutcome | LedgerError>;
  /** S-20: before execution, to the payer. */
  voidHold(id: HoldId, reason: string, note?: Pick<MoveNote, 'actor'>): Promise<HoldOutcome | LedgerError>;
  /** S-20: to the payee. */
  releaseHold(id: HoldId, note?: MoveNote): Promise<HoldOutcome | LedgerError>;
  /** S-20: after execution, to the payer. */
  refundHold(id: HoldId, note?: MoveNote): Promise<HoldOutcome | LedgerError>;
  /** S-20: until a dispute is resolved. */
  freezeHold(id: HoldId, note?: MoveNote): Promise<HoldOutcome | LedgerError>;
  holdStatus(id: HoldId): Promise<HoldRecord | undefined>;
}
