/** SQLite as the target of `purser migrate-store`, under the lock that a server would hold. */
import type { DatabaseSync } from 'node:sqlite';
import type { JournalEnd } from '../../journal/audit.ts';
import { TX_COUNTER } from '../../payments/tx-id.ts';
import type { CopyPart, CopyTarget } from '../copy.ts';
import { INCOMPLETE_COPY } from '../incomplete-copy.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Progress, VerifyReport } from '../verify.ts';
import { BulkInsert } from './bulk-insert.ts';
import { createSeed, explained, openForReading, openForWriting, readHead, readSeed } from './database.ts';
import { lockDatabase } from './lock.ts';
import { readFacts } from './read-journal.ts';
import { ProjectionWriter } from './rebuild.ts';
import { countRows, SqliteSnapshot } from './snapshot.ts';
import { SPAN, SpanEntries } from './span-entries.ts';
import { verifyOpened } from './verify.ts';

/** Opens or creates it. Throws StoreError when a server runs on it. */
export async function openSqliteTarget(file: string): Promise<CopyTarget> {
  const lock = lockDatabase(file);
  try {
    return new SqliteTarget(file, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

class SqliteTarget implements CopyTarget {
  readonly name: string;
  readonly #lock: { release(): void };
  readonly #db: DatabaseSync;
  readonly #facts: BulkInsert;
  readonly #batches: BulkInsert;
  readonly #projections: ProjectionWriter;

  constructor(file: string, lock: { release(): void }) {
    this.name = file;
    this.#lock = lock;
    this.#db = openForWriting(file, { incomplete: true });
    createSeed(this.#db);
    this.#facts = new BulkInsert(this.#db, 'facts', FACT_COLUMNS);
    this.#batches = new BulkInsert(this.#db, 'batches', ['first_seq', 'last_seq', 'root', 'chain']);
    this.#projections = projectionsOf(this.#db);
  }

  get end(): JournalEnd {
    return readHead(this.#db);
  }

  get highestTx(): bigint {
    const counter = this.#db
      .prepare('select cast(value as text) as value from counters where name = ?')
      .get(TX_COUNTER);
    return BigInt(String(counter?.['value'] ?? 0));
  }

  async begin(): Promise<void> {
    const { number, name } = INCOMPLETE_COPY;
    this.#db.prepare('insert or ignore into migrations (number, name) values (?, ?)').run(number, name);
  }

  async append({ facts, batches, rows }: CopyPart): Promise<void> {
    explained(this.name, () =>
      inTransaction(this.#db, () => {
        for (const { seq, at, type, subject, key, request, answer, body, mark } of facts)
          this.#facts.add(seq, at, type, subject, key, request, answer, body, mark);
        for (const { firstSeq, lastSeq, root, chain } of batches) this.#batches.add(firstSeq, lastSeq, root, chain);
        this.#facts.flush();
        this.#batches.flush();
        this.#projections.write(facts, rows);
      }),
    );
  }

  verify(progress: Progress): Promise<VerifyReport> {
    return this.#reading((db) => verifyOpened(db, { progress, indexes: true }));
  }

  read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.#reading((db) => work(new SqliteSnapshot(db)));
  }

  async complete(): Promise<void> {
    this.#db.prepare('delete from migrations where number = ?').run(INCOMPLETE_COPY.number);
  }

  async close(): Promise<void> {
    this.#db.close();
    this.#lock.release();
  }

  async #reading<T>(work: (db: DatabaseSync) => Promise<T>): Promise<T> {
    const db = openForReading(this.name);
    try {
      db.exec('begin');
      return await work(db);
    } finally {
      db.close();
    }
  }
}

const FACT_COLUMNS = ['seq', 'at', 'type', 'subject', 'key', 'request', 'answer', 'body', 'mark'] as const;

/** A writer that has seen the keys of the spans which are not sealed yet. */
function projectionsOf(db: DatabaseSync): ProjectionWriter {
  const span = new SpanEntries(readSeed(db));
  const sealed = countRows(db, 'key_runs');
  while (span.run < sealed) span.take();
  const writer = new ProjectionWriter(db, span);
  inTransaction(db, () => {
    for (const facts of readFacts(db, BigInt(sealed * SPAN) - 1n)) writer.write(facts, []);
  });
  return writer;
}

/** Either all of it is on the disk, or nothing. */
function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('begin immediate');
  try {
    work();
    db.exec('commit');
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}
