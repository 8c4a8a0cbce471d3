/** The ledger in an SQLite file. */
import { DatabaseSync } from 'node:sqlite';
import type { AuditRow } from '../payments/invariants.ts';
import { CREDITS, ENTRY_COLUMNS, integer, OPEN_DEBITS, type Ledger, type Moment } from './ledger.ts';

const BUSY_MS = 10_000;

export class LedgerFile implements Ledger {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true, readBigInts: true, timeout: BUSY_MS });
  }

  async atOneMoment<T>(read: (moment: Moment) => Promise<T>): Promise<T> {
    this.#db.exec('begin');
    try {
      return await read({
        accounts: () => Promise.resolve(this.#accounts()),
        transactions: () => this.#transactions(),
      });
    } finally {
      this.#db.exec('commit');
    }
  }

  openDebits(): Promise<bigint> {
    return Promise.resolve(this.#count(OPEN_DEBITS));
  }

  credits(): Promise<bigint> {
    return Promise.resolve(this.#count(CREDITS));
  }

  close(): Promise<void> {
    this.#db.close();
    return Promise.resolve();
  }

  #accounts(): ReadonlyMap<string, bigint> {
    const rows = this.#db.prepare('select id, balance from accounts order by rowid').all();
    return new Map(rows.map(({ id, balance }) => [String(id), integer(balance)]));
  }

  /** In the order they were written; created_at has to ascend in it, which is for the audit to find out. */
  async *#transactions(): AsyncGenerator<AuditRow> {
    const all = this.#db.prepare(`select ${ENTRY_COLUMNS} from transactions order by rowid`);
    for (const row of all.iterate()) {
      yield {
        tx_id: String(row['tx_id']),
        op: String(row['op']),
        account_id: String(row['account_id']),
        amount: integer(row['amount']),
        balance_after: integer(row['balance_after']),
        created_at: integer(row['created_at']),
      };
    }
  }

  #count(sql: string): bigint {
    return integer(this.#db.prepare(sql).get()?.['count']);
  }
}
