/**
 * Facts whose bodies hold the rows they changed as they are, by table: `{"rows":{"holds":[{…}]}}`. Replay writes them back
 * and decides nothing. Integers that a double does not hold stand as text, and what is null is left out.
 */
import { apiKeys } from '../access/tables.ts';
import type { Change, Fact, Row, Table, Value } from '../base/decision.ts';
import { isArray, isObject } from '../base/json.ts';
import { budgetTables } from '../budgets/tables.ts';
import { fundingTables } from '../settlement/funding-tables.ts';
import { disputes, executions, offerQueues, offers, orders, orgs } from '../orders/tables.ts';
import { holdMoves, holds, ledgerAccounts, ledgerEntries, movements, topUps } from '../settlement/tables.ts';

/** Every table whose rows stand in facts. */
export const rowTables: readonly Table[] = [
  ledgerAccounts,
  ledgerEntries,
  topUps,
  holds,
  holdMoves,
  movements,
  ...fundingTables,
  apiKeys,
  orgs,
  offers,
  offerQueues,
  orders,
  executions,
  disputes,
  ...budgetTables,
];

const byName: ReadonlyMap<string, Table> = new Map(rowTables.map((table) => [table.name, table]));

interface RowFact {
  readonly type: string;
  readonly subject: string;
  readonly changes: readonly Change[];
  /** What else the fact tells: who, why, how much. JSON values only. */
  readonly said?: object;
  /** Only where a repeat is recognised by a key of the journal: the answer, as JSON text, is then the repeat's too. */
  readonly keyed?: Pick<Fact, 'key' | 'request' | 'answer'> | undefined;
}

/** The fact of what a command changed. */
export function rowFact({ type, subject, changes, said = {}, keyed }: RowFact): Fact {
  const { key, request, answer } = keyed ?? { key: null, request: null, answer: null };
  const told = JSON.stringify(said).slice(1, -1);
  const body = `{${told}${told === '' ? '' : ','}"rows":${rowsText(changes)}}`;
  return { type, subject, key, request, answer, body };
}

/**
 * The rows as they stand in a body, as JSON; a column that is null is left out. Written out by hand, because it is done for every
 * command: by way of objects it takes half as long again.
 */
export function rowsText(changes: readonly Change[]): string {
  const byTable = new Map<Table, string>();
  for (const { table, row } of changes) {
    const before = byTable.get(table);
    const written = rowText(table, row);
    byTable.set(table, before === undefined ? written : `${before},${written}`);
  }
  let all = '';
  for (const [{ name }, rows] of byTable) all += `${all === '' ? '' : ','}"${name}":[${rows}]`;
  return `{${all}}`;
}

/** Names of tables and columns need no escapes. */
function rowText({ columns }: Table, row: Row): string {
  let fields = '';
  for (const column of columns) {
    const value = row[column];
    if (value === null || value === undefined) continue;
    const written = typeof value === 'string' ? JSON.stringify(value) : digits(value);
    fields += `${fields === '' ? '' : ','}"${column}":${written}`;
  }
  return `{${fields}}`;
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

const digits = (value: bigint): string => (value > LARGEST || value < -LARGEST ? `"${value}"` : `${value}`);

/** The rows in a body's `rows`. Throws an Error that says what is wrong with them. */
export function changesOf(rows: unknown): Change[] {
  if (!isObject(rows)) throw new Error('the body has no rows');
  return Object.entries(rows).flatMap(([name, list]) => {
    const table = byName.get(name);
    if (table === undefined || !isArray(list)) throw new Error(`the body has rows of an unknown table "${name}"`);
    return list.map((row) => ({ table, row: read(table, row) }));
  });
}

function read(table: Table, written: unknown): Row {
  if (!isObject(written)) throw new Error(`a row of ${table.name} is no object`);
  const row: Record<string, Value> = {};
  for (const column of table.columns) {
    const value = written[column] ?? null;
    const isInteger = table.integers?.includes(column) === true;
    row[column] = value === null ? null : isInteger ? integer(value, column) : text(value, column);
  }
  return row;
}

function integer(value: unknown, column: string): bigint {
  if (Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,19}$/.test(value)))
    return BigInt(String(value));
  throw new Error(`${column} is no integer: ${JSON.stringify(value)}`);
}

function text(value: unknown, column: string): string {
  if (typeof value !== 'string') throw new Error(`${column} is no text: ${JSON.stringify(value)}`);
  return value;
}
