/** What is read outside of commands, each as one statement in plain sight. Everything is read from the primary. */
import type { Row, Table } from '../../base/decision.ts';
import { accounts, transactions, transfers } from '../../payments/tables.ts';
import type { AccountRow, TransactionRow, TransferRow } from '../../payments/tables.ts';
import type { Head } from './append.ts';
import type { Session } from './session.ts';
import { rowOf } from './state.ts';
import { toStored } from './text.ts';

/** The rows of a table in some order; `rest` is what follows `from`. */
async function rows<R extends Row>(
  session: Session,
  table: Table<R>,
  rest: string,
  parameters: readonly unknown[] = [],
): Promise<R[]> {
  const text = `select ${table.columns.map((column) => `t.${column}`).join(', ')} from ${table.name} t ${rest}`;
  const found = await session.query({ name: `read-${table.name}`, text }, parameters);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns were selected by this table's own list
  return found.map((cells) => rowOf(table, cells)) as unknown as R[];
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
