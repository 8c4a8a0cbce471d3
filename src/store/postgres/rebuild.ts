/**
 * `purser rebuild` on PostgreSQL: every projection and the journal's head anew from the facts, in one transaction. It holds
 * the head meanwhile: servers go on answering what needs no commit, and refuse the rest as unavailable.
 */
import { projections, type TableRows } from '../projection.ts';
import { rebuildFrom, refusal, type RebuildReport, type RebuildTarget } from '../rebuild.ts';
import type { Progress } from '../verify.ts';
import { readColumnTypes, RowWriter } from './append.ts';
import { explained } from './errors.ts';
import { migrate } from './migrate.ts';
import { connectToPrimary } from './primary.ts';
import type { Session } from './session.ts';
import { PostgresSnapshot } from './snapshot.ts';
import { shown, type Target } from './target.ts';

/** Throws StoreError when the head is held by somebody else for long, or when the facts are not sound. */
export async function rebuildPostgres(target: Target, progress: Progress = () => {}): Promise<RebuildReport> {
  const session = await connectToPrimary(target, 'maintain');
  try {
    await migrate(session);
    return await rebuild(session, progress);
  } catch (error) {
    // What was begun ends with the session.
    throw explained(target, refusal(shown(target), error));
  } finally {
    await session.close();
  }
}

async function rebuild(session: Session, progress: Progress): Promise<RebuildReport> {
  await session.run('begin');
  await holdHead(session);
  // Not truncated: whoever reads meanwhile, or began before, goes on seeing the rows of old.
  for (const { name } of projections) await session.run(`delete from ${name}`);
  const snapshot = new PostgresSnapshot(session);
  const facts = await rebuildFrom(snapshot, new ProjectionWriter(session, await readColumnTypes(session)), progress);
  await session.run(`insert into journal_head (seq, at, chain, migration)
    select f.seq, f.at, b.chain, m.number
      from (select coalesce(max(seq), 0) as seq, coalesce(max(at), 0) as at from facts) f,
        (select coalesce((select chain from batches order by first_seq desc limit 1), repeat('0', 64)) as chain) b,
        (select max(number) as number from migrations) m
    on conflict (only_one) do update set seq = excluded.seq, at = excluded.at, chain = excluded.chain,
      rebuilds = journal_head.rebuilds + 1`);
  await session.run('commit');
  const counted: [string, number][] = [];
  for (const { name } of projections) counted.push([name, await snapshot.count(name)]);
  return { facts, ...Object.fromEntries(counted) };
}

/** Nobody appends until the transaction ends. The table is locked, because its row may be what is missing. */
export async function holdHead(session: Session): Promise<void> {
  await session.run('lock table journal_head in exclusive mode');
}

/** Writes rows into the caller's transaction. */
export class ProjectionWriter implements RebuildTarget {
  readonly #session: Session;
  readonly #writer: RowWriter;

  constructor(session: Session, types: ReadonlyMap<string, string>) {
    this.#session = session;
    this.#writer = new RowWriter(types);
  }

  async write(_: unknown, all: readonly TableRows[]): Promise<void> {
    for (const { table, rows } of all) await this.#writer.write(this.#session, table, rows);
  }
}
