/** What the payment rail reads outside of commands, each as one statement in plain sight. Integers come as bigint. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import type { Row, Table, Value } from '../../base/decision.ts';
import { accounts, transactions, transfers } from '../../payments/tables.ts';
import type { AccountRow, TransactionRow, TransferRow } from '../../payments/tables.ts';
import type { JournalFact, RowQuery } from '../store.ts';
import { parsed } from './rows.ts';

/** The rows of a table in some order; `rest` is what follows `from`. */
function rows<R extends Row>(db: DatabaseSync, table: Table<R>, rest: string, ...parameters: SQLInputValue[]): R[] {
  return rowsBy(db, `select ${table.columns.join(', ')} from ${table.name} ${rest}`, ...parameters);
}

function rowsBy<R extends Row>(db: DatabaseSync, sql: string, ...parameters: SQLInputValue[]): R[] {
  const found = db.prepare(sql).all(...parameters);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns were selected by the table's own list
  return found.map(parsed) as unknown as R[];
}

/** A page of any table. */
export function readRows<R extends Row>(db: DatabaseSync, query: RowQuery<R>): R[] {
  const { table, either, by, descending = false, limit } = query;
  const { conditions, values } = conditionsOf(query);
  const order = `order by ${by} ${descending ? 'desc' : 'asc'} limit ?`;
  if (either === undefined) return rows(db, table, `${whereOf(conditions)} ${order}`, ...values, limit);
  // A page by each column's own index: with `or` all rows of somebody who has many would be read and sorted for one page.
  const pages = either.columns.map((column, place) => {
    const others = either.columns.slice(0, place).map((other) => `${other} is not ?`);
    const own = whereOf([`${column} = ?`, ...others, ...conditions]);
    return `select * from (select ${table.columns.join(', ')} from ${table.name} ${own} ${order})`;
  });
  const given = either.columns.flatMap((_, place) => [
    ...Array.from({ length: place + 1 }, () => either.value),
    ...values,
    limit,
  ]);
  const sql = `select ${table.columns.join(', ')} from (${pages.join(' union all ')}) ${order}`;
  return rowsBy(db, sql, ...given, limit);
}

const whereOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;

function conditionsOf<R extends Row>(
  query: RowQuery<R>,
): { readonly conditions: readonly string[]; readonly values: readonly SQLInputValue[] } {
  const { where = {}, among, by, descending = false, after } = query;
  const conditions = Object.keys(where).map((column) => `${column} = ?`);
  const values: SQLInputValue[] = Object.values<Value>(where);
  if (among !== undefined) {
    conditions.push(`${among.column} in (${among.values.map(() => '?').join(', ')})`);
    values.push(...among.values);
  }
  if (after !== undefined) {
    conditions.push(`${by} ${descending ? '<' : '>'} ?`);
    values.push(after);
  }
  return { conditions, values };
}

export function readJournal(
  db: DatabaseSync,
  { after, limit, type }: { readonly after: number; readonly limit: number; readonly type?: string },
): JournalFact[] {
  const condition = type === undefined ? '' : 'and type = ?';
  const sql = `select seq, at, type, subject, key, request, answer, body from facts where seq > ? ${condition} order by seq limit ?`;
  const values = type === undefined ? [after, limit] : [after, type, limit];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the journal's columns, whose types its inserts fix
  return db
    .prepare(sql)
    .all(...values)
    .map((row) => ({ ...row, seq: Number(row['seq']) })) as unknown as JournalFact[];
}

/** `substr(…)` as the partial index has it: without the very same words it is not used. */
export function readFactsAbout(
  db: DatabaseSync,
  { subject, after, limit }: { readonly subject: string; readonly after: number; readonly limit: number },
): JournalFact[] {
  const sql = `select seq, at, type, subject, key, request, answer, body from facts
    where subject = ? and seq > ? and substr(type, 1, 4) = 'otb/' order by seq limit ?`;
  const found = db.prepare(sql).all(subject, after, limit);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the journal's columns, whose types its inserts fix
  return found.map((row) => ({ ...row, seq: Number(row['seq']) })) as unknown as JournalFact[];
}

export function readBalances(db: DatabaseSync): AccountRow[] {
  return rows(db, accounts, 'order by rowid');
}

export function readLog(
  db: DatabaseSync,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): TransactionRow[] {
  return rows(db, transactions, 'where rowid >= ? order by rowid limit ?', firstRowAfter(db, after), limit);
}

/** Rows are numbered without gaps and their instants ascend with the number: twenty-odd look-ups instead of one more index. */
function firstRowAfter(db: DatabaseSync, after: bigint): bigint {
  const instant = db.prepare('select created_at from transactions where rowid = ?');
  let low = 1n;
  let high = BigInt(String(db.prepare('select max(rowid) as last from transactions').get()?.['last'] ?? 0)) + 1n;
  while (low < high) {
    const middle = (low + high) / 2n;
    const createdAt = instant.get(middle)?.['created_at'];
    invariant(typeof createdAt === 'bigint', 'transactions are numbered without gaps');
    if (createdAt > after) high = middle;
    else low = middle + 1n;
  }
  return low;
}

export function readOpenTransfers(db: DatabaseSync): TransferRow[] {
  return rows(db, transfers, "where state <> 'ended' order by tx_id");
}
