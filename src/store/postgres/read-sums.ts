/** Sums over a window of rows, and batches from a fact on: added up and found where they are. */
import type { Row, Value } from '../../base/decision.ts';
import type { StoredBatch } from '../../journal/audit.ts';
import type { SumQuery, Sums } from '../store.ts';
import { nameOf } from './reads.ts';
import type { Session } from './session.ts';
import { fromStored, toStored } from './text.ts';

export async function readSums<R extends Row>(session: Session, query: SumQuery<R>): Promise<Sums> {
  const { table, where = {}, by, after, limit, group, of } = query;
  const values: unknown[] = [];
  const parameter = (value: Value): string => `$${values.push(typeof value === 'string' ? toStored(value) : value)}`;
  const conditions = Object.entries<Value>(where).map(([column, value]) => `${column} = ${parameter(value)}`);
  if (after !== undefined) conditions.push(`${by} > ${parameter(after)}`);
  const condition = conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
  const columns = [...new Set([group, by, ...of])].join(', ');
  const window = `select ${columns} from ${table.name} ${condition} order by ${by} limit ${parameter(BigInt(limit))}`;
  const sums = of.map((column) => `sum(${column})::bigint`).join(', ');
  const text = `select ${group}, count(*), max(${by}), ${sums} from (${window}) w group by 1 order by 1`;
  const found = await session.query({ name: nameOf(text), text }, values);
  const rows = found.map(([name, count, last, ...own]) => ({
    group: fromStored(String(name)),
    count: Number(count),
    last: BigInt(String(last)),
    sums: own.map((sum) => BigInt(String(sum))),
  }));
  return {
    groups: rows.map(({ group: name, sums: own }) => ({ group: name, sums: own })),
    rows: rows.reduce((sum, { count }) => sum + count, 0),
    last: rows.reduce<bigint | null>((latest, { last }) => (latest === null || last > latest ? last : latest), null),
  };
}

const FROM = {
  name: 'batches-from',
  text: `select first_seq, last_seq, root, chain from batches
    where first_seq >= (select max(first_seq) from batches where first_seq <= $1) order by first_seq limit $2`,
};

export async function readBatchesFrom(
  session: Session,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<StoredBatch[]> {
  const found = await session.query(FROM, [from, limit]);
  return found.map(([firstSeq, lastSeq, root, chain]) => ({
    firstSeq: Number(firstSeq),
    lastSeq: Number(lastSeq),
    root: String(root),
    chain: String(chain),
  }));
}
