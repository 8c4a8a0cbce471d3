/**
 * PostgreSQL as the target of `purser migrate-store`. As long as the copy is incomplete no server starts on it, and those that
 * run stop writing at their next batch.
 */
import type { JournalEnd } from '../../journal/audit.ts';
import { TX_COUNTER } from '../../payments/tx-id.ts';
import { CopyError, type CopyPart, type CopyTarget } from '../copy.ts';
import { INCOMPLETE_COPY } from '../incomplete-copy.ts';
import type { Snapshot } from '../snapshot.ts';
import { StoreError } from '../store.ts';
import type { Progress, VerifyReport } from '../verify.ts';
import { HEAD, readColumnTypes } from './append.ts';
import { copyJournal } from './copy-journal.ts';
import { explained } from './errors.ts';
import { migrate } from './migrate.ts';
import { connectToPrimary } from './primary.ts';
import { holdHead, ProjectionWriter } from './rebuild.ts';
import type { Session } from './session.ts';
import { PostgresSnapshot } from './snapshot.ts';
import { shown, type Target } from './target.ts';
import { verifyOpened } from './verify.ts';

/** Brings an empty database up to date. */
export async function openPostgresTarget(target: Target): Promise<CopyTarget> {
  const session = await connectToPrimary(target, 'maintain');
  try {
    await migrate(session, { incomplete: true });
    const types = await readColumnTypes(session);
    const writer = new ProjectionWriter(session, types);
    return new PostgresTarget({
      session,
      target,
      writer,
      end: await readEnd(session),
      highestTx: await readHighestTx(session),
    });
  } catch (error) {
    await session.close();
    throw explained(target, error);
  }
}

interface Opened {
  readonly session: Session;
  readonly target: Target;
  readonly writer: ProjectionWriter;
  readonly end: JournalEnd;
  readonly highestTx: bigint;
}

class PostgresTarget implements CopyTarget {
  readonly name: string;
  readonly highestTx: bigint;
  readonly #session: Session;
  readonly #target: Target;
  readonly #writer: ProjectionWriter;
  #end: JournalEnd;

  constructor({ session, target, writer, end, highestTx }: Opened) {
    this.name = shown(target);
    this.highestTx = highestTx;
    this.#session = session;
    this.#target = target;
    this.#writer = writer;
    this.#end = end;
  }

  get end(): JournalEnd {
    return this.#end;
  }

  begin(): Promise<void> {
    const { number, name } = INCOMPLETE_COPY;
    return this.#write(async () => {
      await this.#session.run(
        `insert into migrations (number, name) values (${number}, '${name}') on conflict do nothing`,
      );
      // A server that runs already looks here before each batch.
      await this.#session.run(`update journal_head set migration = ${number}`);
    });
  }

  async append({ facts, batches, rows, end }: CopyPart): Promise<void> {
    await this.#write(async () => {
      await copyJournal(this.#session, { facts, batches });
      await this.#writer.write(facts, rows);
      await this.#session.query(HEAD, [end.seq, end.at, end.chain]);
    });
    this.#end = end;
  }

  async verify(progress: Progress): Promise<VerifyReport> {
    // Tables that were just filled are strange to the planner.
    await this.#session.run('analyze');
    return this.#reading(() => verifyOpened(this.#session, progress));
  }

  read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.#reading(() => work(new PostgresSnapshot(this.#session)));
  }

  complete(): Promise<void> {
    return this.#write(async () => {
      await this.#session.run(`delete from migrations where number = ${INCOMPLETE_COPY.number}`);
      await this.#session.run('update journal_head set migration = (select max(number) from migrations)');
    });
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** One transaction at the end of the journal, as long as that is where this copy left it. */
  #write(work: () => Promise<void>): Promise<void> {
    return this.#explained(async () => {
      await this.#session.run('begin');
      await holdHead(this.#session);
      const { seq, chain } = await readEnd(this.#session);
      if (seq !== this.#end.seq || chain !== this.#end.chain)
        throw new CopyError(
          'target_in_use',
          `somebody else writes to ${this.name}: stop the servers and the other copy first`,
        );
      await work();
      await this.#session.run('commit');
    });
  }

  #reading<T>(work: () => Promise<T>): Promise<T> {
    return this.#explained(async () => {
      await this.#session.run('begin isolation level repeatable read read only');
      const found = await work();
      await this.#session.run('commit');
      return found;
    });
  }

  /** After an error the transaction ends with the session. */
  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explained(this.#target, error);
    }
  }
}

const END = { name: 'journal-end', text: 'select seq, at, chain from journal_head' };

async function readEnd(session: Session): Promise<JournalEnd> {
  const [seq, at, chain] = (await session.query(END))[0] ?? [];
  if (typeof at !== 'bigint') throw new StoreError('the journal has no head: run "purser rebuild" on it first');
  return { seq: Number(seq), at, chain: String(chain) };
}

const COUNTER = { name: 'counter', text: 'select value from counters where name = $1' };

async function readHighestTx(session: Session): Promise<bigint> {
  const [row] = await session.query(COUNTER, [TX_COUNTER]);
  return BigInt(String(row?.[0] ?? 0));
}
