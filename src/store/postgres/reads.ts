/** What is read outside of commands, each as one statement in plain sight. Everything is read from the primary. */
import type { Row, Table, Value } from '../../base/decision.ts';
import { accounts, transactions, transfers } from '../../payments/tables.ts';
import type { AccountRow, TransactionRow, TransferRow } from '../../payments/tables.ts';
import type { Head } from './append.ts';
import { arrayLiteral } from './array.ts';
import type { Cells, Session } from './session.ts';
import type { JournalFact, RowQuery } from '../store.ts';
import { rowOf } from './state.ts';
import { fromStored, toStored } from './text.ts';

/** Statements by their text: what is asked with the same columns is prepared once per session. */
const names = new Map<string, string>();

export function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `read-${names.size}`;
  names.set(text, name);
  return name;
}

/** The rows of a table in some order; `rest` is what follows `from`. */
function rows<R extends Row>(
  session: Session,
  table: Table<R>,
  rest: string,
  parameters: readonly unknown[] = [],
): Promise<R[]> {
  const columns = table.columns.map((column) => `t.${column}`).join(', ');
  return rowsBy(session, table, `select ${columns} from ${table.name} t ${rest}`, parameters);
}

async function rowsBy<R extends Row>(
  session: Session,
  table: Table<R>,
  text: string,
  parameters: readonly unknown[],
): Promise<R[]> {
  const found = await session.query({ name: nameOf(text), text }, parameters);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns were selected by this table's own list
  return found.map((cells) => rowOf(table, cells)) as unknown as R[];
}

/** A page of any table. Statements differ with the question, so each is known by its own text. */
export async function readRows<R extends Row>(session: Session, query: RowQuery<R>): Promise<R[]> {
  const { table, where = {}, either, among, by, descending = false, after, limit } = query;
  const values: unknown[] = [];
  const parameter = (value: Value): string => `$${values.push(typeof value === 'string' ? toStored(value) : value)}`;
  const conditions = Object.entries<Value>(where).map(([column, value]) => `t.${column} = ${parameter(value)}`);
  if (among !== undefined) {
    const list = arrayLiteral(among.values.map(toStored));
    conditions.push(`t.${among.column} = any($${values.push(list)}::text[])`);
  }
  if (after !== undefined) conditions.push(`t.${by} ${descending ? '<' : '>'} ${parameter(after)}`);
  const order = `order by t.${by} ${descending ? 'desc' : 'asc'} limit ${parameter(BigInt(limit))}`;
  const page = (further: readonly string[]): string => {
    const all = [...further, ...conditions];
    const condition = all.length === 0 ? '' : `where ${all.join(' and ')}`;
    return `select ${table.columns.map((column) => `t.${column}`).join(', ')} from ${table.name} t ${condition} ${order}`;
  };
  if (either === undefined) return rowsBy(session, table, page([]), values);
  // A page by each column's own index: with `or` all rows of somebody who has many would be read and sorted for one page.
  const value = parameter(either.value);
  const pages = either.columns.map((column, place) => {
    const others = either.columns.slice(0, place).map((other) => `t.${other} is distinct from ${value}`);
    return `(${page([`t.${column} = ${value}`, ...others])})`;
  });
  return rowsBy(session, table, `select t.* from (${pages.join(' union all ')}) t ${order}`, values);
}

export async function readJournal(
  session: Session,
  { after, limit, type }: { readonly after: number; readonly limit: number; readonly type?: string },
): Promise<JournalFact[]> {
  const condition = type === undefined ? '' : 'and type = $3';
  const text = `select seq, at, type, subject, key, request, answer, body from facts where seq > $1 ${condition} order by seq limit $2`;
  const name = type === undefined ? 'journal' : 'journal-of-type';
  const found = await session.query({ name, text }, type === undefined ? [after, limit] : [after, limit, type]);
  return found.map(journalFact);
}

/** `substr(…)` as the partial index has it: without the very same words it is not used. */
export async function readFactsAbout(
  session: Session,
  { subject, after, limit }: { readonly subject: string; readonly after: number; readonly limit: number },
): Promise<JournalFact[]> {
  const text = `select seq, at, type, subject, key, request, answer, body from facts
    where subject = $1 and seq > $2 and substr(type, 1, 4) = 'otb/' order by seq limit $3`;
  const found = await session.query({ name: 'facts-about', text }, [toStored(subject), after, limit]);
  return found.map(journalFact);
}

function journalFact([seq, at, type, subject, key, request, answer, body]: Cells): JournalFact {
  const fact = { seq: Number(seq), at, type, subject: fromStored(String(subject)), request, answer, body };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the journal's columns, whose types its table fixes
  return { ...fact, key: typeof key === 'string' ? fromStored(key) : null } as JournalFact;
}

export function readBalances(session: Session): Promise<AccountRow[]> {
  return rows(session, accounts, 'join openings o on o.id = t.id order by o.ordinal');
}

export function readLog(
  session: Session,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<TransactionRow[]> {
  return rows(session, transactions, 'where t.created_at > $1 order by t.created_at limit $2', [after, limit]);
}

export function readOpenTransfers(session: Session): Promise<TransferRow[]> {
  return rows(session, transfers, "where t.state <> 'ended' order by t.tx_id");
}

export async function knowsKey(session: Session, key: string): Promise<boolean> {
  const statement = { name: 'knows-key', text: 'select 1 from facts where key = $1' };
  return (await session.query(statement, [toStored(key)])).length > 0;
}

/** Has the journal been at this very point? */
export async function isCommitted(session: Session, { seq, chain }: Pick<Head, 'seq' | 'chain'>): Promise<boolean> {
  if (seq === 0) return true;
  const statement = {
    name: 'is-committed',
    text: `select 1 from (select last_seq, chain from batches where first_seq <= $1 order by first_seq desc limit 1) newest
      where last_seq = $1 and chain = $2`,
  };
  return (await session.query(statement, [seq, chain])).length > 0;
}
