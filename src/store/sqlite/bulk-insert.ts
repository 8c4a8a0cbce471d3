/**
 * Inserts many rows with few statements: sixteen rows at a time cost little more than half of what they cost one by one.
 * `or fail`: a statement that breaks a constraint leaves its first rows standing, so SQLite need not keep every page it touches
 * to undo it. Whoever uses this rolls the whole transaction back.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';

const ROWS_AT_ONCE = 16;

export class BulkInsert {
  readonly #width: number;
  readonly #many: StatementSync;
  readonly #one: StatementSync;
  /** Values of the rows to insert, row after row. */
  #values: SQLInputValue[] = [];

  /** `conflict` is what stands behind the values, for example an `on conflict` clause. */
  constructor(db: DatabaseSync, table: string, columns: readonly string[], conflict = '') {
    this.#width = columns.length;
    const row = `(${columns.map(() => '?').join(', ')})`;
    const insert = (rows: number): StatementSync =>
      db.prepare(
        `insert or fail into ${table} (${columns.join(', ')}) values ${Array(rows).fill(row).join(', ')} ${conflict}`,
      );
    this.#many = insert(ROWS_AT_ONCE);
    this.#one = insert(1);
  }

  /** Takes one row, in the order of the columns. */
  add(...row: SQLInputValue[]): void {
    // SQLite would bind what is missing as NULL, without a word.
    invariant(
      row.length === this.#width && row.every((value) => value !== undefined),
      'a row has a value for each column',
    );
    this.#values.push(...row);
  }

  /** Takes many rows, value after value. */
  addAll(values: readonly SQLInputValue[]): void {
    invariant(values.length % this.#width === 0, 'rows have a value for each column');
    for (const value of values) this.#values.push(value);
  }

  /** Inserts what was taken, in that order. */
  flush(): void {
    const values = this.#values;
    this.#values = [];
    const wide = ROWS_AT_ONCE * this.#width;
    let at = 0;
    for (; at + wide <= values.length; at += wide) this.#many.run(...values.slice(at, at + wide));
    for (; at < values.length; at += this.#width) this.#one.run(...values.slice(at, at + this.#width));
  }

  /** Forgets what was taken. */
  clear(): void {
    this.#values = [];
  }
}
