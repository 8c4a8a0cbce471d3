/** The projections of the payment rail. `accounts` and `transactions` are fixed by P-26. */
import type { Table } from '../base/decision.ts';

/** An operational balance. */
export type AccountRow = Readonly<{ id: string; balance: bigint }>;

export const accounts: Table<AccountRow> = {
  name: 'accounts',
  key: ['id'],
  columns: ['id', 'balance'],
  kept: 'all',
  rows: 'replaced',
};

/** What an account began with (P-24): recorded once, never changed. */
export type OpeningRow = Readonly<{ id: string; amount: bigint }>;

export const openings: Table<OpeningRow> = {
  name: 'openings',
  key: ['id'],
  columns: ['id', 'amount'],
  kept: 'all',
  rows: 'appended',
};

export type EntryOp = 'debit' | 'credit' | 'rollback';

/** One entry of the ledger; `created_at` is in nanoseconds and strictly increases from row to row. */
export type TransactionRow = Readonly<{
  tx_id: string;
  op: EntryOp;
  account_id: string;
  amount: bigint;
  balance_after: bigint;
  created_at: bigint;
}>;

export const transactions: Table<TransactionRow> = {
  name: 'transactions',
  key: ['tx_id', 'op'],
  columns: ['tx_id', 'op', 'account_id', 'amount', 'balance_after', 'created_at'],
  kept: 'none',
  rows: 'appended',
};

/** Numbers that never go back: `tx` is the highest number that any `tx-…` id has had (P-13). */
export type CounterRow = Readonly<{ name: string; value: bigint }>;

export const counters: Table<CounterRow> = {
  name: 'counters',
  key: ['name'],
  columns: ['name', 'value'],
  kept: 'all',
  rows: 'replaced',
};

/** Where a transfer of the split deployment stands; `ended` is the only state with a completed answer. */
export type TransferState = 'debiting' | 'crediting' | 'compensation_pending' | 'ended';

/** A transfer that the payment gateway carries through ledger calls (the split deployment only). */
export type TransferRow = Readonly<{
  key: string;
  tx_id: string;
  src: string;
  dst: string;
  amount: bigint;
  state: TransferState;
  /** `approved`, `unreachable` (R1) or the denial's code. */
  risk: string;
  /** The source's balance once DEBIT has answered. */
  src_balance: bigint | null;
  /** Why it is being compensated: `debit_timeout` or `credit_failed`. */
  cause: string | null;
  /** The completed response, byte for byte. */
  answer: string | null;
  updated_at: bigint;
  /** The server that carries it; records of steps by any other are refused. */
  carrier: string;
}>;

export const transfers: Table<TransferRow> = {
  name: 'transfers',
  key: ['key'],
  columns: [
    'key',
    'tx_id',
    'src',
    'dst',
    'amount',
    'state',
    'risk',
    'src_balance',
    'cause',
    'answer',
    'updated_at',
    'carrier',
  ],
  kept: 'none',
  rows: 'replaced',
};
