/** The projections of the settlement rail (S-04). Facts hold their rows as they are; instants are nanoseconds. */
import type { Table } from '../base/decision.ts';

/** What an account has: free to use, and reserved by holds that are active or frozen. */
export type LedgerAccountRow = Readonly<{
  account_id: string;
  available: bigint;
  held: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const ledgerAccounts: Table<LedgerAccountRow> = {
  name: 'ledger_accounts',
  key: ['account_id'],
  columns: ['account_id', 'available', 'held', 'updated_at', 'version'],
  integers: ['available', 'held', 'updated_at', 'version'],
  kept: 'none',
  rows: 'replaced',
};

/** What a movement on an account was for. */
export type EntryKind = 'top_up' | 'fee' | 'hold' | 'release_out' | 'release_in' | 'return';

/** One change of one account, in order of `at`. */
export type LedgerEntryRow = Readonly<{
  entry_id: string;
  account_id: string;
  at: bigint;
  kind: EntryKind;
  available_change: bigint;
  held_change: bigint;
  available_after: bigint;
  held_after: bigint;
  /** The receipt or the hold. */
  reference: string;
  seq: bigint;
}>;

export const ledgerEntries: Table<LedgerEntryRow> = {
  name: 'ledger_entries',
  key: ['entry_id'],
  columns: [
    'entry_id',
    'account_id',
    'at',
    'kind',
    'available_change',
    'held_change',
    'available_after',
    'held_after',
    'reference',
    'seq',
  ],
  integers: ['at', 'available_change', 'held_change', 'available_after', 'held_after', 'seq'],
  kept: 'none',
  rows: 'appended',
};

/** A funding gateway's receipt that was credited (S-12). `amount` is net; the gross is `amount` and `fee_amount` together. */
export type TopUpRow = Readonly<{
  receipt_id: string;
  account_id: string;
  amount: bigint;
  unit: string;
  gateway_node_id: string;
  external_amount: bigint;
  external_currency: string;
  external_payment_ref: string;
  fee_basis_points: bigint;
  fee_amount: bigint;
  fee_account_id: string | null;
  occurred_at: string | null;
  policy_ref: string | null;
  signature: string | null;
  at: bigint;
  seq: bigint;
}>;

export const topUps: Table<TopUpRow> = {
  name: 'top_ups',
  key: ['receipt_id'],
  columns: [
    'receipt_id',
    'account_id',
    'amount',
    'unit',
    'gateway_node_id',
    'external_amount',
    'external_currency',
    'external_payment_ref',
    'fee_basis_points',
    'fee_amount',
    'fee_account_id',
    'occurred_at',
    'policy_ref',
    'signature',
    'at',
    'seq',
  ],
  integers: ['amount', 'external_amount', 'fee_basis_points', 'fee_amount', 'at', 'seq'],
  kept: 'none',
  rows: 'appended',
};

/** A hold reserves value and ends once: released to the payee, refunded or voided to the payer (S-20). */
export type HoldState = 'active' | 'frozen' | 'released' | 'refunded' | 'voided';

export type HoldRow = Readonly<{
  hold_id: string;
  state: HoldState;
  payer_account_id: string;
  payee_account_id: string;
  amount: bigint;
  order_id: string;
  contract_id: string | null;
  policy_ref: string | null;
  work_by: bigint | null;
  accept_by: bigint | null;
  dispute_by: bigint | null;
  auto_release_after: bigint | null;
  /** When it ends by itself, and how; null while an execution or an arbiter decides about it. */
  due_at: bigint | null;
  due_to: 'released' | 'refunded' | null;
  created_at: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const holds: Table<HoldRow> = {
  name: 'holds',
  key: ['hold_id'],
  columns: [
    'hold_id',
    'state',
    'payer_account_id',
    'payee_account_id',
    'amount',
    'order_id',
    'contract_id',
    'policy_ref',
    'work_by',
    'accept_by',
    'dispute_by',
    'auto_release_after',
    'due_at',
    'due_to',
    'created_at',
    'updated_at',
    'version',
  ],
  integers: [
    'amount',
    'work_by',
    'accept_by',
    'dispute_by',
    'auto_release_after',
    'due_at',
    'created_at',
    'updated_at',
    'version',
  ],
  kept: 'none',
  rows: 'replaced',
};

/** How a hold came to its states: its creation first. */
export type HoldMoveRow = Readonly<{
  move_id: string;
  hold_id: string;
  state: HoldState;
  at: bigint;
  reason: string | null;
  actor: string | null;
  seq: bigint;
}>;

export const holdMoves: Table<HoldMoveRow> = {
  name: 'hold_moves',
  key: ['move_id'],
  columns: ['move_id', 'hold_id', 'state', 'at', 'reason', 'actor', 'seq'],
  integers: ['at', 'seq'],
  kept: 'none',
  rows: 'appended',
};

/** A movement on the operational ledger that settlement asks for (system flow, step 7): the outbox. */
export type MovementRow = Readonly<{
  /** `receipt:<receipt id>` or `hold:<hold id>:<target state>` (J2). */
  movement_key: string;
  /** The receipt or the hold. */
  cause: string;
  src: string;
  dst: string;
  /** Money from outside is first booked on `src`, as a lone credit under this id; null: it is there already. */
  inflow_tx: string | null;
  amount: bigint;
  state: 'pending' | 'done';
  /** How often it was refused for good; the next try has the key with this number plus one behind it. */
  refusals: bigint;
  last_refusal: string | null;
  tx_id: string | null;
  created_at: bigint;
  updated_at: bigint;
  version: bigint;
}>;

export const movements: Table<MovementRow> = {
  name: 'movements',
  key: ['movement_key'],
  columns: [
    'movement_key',
    'cause',
    'src',
    'dst',
    'inflow_tx',
    'amount',
    'state',
    'refusals',
    'last_refusal',
    'tx_id',
    'created_at',
    'updated_at',
    'version',
  ],
  integers: ['amount', 'refusals', 'created_at', 'updated_at', 'version'],
  kept: 'none',
  rows: 'replaced',
};
