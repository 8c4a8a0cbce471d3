/** What a check of the database found: how much it looked at, and the first record that is not as it must be. */
import type { Row, Table } from '../base/decision.ts';
import type { JournalFlaw } from '../journal/audit.ts';
import type { Values } from './snapshot.ts';

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly counted: Readonly<Record<string, number>>;
  readonly firstBad?: FirstBad;
}

export interface FirstBad {
  readonly table: string;
  /** Columns and values that find the record: `tx_id=tx-0000000001 op=debit`. */
  readonly key: string;
  readonly expected: string;
  readonly found: string;
}

export function checkResult(name: string, counted: CheckResult['counted'], firstBad?: FirstBad): CheckResult {
  return firstBad === undefined ? { name, ok: true, counted } : { name, ok: false, counted, firstBad };
}

/** Names a row by its key. */
export function keyOf(table: Table, row: Row): string {
  return table.key.map((column) => `${column}=${String(row[column])}`).join(' ');
}

/** Says how a row that should be there differs from the one that is; undefined when it does not. */
export function difference(table: Table, expected: Row | undefined, found: Row | undefined): FirstBad | undefined {
  const row = expected ?? found;
  if (row === undefined) return undefined;
  const column = table.columns.find((name) => expected?.[name] !== found?.[name]);
  if (column === undefined) return undefined;
  const bad = { table: table.name, key: keyOf(table, row) };
  if (expected === undefined) return { ...bad, expected: 'no such row: no fact tells of it', found: 'a row' };
  if (found === undefined) return { ...bad, expected: 'a row, as the facts tell', found: 'none' };
  return { ...bad, expected: `${column} = ${shown(expected[column])}`, found: `${column} = ${shown(found[column])}` };
}

/** Names the journal's first bad record. */
export function journalFlaw({ table, seq, expected, found }: JournalFlaw): FirstBad {
  return { table, key: `${table === 'facts' ? 'seq' : 'first_seq'}=${seq}`, expected, found };
}

/** A row as it is stored; a value of a type that no server writes is shown as text, and so differs from every row. */
export function storedRow(table: Table, values: Values): Row {
  const row: Record<string, Row[string]> = {};
  for (const [i, column] of table.columns.entries()) {
    const value = values[i];
    const known = typeof value === 'string' || typeof value === 'bigint' || value === null;
    row[column] = known ? value : `${typeof value} ${String(value)}`;
  }
  return row;
}

function shown(value: Row[string] | undefined): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
