/**
 * One batch on its way through the database: takes its turn at the journal's head, loads what its commands declare, and
 * after they are decided appends and commits. Two round trips, or three when the turn was long in coming.
 */
import { invariant } from '../../base/assert.ts';
import type { Command } from '../../base/decision.ts';
import type { TimedFact } from '../deciding.ts';
import { INCOMPLETE_COPY, incompleteCopy } from '../incomplete-copy.ts';
import { StoreError } from '../store.ts';
import { appendJournal, COMMIT, type Head, type RowWriter } from './append.ts';
import { newestMigration } from './migrate.ts';
import type { Session, Statement } from './session.ts';
import type { State } from './state.ts';
import type { VelocityRows } from './velocity-rows.ts';

const BEGIN: Statement = { name: 'begin', text: 'begin' };
const ROLLBACK: Statement = { name: 'rollback', text: 'rollback' };

const LOCK_HEAD: Statement = {
  name: 'lock-head',
  text: `select seq, at, chain, migration, rebuilds, (extract(epoch from clock_timestamp()) * 1000)::bigint
    from journal_head for update`,
};

/** The journal's end as it stands while this batch has its turn, and the database's clock. */
export interface Begun extends Head {
  readonly nowMs: number;
}

/** A batch after its decisions. */
interface Decided {
  readonly facts: readonly TimedFact[];
  /** The time at which it was decided. */
  readonly nowMs: number;
}

/** What turns have in common. */
interface TurnParts {
  readonly state: State;
  readonly writer: RowWriter;
  /** Only if servers share their velocity windows. */
  readonly velocity: VelocityRows | undefined;
}

export class Turn {
  readonly #session: Session;
  readonly #state: State;
  readonly #writer: RowWriter;
  readonly #velocity: VelocityRows | undefined;

  constructor(session: Session, { state, writer, velocity }: TurnParts) {
    this.#session = session;
    this.#state = state;
    this.#writer = writer;
    this.#velocity = velocity;
  }

  /** Waits for the turn and loads. `known` is the head that the state in memory belongs to. */
  async begin(commands: readonly Command[], known: Head | undefined): Promise<Begun> {
    if (known === undefined) this.#state.forget();
    const [begin, locked, ...loads] = this.#session.together(
      () =>
        [
          this.#session.query(BEGIN),
          this.#session.query(LOCK_HEAD),
          this.#state.load(this.#session, commands),
          ...(this.#velocity === undefined ? [] : [this.#velocity.load(this.#session)]),
        ] as const,
    );
    await inOrder([begin, locked, ...loads]);
    const head = headOf(await locked);
    // Not by its number: on a standby that lacked facts others may have written as many.
    if (known !== undefined && (known.chain !== head.chain || known.rebuilds !== head.rebuilds)) {
      this.#state.forget();
      await this.#state.load(this.#session, commands);
    }
    return head;
  }

  /** Further commands that came while the turn was awaited. */
  load(commands: readonly Command[]): Promise<void> {
    return this.#state.load(this.#session, commands);
  }

  /**
   * Sends everything and the commit. Rejects with the first error; if that is one of the connection, nobody knows. A batch
   * without facts leaves the journal as it is: there is nothing to commit, unless it used slots of shared windows (CHECK).
   */
  async commit(before: Head, { facts, nowMs }: Decided, sent: (head: Head) => void): Promise<Head> {
    const counts = this.#velocity?.changed() ?? [];
    if (facts.length === 0 && counts.length === 0) {
      await this.rollback();
      return before;
    }
    // Rows first: while the server stores them the facts are hashed.
    const writes = this.#session.together(() => [
      ...this.#state.writes().map(({ table, rows }) => this.#writer.write(this.#session, table, rows)),
      ...(this.#velocity === undefined ? [] : [this.#velocity.write(this.#session, counts, nowMs)]),
    ]);
    if (facts.length === 0) {
      await inOrder([...writes, this.#session.query(COMMIT)]);
      return before;
    }
    const { head, statements } = appendJournal(this.#session, before, facts);
    sent(head);
    await inOrder([...writes, ...statements, this.#session.query(COMMIT)]);
    return head;
  }

  /** Gives the turn back; nothing was written. */
  async rollback(): Promise<void> {
    if (!this.#session.dead) await this.#session.query(ROLLBACK);
  }
}

function headOf(rows: readonly (readonly unknown[])[]): Begun {
  const [seq, at, chain, migration, rebuilds, nowMs] = rows[0] ?? [];
  invariant(typeof at === 'bigint' && typeof chain === 'string', 'journal_head has one row');
  if (migration === INCOMPLETE_COPY.number) throw incompleteCopy('the database');
  if (Number(migration) > newestMigration())
    throw new StoreError(
      `the database was upgraded by a newer purser (migration ${Number(migration)}; this one knows ${newestMigration()}): upgrade this server`,
    );
  return { seq: Number(seq), at, chain, rebuilds: Number(rebuilds), nowMs: Number(nowMs) };
}

/** Waits for all, and rejects with the error of the first that failed: the ones behind it only say that it did. */
async function inOrder(promises: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(promises);
  await Promise.all(promises);
}
