/** What the payment rail reads outside of commands, each as one statement in plain sight. Integers come as bigint. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import type { AccountRow, TransactionRow, TransferRow } from '../../payments/tables.ts';

const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** Preparing costs more than running: each statement is prepared once per connection. */
function statement(db: DatabaseSync, sql: string): StatementSync {
  let statements = prepared.get(db);
  if (statements === undefined) prepared.set(db, (statements = new Map()));
  let found = statements.get(sql);
  if (found === undefined) statements.set(sql, (found = db.prepare(sql)));
  return found;
}

export function readBalances(db: DatabaseSync): AccountRow[] {
  return statement(db, 'select id, balance from accounts order by rowid').all() as unknown as AccountRow[];
}

export function readLog(
  db: DatabaseSync,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): TransactionRow[] {
  const page = statement(
    db,
    `select tx_id, op, account_id, amount, balance_after, created_at from transactions where rowid >= ? order by rowid limit ?`,
  );
  return page.all(firstRowAfter(db, after), limit) as unknown as TransactionRow[];
}

/** Rows are numbered without gaps and their instants ascend with the number: twenty-odd look-ups instead of one more index. */
function firstRowAfter(db: DatabaseSync, after: bigint): bigint {
  const instant = statement(db, 'select created_at from transactions where rowid = ?');
  let low = 1n;
  let high =
    BigInt(String(statement(db, 'select coalesce(max(rowid), 0) as last from transactions').get()?.['last'])) + 1n;
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
  return statement(
    db,
    `select key, tx_id, src, dst, amount, state, risk, src_balance, cause, answer, updated_at from transfers
     where state <> 'ended' order by tx_id`,
  ).all() as unknown as TransferRow[];
}
