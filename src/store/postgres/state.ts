/**
 * The state that decisions see: the rows and keys that a batch declared, loaded while it holds the journal's head, under
 * what its own commands change. Small tables stay in memory from batch to batch as long as nobody else has written.
 */
import { invariant } from '../../base/assert.ts';
import type { Change, Command, Decisions, KeyRecord, Read, Row, Table, View } from '../../base/decision.ts';
import type { Speculation } from '../deciding.ts';
import { arrayLiteral } from './array.ts';
import type { Cell, Cells, Session, Statement } from './session.ts';
import { fromStored, toStored } from './text.ts';

const KEYS: Statement = {
  name: 'keys',
  text: 'select key, subject, request, answer from facts where key = any($1::text[])',
};

export class State implements Speculation {
  readonly #decisions: Decisions;
  readonly #tables = new Map<Table, LoadedRows>();
  /** Keys that the batch asked for; those that no fact has are undefined. */
  readonly #keys = new Map<string, KeyRecord | undefined>();

  constructor(decisions: Decisions) {
    this.#decisions = decisions;
  }

  readonly known: View['known'] = (key) => {
    invariant(this.#keys.has(key), 'a decision declares its key');
    return this.#keys.get(key);
  };

  readonly row: View['row'] = <R extends Row>(table: Table<R>, key: readonly string[]) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns were selected by this table's own list
    this.#of(table).get(key) as R | undefined;

  change({ table, row }: Change): void {
    this.#of(table).change(row);
  }

  remember(key: string, record: KeyRecord): void {
    invariant(this.known(key) === undefined, 'a key belongs to one fact');
    this.#keys.set(key, record);
  }

  /** Sends for everything that the commands declare and that is not here yet. */
  async load(session: Session, commands: readonly Command[]): Promise<void> {
    const keys = new Set<string>();
    for (const command of commands) {
      const { key, rows } = this.#decisions.byType[command.type]?.reads(command) ?? { rows: [] };
      if (key !== undefined && !this.#keys.has(key)) keys.add(key);
      for (const read of rows) this.#of(read.table).declare(read);
    }
    const loads = [...this.#tables.values()].map((table) => table.load(session));
    if (keys.size > 0) loads.push(this.#loadKeys(session, [...keys]));
    await Promise.all(loads);
  }

  /** Rows as the batch leaves them, by table: of a row that it changed many times only the last state. */
  writes(): { readonly table: Table; readonly rows: readonly Row[] }[] {
    return [...this.#tables]
      .map(([table, loaded]) => ({ table, rows: loaded.changed() }))
      .filter(({ rows }) => rows.length > 0);
  }

  /** The batch has ended: committed, or without a trace. What it loaded of large tables goes. */
  end(committed: boolean): void {
    this.#keys.clear();
    for (const loaded of this.#tables.values()) loaded.end(committed);
  }

  /** Somebody else has written. */
  forget(): void {
    for (const loaded of this.#tables.values()) loaded.forget();
  }

  #of(table: Table): LoadedRows {
    let loaded = this.#tables.get(table);
    if (loaded === undefined) this.#tables.set(table, (loaded = new LoadedRows(table)));
    return loaded;
  }

  async #loadKeys(session: Session, keys: readonly string[]): Promise<void> {
    const found = await session.query(KEYS, [arrayLiteral(keys.map(toStored))]);
    for (const key of keys) this.#keys.set(key, undefined);
    for (const [key, subject, request, answer] of found) {
      this.#keys.set(fromStored(String(key)), {
        subject: fromStored(String(subject)),
        request: textOrNull(request),
        answer: textOrNull(answer),
      });
    }
  }
}

class LoadedRows {
  readonly #table: Table;
  readonly #select: Statement;
  /** Rows by key; one that was looked for and is not there is undefined. */
  readonly #rows = new Map<string, Row | undefined>();
  /** By key, or by number in a table that is only appended to: the same key twice is a bug that the database has to see. */
  readonly #changed = new Map<string | number, Row>();
  #declared = new Map<string, readonly string[]>();

  constructor(table: Table) {
    this.#table = table;
    const { name, key, columns } = table;
    const list = columns.map((column) => `t.${column}`).join(', ');
    const parameters = key.map((_, i) => `$${i + 1}::text[]`).join(', ');
    const on = key.map((column) => `t.${column} = k.${column}`).join(' and ');
    this.#select = {
      name: `rows-${name}`,
      text: `select ${list} from unnest(${parameters}) as k(${key.join(', ')}) join ${name} t on ${on}`,
    };
  }

  get(key: readonly string[]): Row | undefined {
    const joined = joinKey(key);
    invariant(this.#rows.has(joined), `a decision declares what it reads of ${this.#table.name}`);
    return this.#rows.get(joined);
  }

  declare({ key }: Read): void {
    const joined = joinKey(key);
    if (!this.#rows.has(joined)) this.#declared.set(joined, key);
  }

  async load(session: Session): Promise<void> {
    const declared = this.#declared;
    if (declared.size === 0) return;
    this.#declared = new Map();
    const keys = [...declared.values()];
    const columns = this.#table.key.map((_, i) => arrayLiteral(keys.map((key) => toStored(key[i]!))));
    const found = await session.query(this.#select, columns);
    for (const joined of declared.keys()) this.#rows.set(joined, undefined);
    for (const cells of found) {
      const row = rowOf(this.#table, cells);
      this.#rows.set(this.#keyOf(row), row);
    }
  }

  change(row: Row): void {
    const key = this.#keyOf(row);
    this.#rows.set(key, row);
    this.#changed.set(this.#table.rows === 'replaced' ? key : this.#changed.size, row);
  }

  changed(): readonly Row[] {
    return [...this.#changed.values()];
  }

  end(committed: boolean): void {
    this.#changed.clear();
    this.#declared.clear();
    if (!committed || this.#table.kept === 'none') this.#rows.clear();
  }

  forget(): void {
    this.#rows.clear();
  }

  #keyOf(row: Row): string {
    return joinKey(this.#table.key.map((column) => String(row[column])));
  }
}

/** A row from cells in the order of the table's columns. */
export function rowOf(table: Table, cells: Cells): Row {
  const row: Record<string, Row[string]> = {};
  for (const [i, column] of table.columns.entries()) row[column] = valueOf(cells[i]);
  return row;
}

function valueOf(cell: Cell | undefined): Row[string] {
  if (typeof cell === 'string') return fromStored(cell);
  invariant(typeof cell === 'bigint' || cell === null, 'projections hold text and integers');
  return cell;
}

function joinKey(key: readonly string[]): string {
  return key.length === 1 ? key[0]! : JSON.stringify(key);
}

function textOrNull(cell: Cell | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}
