/**
 * Projection rows on the main thread: what is committed, under what uncommitted batches changed. Small tables are kept in
 * memory whole, because this process is the only writer; a history is read by key when a command asks for it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import type { Row, Table, Value } from '../../base/decision.ts';

/** The rows that a batch writes into one table. */
export interface TableWrite {
  readonly table: Table;
  /** Row after row, in the order of the table's columns. */
  readonly values: readonly Value[];
}

export class Rows {
  readonly #db: DatabaseSync;
  readonly #tables = new Map<Table, TableRows>();
  #uncommitted = 0;

  /** `db` reads; the writer thread writes. */
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

  /** A batch begins; batches before it may still be uncommitted. */
  mark(): void {
    this.#uncommitted += 1;
    for (const rows of this.#tables.values()) rows.mark();
  }

  /** What the newest batch writes: of a row that it changed many times only the last state. */
  newest(): TableWrite[] {
    return [...this.#tables]
      .map(([table, rows]) => ({ table, values: rows.newest() }))
      .filter(({ values }) => values.length > 0);
  }

  /** The oldest uncommitted batch was committed. */
  settle(): void {
    this.#uncommitted -= 1;
    for (const rows of this.#tables.values()) rows.settle();
  }

  /** No uncommitted batch was committed. */
  revert(): void {
    this.#uncommitted = 0;
    for (const rows of this.#tables.values()) rows.revert();
  }

  #of(table: Table): TableRows {
    let rows = this.#tables.get(table);
    if (rows === undefined) {
      rows = new TableRows(this.#db, table, this.#uncommitted);
      this.#tables.set(table, rows);
    }
    return rows;
  }
}

/** What one uncommitted batch did to a table. */
interface BatchRows {
  /** A history's new rows, in order. */
  readonly rows: Row[];
  /** For a table kept in memory: what stood at each changed key before, to take it back. */
  readonly before: Map<string, Row | undefined>;
}

class TableRows {
  readonly #table: Table;
  readonly #select: StatementSync;
  /** A table kept whole: its rows with all changes. Otherwise: uncommitted rows by key, once a command has asked for one. */
  #byKey: Map<string, Row> | undefined;
  /** Uncommitted batches, the oldest first. */
  #batches: BatchRows[] = [];

  /** `uncommitted` batches are under way, the running one included; none of them has touched this table yet. */
  constructor(db: DatabaseSync, table: Table, uncommitted: number) {
    for (let i = 0; i < uncommitted; i++) this.mark();
    this.#table = table;
    const select = `select ${table.columns.join(', ')} from ${table.name}`;
    this.#select = db.prepare(`${select} where ${table.key.map((column) => `${column} = ?`).join(' and ')}`);
    if (table.kept === 'none') return;
    this.#byKey = new Map();
    for (const row of db.prepare(select).iterate()) this.#byKey.set(this.#keyOf(parsed(row)), parsed(row));
  }

  get(key: readonly string[]): Row | undefined {
    const joined = joinKey(key);
    if (this.#byKey === undefined && this.#batches.length > 0) this.#indexUncommitted();
    const found = this.#byKey?.get(joined);
    if (found !== undefined || this.#table.kept === 'all') return found;
    const row = this.#select.get(...key);
    return row === undefined ? undefined : parsed(row);
  }

  change(row: Row): void {
    const batch = this.#batches.at(-1);
    invariant(batch !== undefined, 'rows change within a batch');
    if (this.#table.kept === 'none') batch.rows.push(row);
    if (this.#byKey === undefined) return;
    const key = this.#keyOf(row);
    if (this.#table.kept === 'all' && !batch.before.has(key)) batch.before.set(key, this.#byKey.get(key));
    this.#byKey.set(key, row);
  }

  mark(): void {
    this.#batches.push({ rows: [], before: new Map() });
  }

  newest(): Value[] {
    const values: Value[] = [];
    for (const row of this.#newestRows()) for (const column of this.#table.columns) values.push(present(row, column));
    return values;
  }

  #newestRows(): Iterable<Row> {
    const batch = this.#batches.at(-1);
    if (batch === undefined) return [];
    if (this.#table.kept === 'all') return [...batch.before.keys()].map((key) => this.#byKey!.get(key)!);
    if (this.#table.rows === 'appended') return batch.rows;
    return new Map(batch.rows.map((row) => [this.#keyOf(row), row])).values();
  }

  settle(): void {
    const committed = this.#batches.shift();
    if (this.#table.kept === 'all' || this.#byKey === undefined) return;
    if (this.#batches.length === 0) this.#byKey = undefined;
    else for (const row of committed?.rows ?? []) this.#forget(row);
  }

  revert(): void {
    const undo = this.#batches.flatMap(({ before }) => [...before]).toReversed();
    this.#batches = [];
    if (this.#table.kept === 'none') this.#byKey = undefined;
    for (const [key, row] of undo) {
      if (row === undefined) this.#byKey?.delete(key);
      else this.#byKey?.set(key, row);
    }
  }

  /** The database has it now; a later batch may have changed it again. */
  #forget(row: Row): void {
    const key = this.#keyOf(row);
    if (this.#byKey?.get(key) === row) this.#byKey.delete(key);
  }

  #indexUncommitted(): void {
    this.#byKey = new Map();
    for (const { rows } of this.#batches) for (const row of rows) this.#byKey.set(this.#keyOf(row), row);
  }

  #keyOf(row: Row): string {
    const { key } = this.#table;
    return key.length === 1 ? String(row[key[0]!]) : joinKey(key.map((column) => String(row[column])));
  }
}

/** With one part the key is that text itself; several are joined as JSON, so that no two different keys look alike. */
function joinKey(key: readonly string[]): string {
  return key.length === 1 ? key[0]! : JSON.stringify(key);
}

/** SQLite would bind a missing value as NULL, without a word: it must not get that far. */
function present(row: Row, column: string): Value {
  const value = row[column];
  invariant(value !== undefined, `a row has a value for ${column}`);
  return value;
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
