/** Sums over a window of rows, and batches from a fact on: added up and found where they are. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Row, Value } from '../../base/decision.ts';
import type { StoredBatch } from '../../journal/audit.ts';
import type { SumQuery, Sums } from '../store.ts';

export function readSums<R extends Row>(db: DatabaseSync, query: SumQuery<R>): Sums {
  const { table, where = {}, by, after, limit, group, of } = query;
  const conditions = Object.keys(where).map((column) => `${column} = ?`);
  const values: SQLInputValue[] = Object.values<Value>(where);
  if (after !== undefined) {
    conditions.push(`${by} > ?`);
    values.push(after);
  }
  const condition = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const window = `select ${[...new Set([group, by, ...of])].join(', ')} from ${table.name} ${condition} order by ${by} limit ?`;
  const sums = of.map((column) => `sum(${column})`).join(', ');
  const sql = `select ${group}, count(*), max(${by}), ${sums} from (${window}) group by 1 order by 1`;
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type does not know of setReturnArrays
  const rows = statement.all(...values, limit) as unknown as [string, bigint, bigint, ...bigint[]][];
  return {
    groups: rows.map(([name, , , ...own]) => ({ group: name, sums: own })),
    rows: rows.reduce((sum, [, count]) => sum + Number(count), 0),
    last: rows.reduce<bigint | null>((last, [, , at]) => (last === null || at > last ? at : last), null),
  };
}

const FROM = `select first_seq, last_seq, root, chain from batches
  where first_seq >= (select max(first_seq) from batches where first_seq <= ?) order by first_seq limit ?`;

export function readBatchesFrom(
  db: DatabaseSync,
  { from, limit }: { readonly from: number; readonly limit: number },
): StoredBatch[] {
  return db
    .prepare(FROM)
    .all(from, limit)
    .map((row) => ({
      firstSeq: Number(row['first_seq']),
      lastSeq: Number(row['last_seq']),
      root: String(row['root']),
      chain: String(row['chain']),
    }));
}
