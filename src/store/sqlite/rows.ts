/**
 * Projection rows on the main thread: what is committed, under what uncommitted batches changed. Small tables are kept in
 * memory whole, because this process is the only writer; a history is read by key when a command asks for it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import type { Row, Table, Value } from '../../base/decision.ts';
import { RecentRows } from './recent-rows.ts';

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
    return this.#of(table).get(joinKey(key), key) as R | undefined;
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
      .map(([table, rows]) => ({ table, values: valuesOf(table, rows.newest()) }))
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
      rows = table.kept === 'all' ? new KeptRows(this.#db, table) : new ReadRows(this.#db, table);
      // Batches under way, the running one included: none of them has touched this table yet.
      for (let i = 0; i < this.#uncommitted; i++) rows.mark();
      this.#tables.set(table, rows);
    }
    return rows;
  }
}

/** Rows of one table, with what uncommitted batches did to them. */
interface TableRows {
  get(key: string, parts: readonly string[]): Row | undefined;
  change(row: Row): void;
  mark(): void;
  /** The rows that the newest batch changed: of each its last state. */
  newest(): Iterable<Row>;
  settle(): void;
  revert(): void;
}

/** A table that is kept whole: its rows with all changes. */
class KeptRows implements TableRows {
  readonly #table: Table;
  readonly #byKey = new Map<string, Row>();
  /** Uncommitted batches, the oldest first: what stood at each changed key before, to take it back. */
  #batches: Map<string, Row | undefined>[] = [];

  constructor(db: DatabaseSync, table: Table) {
    this.#table = table;
    for (const row of db.prepare(selectOf(table)).iterate()) this.#byKey.set(keyOf(table, parsed(row)), parsed(row));
  }

  get(key: string): Row | undefined {
    return this.#byKey.get(key);
  }

  change(row: Row): void {
    const before = runningBatch(this.#batches);
    const key = keyOf(this.#table, row);
    if (!before.has(key)) before.set(key, this.#byKey.get(key));
    this.#byKey.set(key, row);
  }

  mark(): void {
    this.#batches.push(new Map());
  }

  newest(): Iterable<Row> {
    const changed = this.#batches.at(-1)?.keys() ?? [];
    return [...changed].map((key) => this.#byKey.get(key)!);
  }

  settle(): void {
    this.#batches.shift();
  }

  revert(): void {
    const undo = this.#batches.flatMap((before) => [...before]).toReversed();
    this.#batches = [];
    for (const [key, row] of undo) {
      if (row === undefined) this.#byKey.delete(key);
      else this.#byKey.set(key, row);
    }
  }
}

/** A table that is too large for that: rows are read by key, and what is in use stays in memory for a while. */
class ReadRows implements TableRows {
  readonly #table: Table;
  readonly #select: StatementSync;
  /** Rows that are written once are hardly looked up. */
  readonly #recent: RecentRows | undefined;
  /** Uncommitted rows, once a command has asked for one. */
  #byKey: Map<string, Row> | undefined;
  /** Rows of uncommitted batches in order, the oldest batch first. */
  #batches: Row[][] = [];

  constructor(db: DatabaseSync, table: Table) {
    this.#table = table;
    this.#select = db.prepare(`${selectOf(table)} where ${table.key.map((column) => `${column} = ?`).join(' and ')}`);
    this.#recent = table.rows === 'replaced' ? new RecentRows() : undefined;
  }

  get(key: string, parts: readonly string[]): Row | undefined {
    if (this.#byKey === undefined && this.#batches.length > 0) this.#indexUncommitted();
    const uncommitted = this.#byKey?.get(key);
    if (uncommitted !== undefined) return uncommitted;
    const read = (): Row | undefined => {
      const row = this.#select.get(...parts);
      return row === undefined ? undefined : parsed(row);
    };
    return this.#recent === undefined ? read() : this.#recent.get(key, read);
  }

  change(row: Row): void {
    runningBatch(this.#batches).push(row);
    this.#byKey?.set(keyOf(this.#table, row), row);
  }

  mark(): void {
    this.#batches.push([]);
  }

  newest(): Iterable<Row> {
    const rows = this.#batches.at(-1) ?? [];
    if (this.#table.rows === 'appended') return rows;
    return new Map(rows.map((row) => [keyOf(this.#table, row), row])).values();
  }

  settle(): void {
    for (const row of this.#batches.shift() ?? []) {
      const key = keyOf(this.#table, row);
      this.#recent?.set(key, row);
      // A later batch may have changed it again.
      if (this.#byKey?.get(key) === row) this.#byKey.delete(key);
    }
    if (this.#batches.length === 0) this.#byKey = undefined;
  }

  revert(): void {
    this.#batches = [];
    this.#byKey = undefined;
  }

  #indexUncommitted(): void {
    this.#byKey = new Map();
    for (const rows of this.#batches) for (const row of rows) this.#byKey.set(keyOf(this.#table, row), row);
  }
}

function runningBatch<T>(batches: readonly T[]): T {
  const batch = batches.at(-1);
  invariant(batch !== undefined, 'rows change within a batch');
  return batch;
}

const selectOf = (table: Table): string => `select ${table.columns.join(', ')} from ${table.name}`;

function keyOf({ key }: Table, row: Row): string {
  return key.length === 1 ? String(row[key[0]!]) : joinKey(key.map((column) => String(row[column])));
}

/** With one part the key is that text itself; several are joined as JSON, so that no two different keys look alike. */
function joinKey(key: readonly string[]): string {
  return key.length === 1 ? key[0]! : JSON.stringify(key);
}

function valuesOf({ columns }: Table, rows: Iterable<Row>): Value[] {
  const values: Value[] = [];
  for (const row of rows)
    for (const column of columns) {
      const value = row[column];
      // SQLite would bind a missing value as NULL, without a word: it must not get that far.
      invariant(value !== undefined, `a row has a value for ${column}`);
      values.push(value);
    }
  return values;
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
