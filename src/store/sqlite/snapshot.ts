/** A database as its checks and copies read it: inside the caller's transaction, which is one moment of it. */
import type { DatabaseSync } from 'node:sqlite';
import type { Row, Table } from '../../base/decision.ts';
import type { JournalEnd } from '../../journal/audit.ts';
import { openings, transactions, transfers } from '../../payments/tables.ts';
import { storedRow } from '../check-result.ts';
import { BEFORE_ALL, type Snapshot, type Values } from '../snapshot.ts';
import { chunks, readBatches, readFacts } from './read-journal.ts';

const TRANSACTIONS = `select rowid, ${transactions.columns.join(', ')} from transactions
  where rowid > ? order by rowid limit ?`;

const OPEN_DEBITS = `select rowid, tx_id, amount, created_at from transactions as debit
  where rowid > ? and op = 'debit'
    and not exists (select 1 from transactions where tx_id = debit.tx_id and op in ('credit', 'rollback'))
  order by rowid limit ?`;

const END = `select last_seq, chain, (select at from facts where seq = last_seq) as at from batches
  where first_seq <= ? order by first_seq desc limit 1`;

const TRANSFERS = `select rowid, ${transfers.columns.join(', ')} from transfers where rowid > ? order by rowid limit ?`;

export class SqliteSnapshot implements Snapshot {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  count(table: string): Promise<number> {
    return Promise.resolve(countRows(this.#db, table));
  }

  async *facts(after?: bigint): ReturnType<Snapshot['facts']> {
    yield* readFacts(this.#db, after);
  }

  async *batches(after?: bigint): ReturnType<Snapshot['batches']> {
    yield* readBatches(this.#db, after);
  }

  endAt(seq: number): Promise<JournalEnd | undefined> {
    const end = this.#db.prepare(END);
    end.setReadBigInts(true);
    const { last_seq: last, chain, at } = end.get(seq) ?? {};
    const found = last === BigInt(seq) && typeof at === 'bigint';
    return Promise.resolve(found ? { seq, at, chain: String(chain) } : undefined);
  }

  rows(table: Table): Promise<readonly Row[]> {
    const order = table === openings ? 'rowid' : table.key.join(', ');
    const all = this.#db.prepare(`select ${table.columns.join(', ')} from ${table.name} order by ${order}`);
    all.setReadBigInts(true);
    return Promise.resolve(all.all().map((row) => storedRow(table, Object.values(row))));
  }

  async *transactions(): ReturnType<Snapshot['transactions']> {
    yield* chunks(this.#db, TRANSACTIONS, BEFORE_ALL);
  }

  async *openDebits(): ReturnType<Snapshot['openDebits']> {
    for (const rows of chunks(this.#db, OPEN_DEBITS, BEFORE_ALL)) yield rows.map(withoutRowid);
  }

  rowsOf(table: Table, keys: readonly string[]): Promise<ReadonlyMap<string, Row>> {
    const one = this.#db.prepare(
      `select ${table.columns.join(', ')} from ${table.name} where ${table.key.join(', ')} = ?`,
    );
    one.setReadBigInts(true);
    const found = new Map<string, Row>();
    for (const key of keys) {
      const row = one.get(key);
      if (row !== undefined) found.set(key, storedRow(table, Object.values(row)));
    }
    return Promise.resolve(found);
  }

  async *transfers(): ReturnType<Snapshot['transfers']> {
    for (const rows of chunks(this.#db, TRANSFERS, BEFORE_ALL))
      yield rows.map((row) => storedRow(transfers, withoutRowid(row)));
  }

  /** Numbers and instants of facts ascend together: twenty-odd look-ups instead of one more index. */
  bodiesAt(instants: readonly bigint[]): Promise<ReadonlyMap<bigint, string>> {
    const fact = this.#db.prepare('select at, body from facts where seq = ?');
    fact.setReadBigInts(true);
    const last = Number(this.#db.prepare('select max(seq) as last from facts').get()?.['last'] ?? 0);
    const found = new Map<bigint, string>();
    for (const at of instants) {
      const seq = lowest(last, (middle) => Number(fact.get(middle)?.['at']) >= Number(at));
      const row = fact.get(seq);
      if (row?.['at'] === at) found.set(at, String(row['body']));
    }
    return Promise.resolve(found);
  }

  select(sql: string): Promise<readonly Values[]> {
    return Promise.resolve(
      this.#db
        .prepare(sql)
        .all()
        .map((row) => Object.values(row)),
    );
  }
}

/** How many rows a table has. */
export function countRows(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`select count(*) as count from ${table}`).get()?.['count']);
}

const withoutRowid = ([, ...values]: Values): Values => values;

/** The first number from 1 to `last` for which the condition holds (it holds from there on), or the one after them. */
function lowest(last: number, holds: (number: number) => boolean): number {
  let low = 1;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
