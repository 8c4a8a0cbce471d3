/** Writes rows of projections: new ones, or, in a table whose rows are replaced, such as replace what stands at their key. */
import type { DatabaseSync } from 'node:sqlite';
import type { Table, Value } from '../../base/decision.ts';
import type { TableRows } from '../projection.ts';
import { BulkInsert } from './bulk-insert.ts';

export class TableInserts {
  readonly #db: DatabaseSync;
  readonly #tables = new Map<string, BulkInsert>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Takes rows, value after value in the order of the table's columns. */
  add({ table, values }: { readonly table: Table; readonly values: readonly Value[] }): void {
    this.#into(table).addAll(values);
  }

  addRows({ table, rows }: TableRows): void {
    this.add({ table, values: rows.flatMap((row) => table.columns.map((column) => row[column]!)) });
  }

  /** Inserts what was taken. */
  flush(): void {
    for (const insert of this.#tables.values()) insert.flush();
  }

  /** Forgets what was taken. */
  clear(): void {
    for (const insert of this.#tables.values()) insert.clear();
  }

  #into({ name, key, columns, rows }: Table): BulkInsert {
    let insert = this.#tables.get(name);
    if (insert === undefined) {
      const update = columns
        .filter((column) => !key.includes(column))
        .map((column) => `${column} = excluded.${column}`);
      const conflict = rows === 'replaced' ? `on conflict (${key.join(', ')}) do update set ${update.join(', ')}` : '';
      insert = new BulkInsert(this.#db, name, columns, conflict);
      this.#tables.set(name, insert);
    }
    return insert;
  }
}
