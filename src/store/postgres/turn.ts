/**
 * One batch on its way through the database: takes its turn at the journal's head, loads what its commands declare, and
 * after they are decided appends and commits. Two round trips, or three when the turn was long in coming.
 */
import { invariant } from '../../base/assert.ts';
import type { Command } from '../../base/decision.ts';
import type { TimedFact } from '../deciding.ts';
import { INCOMPLETE_COPY, incompleteCopy } from '../incomplete-copy.ts';
import { StoreError } from '../store.ts';
import { addition, appendJournal, COMMIT, type Addition, type Head, type RowWriter } from './append.ts';
import { newestMigration } from './migrate.ts';
import type { Session, Statement } from './session.ts';
import type { State } from './state.ts';

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

export class Turn {
  readonly #session: Session;
  readonly #state: State;
  readonly #writer: RowWriter;

  constructor(session: Session, state: State, writer: RowWriter) {
    this.#session = session;
    this.#state = state;
    this.#writer = writer;
  }

  /** Waits for the turn and loads. `known` is the head that the state in memory belongs to. */
  async begin(commands: readonly Command[], known: Head | undefined): Promise<Begun> {
    if (known === undefined) this.#state.forget();
    const [, begun] = await inOrder([
      this.#session.query(BEGIN),
      this.#session.query(LOCK_HEAD),
      this.#state.load(this.#session, commands),
    ]);
    const head = headOf(begun);
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

  /** Sends everything and the commit. Rejects with the first error; if that is one of the connection, nobody knows. */
  async commit(before: Head, facts: readonly TimedFact[], sent: (addition: Addition) => void): Promise<Head> {
    const added = addition(before, facts);
    const writes = this.#state.writes();
    sent(added);
    await inOrder([
      appendJournal(this.#session, added),
      ...writes.map(({ table, rows }) => this.#writer.write(this.#session, table, rows)),
      this.#session.query(COMMIT),
    ]);
    return added.head;
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
async function inOrder<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
