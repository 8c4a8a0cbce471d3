/** The ledger's SQLite file, read from outside while the server runs (P-26): only the two tables that the contract names. */
import { DatabaseSync } from 'node:sqlite';
import type { AuditRow } from '../payments/invariants.ts';

const BUSY_MS = 10_000;

export class LedgerFile {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true, readBigInts: true, timeout: BUSY_MS });
  }

  /** Reads everything in `read` at one moment of the ledger. */
  atOneMoment<T>(read: () => T): T {
    this.#db.exec('begin');
    try {
      return read();
    } finally {
      this.#db.exec('commit');
    }
  }

  accounts(): ReadonlyMap<string, bigint> {
    const rows = this.#db.prepare('select id, balance from accounts order by rowid').all();
    return new Map(rows.map(({ id, balance }) => [String(id), integer(balance)]));
  }

  /** All entries in the order they were written; created_at has to ascend in it, which is for the audit to find out. */
  *transactions(): Generator<AuditRow> {
    const all = this.#db.prepare(
      'select tx_id, op, account_id, amount, balance_after, created_at from transactions order by rowid',
    );
    for (const row of all.iterate()) yield auditRow(row);
  }

  entriesOf(txId: string): readonly AuditRow[] {
    const entries = this.#db.prepare(
      'select tx_id, op, account_id, amount, balance_after, created_at from transactions where tx_id = ?',
    );
    return entries.all(txId).map(auditRow);
  }

  /** Debits that have neither a credit nor a rollback yet. */
  openDebits(): bigint {
    const open = this.#db.prepare(
      `select count(*) as open from transactions as debit where op = 'debit' and not exists (
         select 1 from transactions as other where other.tx_id = debit.tx_id and other.op <> 'debit')`,
    );
    return integer(open.get()?.['open']);
  }

  credits(): bigint {
    return integer(
      this.#db.prepare(`select count(*) as credits from transactions where op = 'credit'`).get()?.['credits'],
    );
  }

  close(): void {
    this.#db.close();
  }
}

function auditRow(row: Readonly<Record<string, unknown>>): AuditRow {
  return {
    tx_id: String(row['tx_id']),
    op: String(row['op']),
    account_id: String(row['account_id']),
    amount: integer(row['amount']),
    balance_after: integer(row['balance_after']),
    created_at: integer(row['created_at']),
  };
}

function integer(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  throw new TypeError(`the ledger's file has ${JSON.stringify(value)} where an integer belongs`);
}
