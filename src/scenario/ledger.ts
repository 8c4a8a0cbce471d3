/** The ledger as an outsider reads it while the servers run (P-26): only the two tables that the contract names, on either engine. */
import type { AuditRow } from '../payments/invariants.ts';

/** One moment of the ledger: whatever is read of it fits together. */
export interface Moment {
  accounts(): Promise<ReadonlyMap<string, bigint>>;
  /** All entries, oldest first. */
  transactions(): AsyncIterable<AuditRow>;
}

export interface Ledger {
  /** Reads everything in `read` at one moment. */
  atOneMoment<T>(read: (moment: Moment) => Promise<T>): Promise<T>;
  /** Debits that have neither a credit nor a rollback yet. */
  openDebits(): Promise<bigint>;
  credits(): Promise<bigint>;
  close(): Promise<void>;
}

export const ENTRY_COLUMNS = 'tx_id, op, account_id, amount, balance_after, created_at';

export const OPEN_DEBITS = `select count(*) as count from transactions as debit where op = 'debit' and not exists (
  select 1 from transactions as other where other.tx_id = debit.tx_id and other.op <> 'debit')`;

export const CREDITS = `select count(*) as count from transactions where op = 'credit'`;

export function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  throw new TypeError(`the ledger has ${JSON.stringify(value)} where an integer belongs`);
}
