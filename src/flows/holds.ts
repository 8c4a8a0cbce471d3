/**
 * What every command that touches the settlement ledger is made of: accounts with their entries, holds with their moves, the
 * fact of each and its place in the outbox. Orders move holds as the ledger's own commands do, by the same functions.
 */
import { INSTANT_NS } from '../base/decision.ts';
import type { Change, Fact, Read, View } from '../base/decision.ts';
import { reserves, type HoldTarget } from '../settlement/hold-moves.ts';
import { holdMovement, holdMovementKey, type BalanceMapping, type Movement } from '../settlement/mapping.ts';
import { holdMoves, holds, ledgerAccounts, ledgerEntries, movements } from '../settlement/tables.ts';
import type {
  EntryKind,
  HoldMoveRow,
  HoldRow,
  HoldState,
  LedgerAccountRow,
  MovementRow,
} from '../settlement/tables.ts';
import { holdView } from '../settlement/wire.ts';
import type { Keyed } from './answers.ts';
import { rowFact } from './row-facts.ts';

/** Terms of a hold (S-21). Deadlines are instants in nanoseconds. */
export interface HoldTerms {
  readonly holdId: string;
  readonly payer: string;
  readonly payee: string;
  readonly amount: bigint;
  readonly orderId: string;
  readonly contractId: string | null;
  readonly policyRef: string | null;
  readonly workBy: bigint | null;
  readonly acceptBy: bigint | null;
  readonly disputeBy: bigint | null;
  readonly autoReleaseAfter: bigint | null;
  /** Ends by its own deadlines; false when an execution has them. */
  readonly ownDeadlines: boolean;
}

/** `policy_ref` of a hold that an execution ends: nobody else moves it, so that the two cannot tell different stories. */
export const EXECUTION_POLICY = 'execution';

export const accountRead = (id: string): Read => ({ table: ledgerAccounts, key: [id] });

/** What a move of a hold looks at. */
export function holdMoveReads(hold: {
  readonly holdId: string;
  readonly payer: string;
  readonly payee: string;
  readonly to: HoldTarget;
}): Read[] {
  return [
    { table: holds, key: [hold.holdId] },
    accountRead(hold.payer),
    accountRead(hold.payee),
    { table: movements, key: [holdMovementKey(hold.holdId, hold.to)] },
  ];
}

/** The view for a command's second fact: entries and moves take number and instant from it. */
export function nextFact(view: View): View {
  return { ...view, seq: view.seq + 1, at: view.at + INSTANT_NS };
}

/** The view for the fact behind these. */
export function viewBehind(view: View, ...steps: readonly (object | undefined)[]): View {
  return steps.reduce<View>((behind, step) => (step === undefined ? behind : nextFact(behind)), nextFact(view));
}

/** Accounts as a command changes them, each change with its entry; one command touches an account's row once. */
export class Booking {
  readonly #view: View;
  readonly #reference: string;
  readonly #accounts = new Map<string, LedgerAccountRow>();
  readonly #entries: Change[] = [];

  constructor(view: View, reference: string) {
    this.#view = view;
    this.#reference = reference;
  }

  account(id: string): LedgerAccountRow | undefined {
    return this.#accounts.get(id) ?? this.#view.row(ledgerAccounts, [id]);
  }

  enter(id: string, kind: EntryKind, available: bigint, held: bigint): void {
    const { at, seq } = this.#view;
    const before = this.account(id);
    const row: LedgerAccountRow = {
      account_id: id,
      available: (before?.available ?? 0n) + available,
      held: (before?.held ?? 0n) + held,
      updated_at: at,
      version: (this.#view.row(ledgerAccounts, [id])?.version ?? 0n) + 1n,
    };
    this.#accounts.set(id, row);
    const number = this.#entries.length;
    this.#entries.push({
      table: ledgerEntries,
      row: {
        entry_id: `${seq}:${number}`,
        account_id: id,
        at: at + BigInt(number) * INSTANT_NS,
        kind,
        available_change: available,
        held_change: held,
        available_after: row.available,
        held_after: row.held,
        reference: this.#reference,
        seq: BigInt(seq),
      },
    });
  }

  changes(): Change[] {
    return [...[...this.#accounts.values()].map((row) => ({ table: ledgerAccounts, row })), ...this.#entries];
  }
}

/** S-04: the six kinds. */
export const SETTLEMENT_FACTS = [
  'ledger/top-up-applied.v1',
  'ledger/hold-created.v1',
  'ledger/hold-voided.v1',
  'ledger/hold-frozen.v1',
  'ledger/hold-released.v1',
  'ledger/hold-refunded.v1',
] as const;

export type SettlementFact = (typeof SETTLEMENT_FACTS)[number];

/** The fact that brings a hold into a state. */
export const holdFacts = {
  active: 'ledger/hold-created.v1',
  released: 'ledger/hold-released.v1',
  refunded: 'ledger/hold-refunded.v1',
  frozen: 'ledger/hold-frozen.v1',
  voided: 'ledger/hold-voided.v1',
} as const satisfies Record<HoldState, SettlementFact>;

/** What a command recorded of the settlement ledger: one fact and the rows that stand in it. */
export interface LedgerStep {
  readonly fact: Fact;
  readonly changes: readonly Change[];
}

export function ledgerStep(
  type: SettlementFact,
  subject: string,
  changes: readonly Change[],
  keyed?: Keyed & { readonly answer: object },
): LedgerStep {
  const outcome = keyed && { ...keyed, answer: JSON.stringify(keyed.answer) };
  return { fact: rowFact({ type, subject, changes, keyed: outcome }), changes };
}

/** S-23: reserves the payer's money. The caller has seen that it is there. `keyed`: a repeat is recognised by the hold's own fact. */
export function reserve(
  terms: HoldTerms,
  { keyed, actor }: { readonly keyed: Keyed | undefined; readonly actor: string | null },
  view: View,
): LedgerStep {
  const booking = new Booking(view, terms.holdId);
  booking.enter(terms.payer, 'hold', -terms.amount, terms.amount);
  const hold = holdRow(terms, view);
  const move = moveRow(hold, view, { reason: null, actor });
  const changes = [...booking.changes(), { table: holds, row: hold }, { table: holdMoves, row: move }];
  const outcome = keyed && { ...keyed, answer: holdView(hold, [move]) };
  return ledgerStep('ledger/hold-created.v1', hold.hold_id, changes, outcome);
}

/** A move that the state machine allows, and who made it. */
export interface HoldMove {
  readonly to: HoldTarget;
  readonly reason: string | null;
  readonly actor: string | null;
}

export function changeHold(
  before: HoldRow,
  { to, reason, actor }: HoldMove,
  { view, mapping }: { readonly view: View; readonly mapping: BalanceMapping | undefined },
): LedgerStep {
  const { hold_id: holdId, amount } = before;
  const hold: HoldRow = {
    ...before,
    state: to,
    due_at: null,
    due_to: null,
    updated_at: view.at,
    version: before.version + 1n,
  };
  const booking = new Booking(view, holdId);
  settle(booking, hold);
  const movement = mapping && holdMovement(mapping, { holdId, from: before.state, to });
  const changes = [
    ...booking.changes(),
    { table: holds, row: hold },
    { table: holdMoves, row: moveRow(hold, view, { reason, actor }) },
    ...(movement === undefined ? [] : [movementChange(movement, holdId, amount, view)]),
  ];
  return ledgerStep(holdFacts[to], holdId, changes);
}

/** S-22: frozen money stays where it is; released it is the payee's, refunded or voided the payer's again. */
function settle(booking: Booking, { state, payer_account_id: payer, payee_account_id: payee, amount }: HoldRow): void {
  if (reserves(state)) return;
  if (state === 'released') {
    booking.enter(payer, 'release_out', 0n, -amount);
    booking.enter(payee, 'release_in', amount, 0n);
  } else {
    booking.enter(payer, 'return', amount, -amount);
  }
}

function holdRow(terms: HoldTerms, { at }: View): HoldRow {
  return {
    hold_id: terms.holdId,
    state: 'active',
    payer_account_id: terms.payer,
    payee_account_id: terms.payee,
    amount: terms.amount,
    order_id: terms.orderId,
    contract_id: terms.contractId,
    policy_ref: terms.policyRef,
    work_by: terms.workBy,
    accept_by: terms.acceptBy,
    dispute_by: terms.disputeBy,
    auto_release_after: terms.autoReleaseAfter,
    ...dueOf(terms),
    created_at: at,
    updated_at: at,
    version: 1n,
  };
}

/** Silence never locks money for ever (S-34): a hold of its own goes back, or on, when its time has come. */
function dueOf({ ownDeadlines, workBy, autoReleaseAfter }: HoldTerms): Pick<HoldRow, 'due_at' | 'due_to'> {
  if (!ownDeadlines) return { due_at: null, due_to: null };
  const releasesFirst = autoReleaseAfter !== null && (workBy === null || autoReleaseAfter <= workBy);
  if (releasesFirst) return { due_at: autoReleaseAfter, due_to: 'released' };
  return { due_at: workBy, due_to: workBy === null ? null : 'refunded' };
}

function moveRow(
  { hold_id: holdId, state, version }: HoldRow,
  { at, seq }: View,
  { reason, actor }: { readonly reason: string | null; readonly actor: string | null },
): HoldMoveRow {
  return { move_id: `${holdId}:${version}`, hold_id: holdId, state, at, reason, actor, seq: BigInt(seq) };
}

export function movementChange(
  { key, src, dst, inflowTx }: Movement,
  cause: string,
  amount: bigint,
  { at }: View,
): Change {
  const row: MovementRow = {
    movement_key: key,
    cause,
    src,
    dst,
    inflow_tx: inflowTx,
    amount,
    state: 'pending',
    refusals: 0n,
    last_refusal: null,
    tx_id: null,
    created_at: at,
    updated_at: at,
    version: 1n,
  };
  return { table: movements, row };
}
