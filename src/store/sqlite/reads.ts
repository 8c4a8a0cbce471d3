/** What the payment rail reads outside of commands, each as one statement in plain sight. Integers come as bigint. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import type { Row, Table } from '../../base/decision.ts';
import { accounts, transactions, transfers } from '../../payments/tables.ts';
import type { AccountRow, TransactionRow, TransferRow } from '../../payments/tables.ts';
import { parsed } from './rows.ts';

/** The rows of a table in some order; `rest` is what follows `from`. */
function rows<R extends Row>(db: DatabaseSync, table: Table<R>, rest: string, ...parameters: SQLInputValue[]): R[] {
  const found = db.prepare(`select ${table.columns.join(', ')} from ${table.name} ${rest}`).all(...parameters);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the columns were selected by this table's own list
  return found.map(parsed) as unknown as R[];
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
