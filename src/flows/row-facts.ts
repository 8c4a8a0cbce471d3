/**
 * Facts whose bodies hold the rows they changed as they are, by table: `{"rows":{"holds":[{…}]}}`. Replay writes them back
 * and decides nothing. Integers that a double does not hold stand as text.
 */
import { apiKeys } from '../access/tables.ts';
import type { Change, Row, Table, Value } from '../base/decision.ts';
import { isObject } from '../base/json.ts';
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

/** What a fact changed, as its body's `rows`. */
export function rowsOf(changes: readonly Change[]): Readonly<Record<string, Readonly<Record<string, unknown>>[]>> {
  const rows: Record<string, Readonly<Record<string, unknown>>[]> = {};
  for (const { table, row } of changes) {
    const asJson = Object.fromEntries(table.columns.map((column) => [column, jsonOf(row[column] ?? null)]));
    (rows[table.name] ??= []).push(asJson);
  }
  return rows;
}

function jsonOf(value: Value): string | number | null {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

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
    const value = written[column];
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

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);
