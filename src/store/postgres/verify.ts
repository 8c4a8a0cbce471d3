/**
 * `purser verify` on PostgreSQL: one read-only transaction that sees one moment of the database, however long the servers go
 * on writing meanwhile. Beyond what the engines have in common it looks at the journal's head.
 */

import { GENESIS } from '../../journal/chain.ts';
import { checkResult, type CheckResult, type FirstBad } from '../check-result.ts';
import { StoreError } from '../store.ts';
import { verifySnapshot, withChecks, type KeySearch, type Progress, type VerifyReport } from '../verify.ts';
import { explained } from './errors.ts';
import { newestMigration, recordedMigration } from './migrate.ts';
import { connectToPrimary } from './primary.ts';
import type { Session } from './session.ts';
import { PostgresSnapshot } from './snapshot.ts';
import type { Target } from './target.ts';
import { fromStored } from './text.ts';

/** Checks a database; what is wrong with its content is in the report. Throws StoreError when there is none to check. */
export async function verifyPostgres(target: Target, progress?: Progress): Promise<VerifyReport> {
  const session = await connectToPrimary(target, 'maintain');
  try {
    await session.run('begin isolation level repeatable read read only');
    await requireCurrent(session);
    return await verifyOpened(session, progress);
  } catch (error) {
    throw explained(target, error);
  } finally {
    await session.close();
  }
}

/** A database of another program, or of another version, is not "violated": it is the wrong one. */
export async function requireCurrent(session: Session): Promise<void> {
  const found = await recordedMigration(session);
  if (found < newestMigration())
    throw new StoreError(
      found === 0
        ? 'the database is empty: name another database in the URL, or start a server on this one'
        : `the database is of an older purser (migration ${found} of ${newestMigration()}): start a server on it once`,
    );
}

/** The same inside the caller's transaction. */
export async function verifyOpened(session: Session, progress?: Progress): Promise<VerifyReport> {
  const report = await verifySnapshot(new PostgresSnapshot(session), new KeysInDatabase(session), progress);
  return withChecks(report, [], [await checkHead(session)]);
}

const SECOND_OF_A_KEY = {
  name: 'second-of-a-key',
  text: `select seq, key, earlier from (
      select seq, key, lag(seq) over (partition by key order by seq) as earlier from facts where key is not null
    ) as keyed where earlier is not null order by seq limit 1`,
};

/** The database sorts the keys itself: the unique index on them is not asked, because it may be what was damaged. */
class KeysInDatabase implements KeySearch {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  add(): void {}

  async end(): Promise<FirstBad | undefined> {
    await this.#session.run('set local enable_indexscan = off; set local enable_indexonlyscan = off');
    const [found] = await this.#session.query(SECOND_OF_A_KEY);
    await this.#session.run('set local enable_indexscan = on; set local enable_indexonlyscan = on');
    if (found === undefined) return undefined;
    const [seq, key, earlier] = found;
    return {
      table: 'facts',
      key: `seq=${seq}`,
      expected: 'a key that no other fact has',
      found: `${JSON.stringify(fromStored(String(key)))}, as fact ${earlier}`,
    };
  }
}

const HEADS = {
  name: 'heads',
  text: `select h.seq, h.at, h.chain, f.seq, f.at, b.chain from journal_head h
    left join (select seq, at from facts order by seq desc limit 1) f on true
    left join (select chain from batches order by first_seq desc limit 1) b on true`,
};

/** Servers go on from the head, not from the last fact: the two must be one. */
async function checkHead(session: Session): Promise<CheckResult> {
  const rows = await session.query(HEADS);
  const [seq, at, chain, lastSeq, lastAt, lastChain] = rows[0] ?? [];
  const pairs = [
    ['seq', lastSeq ?? 0n, seq],
    ['at', lastAt ?? 0n, at],
    ['chain', lastChain ?? GENESIS, chain],
  ] as const;
  const wrong = pairs.find(([, expected, found]) => expected !== found);
  const bad = { table: 'journal_head', key: 'only_one=true' };
  if (rows.length !== 1)
    return checkResult('head', { rows: rows.length }, { ...bad, expected: 'one row', found: `${rows.length} rows` });
  if (wrong === undefined) return checkResult('head', { rows: 1 });
  const [column, expected, found] = wrong;
  return checkResult(
    'head',
    { rows: 1 },
    { ...bad, expected: `${column} = ${expected}`, found: `${column} = ${found}` },
  );
}
