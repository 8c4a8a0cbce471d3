/** The settlement ledger of this deployment (S-01, S-03): the contract over the store, in whose commits the money moves. */
import { newId } from '../../base/new-id.ts';
import { instantAt, timeOf } from '../../base/time.ts';
import { holdFacts } from '../../flows/holds.ts';
import { withWorkBy, type EscrowPolicy } from '../../orders/deadlines.ts';
import { COMMUNITY_POOL } from '../../settlement/accounts.ts';
import type { HoldTarget } from '../../settlement/hold-moves.ts';
import type {
  AccountId,
  GatewayReceiptRecord,
  HoldDeadlines,
  HoldId,
  HoldOutcome,
  HoldRecord,
  HoldSpec,
  LedgerError,
  MoveNote,
  OrcBalance,
  SettlementLedger,
  TopUpApplyOutcome,
} from '../../settlement/ledger.ts';
import { ledgerAccounts } from '../../settlement/tables.ts';
import type { HoldView } from '../../settlement/wire.ts';
import { findRow } from '../../store/find-row.ts';
import type { Outcome, Store } from '../../store/store.ts';
import { answerOf } from '../command-answer.ts';
import { findHold, withHistory } from './find-hold.ts';

export interface LocalOrcLedgerParts {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  readonly nowMs: () => number;
  /** Deadlines of holds that set none (S-21). */
  readonly escrow: EscrowPolicy;
}

export class LocalOrcLedger implements SettlementLedger {
  readonly #store: LocalOrcLedgerParts['store'];
  readonly #nowMs: () => number;
  readonly #escrow: EscrowPolicy;

  constructor({ store, nowMs, escrow }: LocalOrcLedgerParts) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.#escrow = escrow;
  }

  async balance(account: AccountId): Promise<OrcBalance> {
    const row = await findRow(this.#store, ledgerAccounts, 'account_id', account);
    return balanceOf(account, row?.available ?? 0n, row?.held ?? 0n);
  }

  async applyTopUp(receipt: GatewayReceiptRecord): Promise<TopUpApplyOutcome | LedgerError> {
    const outcome = await this.#store.submit({ type: 'apply-top-up', receipt });
    if (outcome.code !== null) return errorOf(outcome);
    const { balance } = answerOf<{ balance: { available: number; held: number } }>(outcome);
    return {
      outcome: outcome.replayed ? 'already_applied' : 'applied',
      receiptId: receipt.receiptId,
      amount: receipt.amount,
      balance: balanceOf(receipt.accountId, BigInt(balance.available), BigInt(balance.held)),
    };
  }

  async createHold(spec: HoldSpec, { actor }: Pick<MoveNote, 'actor'> = {}): Promise<HoldOutcome | LedgerError> {
    const { payer, payee, amount, orderId } = spec;
    if (payer === COMMUNITY_POOL || payer === payee) {
      const message = 'the payer is another account than the payee, and not the community pool';
      return { error: 'invalid_account', details: { field: 'payer_account_id', message } };
    }
    const outcome = await this.#store.submit({
      type: 'create-hold',
      holdId: spec.holdId ?? newId(),
      ownHoldId: spec.holdId !== undefined,
      payer,
      payee,
      amount,
      orderId,
      contractId: spec.contractId ?? null,
      policyRef: spec.policyRef ?? null,
      ...this.#deadlines(spec.deadlines),
      ownDeadlines: true,
      request: requestOf(spec),
      actor: actor ?? null,
    });
    if (outcome.code !== null) return errorOf(outcome);
    return { hold: recordOf(answerOf<HoldView>(outcome)), replayed: outcome.replayed };
  }

  voidHold(id: HoldId, reason: string, note: Pick<MoveNote, 'actor'> = {}): Promise<HoldOutcome | LedgerError> {
    return this.#move(id, 'voided', { ...note, reason });
  }

  releaseHold(id: HoldId, note: MoveNote = {}): Promise<HoldOutcome | LedgerError> {
    return this.#move(id, 'released', note);
  }

  refundHold(id: HoldId, note: MoveNote = {}): Promise<HoldOutcome | LedgerError> {
    return this.#move(id, 'refunded', note);
  }

  freezeHold(id: HoldId, note: MoveNote = {}): Promise<HoldOutcome | LedgerError> {
    return this.#move(id, 'frozen', note);
  }

  async holdStatus(id: HoldId): Promise<HoldRecord | undefined> {
    const row = await findHold(this.#store, id);
    return row && recordOf(await withHistory(this.#store, row));
  }

  async #move(holdId: HoldId, to: HoldTarget, { reason, actor }: MoveNote): Promise<HoldOutcome | LedgerError> {
    const before = await findHold(this.#store, holdId);
    if (before === undefined) return { error: 'hold_not_found', details: {} };
    const { payer_account_id: payer, payee_account_id: payee } = before;
    const said = { reason: reason ?? null, actor: actor ?? null };
    const outcome = await this.#store.submit({ type: 'move-hold', holdId, payer, payee, to, ...said });
    if (outcome.code !== null) return errorOf(outcome);
    const hold = await this.holdStatus(holdId);
    if (hold === undefined) throw new Error(`the hold ${holdId} was there and is gone`);
    return { hold, replayed: outcome.replayed };
  }

  /** S-21: who sets no time at which it ends by itself gets the policy's. */
  #deadlines({
    workBy = null,
    acceptBy = null,
    disputeBy = null,
    autoReleaseAfter = null,
  }: Partial<HoldDeadlines> = {}) {
    const own = { workBy, acceptBy, disputeBy, autoReleaseAfter };
    return workBy === null && autoReleaseAfter === null ? withWorkBy(own, instantAt(this.#nowMs()), this.#escrow) : own;
  }
}

const text = (instant: bigint | null | undefined): string | undefined =>
  instant == null ? undefined : timeOf(instant);

/** What the caller said, in the names that conflicts are told in, and nothing that was added: a repeat says the same. */
function requestOf({ payer, payee, amount, orderId, contractId, policyRef, deadlines = {} }: HoldSpec): string {
  return JSON.stringify({
    payer_account_id: payer,
    payee_account_id: payee,
    amount: Number(amount),
    order_id: orderId,
    contract_id: contractId,
    policy_ref: policyRef,
    deadlines: {
      work_by: text(deadlines.workBy),
      accept_by: text(deadlines.acceptBy),
      dispute_by: text(deadlines.disputeBy),
      auto_release_after: text(deadlines.autoReleaseAfter),
    },
  });
}

/** From what the ledger answers everybody, so that a hold is the same record whoever asks for it, and when. */
function recordOf(view: HoldView): HoldRecord {
  const { work_by, accept_by, dispute_by, auto_release_after } = view.deadlines;
  return {
    holdId: view.hold_id,
    state: view.state,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- accounts were checked where they came in
    payer: view.payer_account_id as AccountId,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
    payee: view.payee_account_id as AccountId,
    amount: BigInt(view.amount),
    orderId: view.order_id,
    contractId: view.contract_id,
    policyRef: view.policy_ref,
    deadlines: {
      workBy: instantOrNull(work_by),
      acceptBy: instantOrNull(accept_by),
      disputeBy: instantOrNull(dispute_by),
      autoReleaseAfter: instantOrNull(auto_release_after),
    },
    createdAt: instantOf(view.created_at),
    history: view.history.map(({ state, seq, at, reason, actor }) => ({
      type: holdFacts[state],
      state,
      subject: view.hold_id,
      seq: BigInt(seq),
      at: instantOf(at),
      reason,
      actor,
    })),
  };
}

const instantOf = (time: string): bigint => instantAt(Date.parse(time));
const instantOrNull = (time: string | null): bigint | null => (time === null ? null : instantOf(time));

const balanceOf = (accountId: AccountId, available: bigint, held: bigint): OrcBalance => ({
  accountId,
  available,
  held,
  total: available + held,
});

const errors: ReadonlySet<string> = new Set<LedgerError['error']>([
  'invalid_account',
  'insufficient_funds',
  'idempotency_conflict',
  'receipt_conflict',
  'fee_mismatch',
  'invalid_signature',
  'balance_too_large',
  'hold_not_found',
  'held_by_execution',
  'invalid_transition',
  'invalid_request',
  'overloaded',
  'unavailable',
]);

const isLedgerError = (code: string | null): code is LedgerError['error'] => code !== null && errors.has(code);

function errorOf(outcome: Outcome): LedgerError {
  const { code } = outcome;
  const { error: _, ok: __, ...details } = answerOf(outcome);
  return { error: isLedgerError(code) ? code : 'internal', details };
}
