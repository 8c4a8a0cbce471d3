/** `purser rebuild` on SQLite: every projection and the key index anew from the facts, in one transaction. */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { StoredFact } from '../../journal/audit.ts';
import { projections, type TableRows } from '../projection.ts';
import { rebuildFrom, refusal, type RebuildReport, type RebuildTarget } from '../rebuild.ts';
import { StoreError } from '../store.ts';
import type { Progress } from '../verify.ts';
import { createSeed, explainedWork, openForWriting, readSeed } from './database.ts';
import { insertRun } from './key-runs.ts';
import { lockDatabase } from './lock.ts';
import { countRows, SqliteSnapshot } from './snapshot.ts';
import { SPAN, SpanEntries } from './span-entries.ts';
import { TableInserts } from './table-inserts.ts';

/** Needs the database for itself. Throws StoreError when a server runs on it, or when its facts are not sound. */
export async function rebuildDatabase(file: string, progress: Progress = () => {}): Promise<RebuildReport> {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}: name its directory with --data`);
  const lock = lockDatabase(file);
  try {
    return await explainedWork(file, async () => {
      const db = openForWriting(file);
      try {
        return await rebuild(db, file, progress);
      } finally {
        db.close();
      }
    });
  } finally {
    lock.release();
  }
}

async function rebuild(db: DatabaseSync, file: string, progress: Progress): Promise<RebuildReport> {
  createSeed(db);
  db.exec('begin immediate');
  try {
    for (const table of [...projections.map(({ name }) => name), 'key_runs', 'key_entries'])
      db.exec(`delete from ${table}`);
    const facts = await rebuildFrom(new SqliteSnapshot(db), new ProjectionWriter(db), progress);
    db.exec('commit');
    const counted = projections.map(({ name }) => [name, countRows(db, name)] as const);
    return { facts, ...Object.fromEntries(counted), key_runs: countRows(db, 'key_runs') };
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw refusal(file, error);
  }
}

/** Writes rows and runs of the key index into the caller's transaction. */
export class ProjectionWriter implements RebuildTarget {
  readonly #db: DatabaseSync;
  readonly #tables: TableInserts;
  readonly #span: SpanEntries;

  /** `span` has collected what came before. */
  constructor(db: DatabaseSync, span = new SpanEntries(readSeed(db))) {
    this.#db = db;
    this.#tables = new TableInserts(db);
    this.#span = span;
  }

  write(facts: readonly StoredFact[], rows: readonly TableRows[]): void {
    for (const { key, seq } of facts) if (key !== null) this.#index(key, seq);
    const last = facts.at(-1);
    if (last !== undefined) this.#sealBefore(last.seq + 1);
    for (const each of rows) this.#tables.addRows(each);
    this.#tables.flush();
  }

  #index(key: string, seq: number): void {
    this.#sealBefore(seq);
    this.#span.add(key, seq);
  }

  /** Seals the spans that end before a fact. */
  #sealBefore(seq: number): void {
    while (this.#span.run < Math.floor(seq / SPAN)) insertRun(this.#db, this.#span.take());
  }
}
