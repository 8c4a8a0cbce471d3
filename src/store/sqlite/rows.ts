/**
 * Projection rows: what is committed, under what this batch changed. Small tables are kept in memory whole, because this
 * process is the only writer; a history is read by key when a command asks for it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import { BulkInsert } from './bulk-insert.ts';
import type { Row, Table } from '../../base/decision.ts';

export class Rows {
  readonly #db: DatabaseSync;
  readonly #tables = new Map<Table, TableRows>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  get<R extends Row>(table: Table<R>, key: readonly string[]): R | undefined {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns were selected by this table's own list
    return this.#of(table).get(key) as R | undefined;
  }

  change(table: Table, row: Row): void {
    this.#of(table).change(row);
  }

  get changed(): boolean {
    for (const rows of this.#tables.values()) if (rows.changed) return true;
    return false;
  }

  /** Inside the batch's transaction. */
  write(): void {
    for (const rows of this.#tables.values()) rows.write();
  }

  /** After the commit. */
  keep(): void {
    for (const rows of this.#tables.values()) rows.end(true);
  }

  /** The batch was not committed. */
  discard(): void {
    for (const rows of this.#tables.values()) rows.end(false);
  }

  #of(table: Table): TableRows {
    let rows = this.#tables.get(table);
    if (rows === undefined) {
      rows = new TableRows(this.#db, table);
      this.#tables.set(table, rows);
    }
    return rows;
  }
}

/** One table, as the running batch sees it. */
class TableRows {
  readonly #table: Table;
  readonly #select: StatementSync;
  readonly #insert: BulkInsert;
  readonly #kept = new Map<string, Row>();
  /** Rows that this batch appended, and how many of them are in `#staged` already: a history is indexed only when asked. */
  #appended: Row[] = [];
  #indexed = 0;
  /** Rows as this batch left them, by key. */
  #staged = new Map<string, Row>();

  constructor(db: DatabaseSync, table: Table) {
    this.#table = table;
    const { name, key, columns } = table;
    const select = `select ${columns.join(', ')} from ${name}`;
    const update = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
    const conflict =
      table.rows === 'replaced' ? ` on conflict (${key.join(', ')}) do update set ${update.join(', ')}` : '';
    this.#insert = new BulkInsert(db, name, columns, conflict);
    this.#select = db.prepare(`${select} where ${key.map((column) => `${column} = ?`).join(' and ')}`);
    this.#select.setReadBigInts(true);
    if (table.kept === 'none') return;
    const all = db.prepare(select);
    all.setReadBigInts(true);
    for (const row of all.iterate()) this.#kept.set(this.#keyOf(parsed(row)), parsed(row));
  }

  get changed(): boolean {
    return this.#appended.length > 0 || this.#staged.size > 0;
  }

  get(key: readonly string[]): Row | undefined {
    for (; this.#indexed < this.#appended.length; this.#indexed++) {
      const row = this.#appended[this.#indexed]!;
      this.#staged.set(this.#keyOf(row), row);
    }
    const joined = joinKey(key);
    const staged = this.#staged.get(joined);
    if (staged !== undefined) return staged;
    if (this.#table.kept === 'all') return this.#kept.get(joined);
    const row = this.#select.get(...key);
    return row === undefined ? undefined : parsed(row);
  }

  change(row: Row): void {
    if (this.#table.rows === 'appended') this.#appended.push(row);
    else this.#staged.set(this.#keyOf(row), row);
  }

  /** Of a row that changed many times in the batch only the last state is written. */
  write(): void {
    const rows = this.#table.rows === 'appended' ? this.#appended : this.#staged.values();
    const { columns } = this.#table;
    for (const row of rows) this.#insert.add(...columns.map((column) => row[column]!));
    this.#insert.flush();
  }

  end(committed: boolean): void {
    if (!this.changed) return;
    if (committed && this.#table.kept === 'all') for (const [key, row] of this.#staged) this.#kept.set(key, row);
    this.#insert.clear();
    this.#appended = [];
    this.#indexed = 0;
    this.#staged = new Map();
  }

  #keyOf(row: Row): string {
    const { key } = this.#table;
    return key.length === 1 ? String(row[key[0]!]) : joinKey(key.map((column) => String(row[column])));
  }
}

/** Key parts cannot hold a zero character unescaped by accident: with one part it is the text itself. */
function joinKey(key: readonly string[]): string {
  return key.length === 1 ? key[0]! : key.join('\u0000');
}

/** A row as SQLite gave it, checked to hold nothing but text, bigint and null. */
export function parsed(row: Record<string, unknown>): Row {
  for (const value of Object.values(row)) {
    invariant(
      typeof value === 'string' || typeof value === 'bigint' || value === null,
      'projections hold text and integers',
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every value was just checked
  return row as Row;
}
