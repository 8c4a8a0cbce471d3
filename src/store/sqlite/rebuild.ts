/**
 * `purser rebuild`: writes every projection and the key index anew from the facts, in one transaction. The facts are the
 * only source, so it goes ahead only when their chain is sound.
 */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Row, Table } from '../../base/decision.ts';
import { ReplayError, replayFact } from '../../flows/replay.ts';
import { JournalAudit } from '../../journal/audit.ts';
import { accounts, counters, openings, transactions, transfers } from '../../payments/tables.ts';
import { TX_COUNTER } from '../../payments/tx-id.ts';
import { StoreError } from '../store.ts';
import { BulkInsert } from './bulk-insert.ts';
import { createSeed, explained, openForWriting, readSeed } from './database.ts';
import { insertRun } from './key-runs.ts';
import { lockDatabase } from './lock.ts';
import { batchReader, readFacts } from './read-journal.ts';
import { SPAN, SpanEntries } from './span-entries.ts';
import { journalFlaw, type Progress } from './verify.ts';

const projections: readonly Table[] = [accounts, openings, transactions, counters, transfers];

/** Rows that were written, by table. */
export type RebuildReport = Readonly<Record<string, number>> & { readonly facts: number };

/** Needs the database for itself. Throws StoreError when a server runs on it, or when its facts are not sound. */
export function rebuildDatabase(file: string, progress: Progress = () => {}): RebuildReport {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}: name its directory with --data`);
  const lock = lockDatabase(file);
  try {
    return explained(file, () => {
      const db = openForWriting(file);
      try {
        return rebuild(db, file, progress);
      } finally {
        db.close();
      }
    });
  } finally {
    lock.release();
  }
}

function rebuild(db: DatabaseSync, file: string, progress: Progress): RebuildReport {
  createSeed(db);
  db.exec('begin immediate');
  try {
    for (const table of [...projections.map(({ name }) => name), 'key_runs', 'key_entries'])
      db.exec(`delete from ${table}`);
    const facts = new Rebuild(db, file).run(progress);
    db.exec('commit');
    const counted = projections.map(({ name }) => [name, count(db, name)] as const);
    return { facts, ...Object.fromEntries(counted), key_runs: count(db, 'key_runs') };
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
}

class Rebuild {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #transactions: BulkInsert;
  /** Rows that later facts replace: of small tables all, of transfers those that are open. */
  readonly #standing = new Map<Table, Map<string, Row>>();
  readonly #inserts = new Map<Table, BulkInsert>();
  readonly #span: SpanEntries;
  #highestTx = 0n;

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#transactions = this.#into(transactions);
    this.#span = new SpanEntries(readSeed(db));
  }

  /** Returns the number of facts. */
  run(progress: Progress): number {
    const total = count(this.#db, 'facts');
    const journal = new JournalAudit(batchReader(this.#db));
    let facts = 0;
    for (const chunk of readFacts(this.#db)) {
      for (const fact of chunk) {
        journal.add(fact);
        this.#requireSound(journal);
        if (fact.key !== null) this.#index(fact.key, fact.seq);
        try {
          for (const { table, row } of replayFact(fact, this.#highestTx)) this.#write(table, row);
        } catch (error) {
          if (!(error instanceof ReplayError)) throw error;
          throw this.#refusal(`facts seq=${fact.seq}: ${error.message}`);
        }
      }
      facts += chunk.length;
      this.#transactions.flush();
      progress({ facts, of: total });
    }
    journal.end();
    this.#requireSound(journal);
    this.#end(facts);
    return facts;
  }

  #requireSound({ flaw }: JournalAudit): void {
    if (flaw === undefined) return;
    const { table, key, expected, found } = journalFlaw(flaw);
    throw this.#refusal(`${table} ${key}: expected ${expected}, found ${found}`);
  }

  #refusal(reason: string): StoreError {
    return new StoreError(
      `the facts of ${this.#file} are not sound, nothing was changed (${reason}): restore a backup with "purser restore"`,
    );
  }

  #index(key: string, seq: number): void {
    while (this.#span.run < Math.floor(seq / SPAN)) insertRun(this.#db, this.#span.take());
    this.#span.add(key, seq);
  }

  #write(table: Table, row: Row): void {
    if (table === transactions) {
      this.#transactions.add(...table.columns.map((column) => row[column]!));
      return;
    }
    if (table === counters && row['name'] === TX_COUNTER) this.#highestTx = BigInt(String(row['value']));
    let standing = this.#standing.get(table);
    if (standing === undefined) this.#standing.set(table, (standing = new Map<string, Row>()));
    const key = String(row[table.key[0]!]);
    const ended = table === transfers && row['state'] === 'ended';
    if (!ended) {
      standing.set(key, row);
      return;
    }
    standing.delete(key);
    this.#insert(table, row);
  }

  #end(facts: number): void {
    for (const [table, rows] of this.#standing) for (const row of rows.values()) this.#insert(table, row);
    for (const insert of this.#inserts.values()) insert.flush();
    while (this.#span.run < Math.floor((facts + 1) / SPAN)) insertRun(this.#db, this.#span.take());
  }

  #insert(table: Table, row: Row): void {
    this.#into(table).add(...table.columns.map((column) => row[column]!));
  }

  #into(table: Table): BulkInsert {
    let insert = this.#inserts.get(table);
    if (insert === undefined) {
      insert = new BulkInsert(this.#db, table.name, table.columns);
      this.#inserts.set(table, insert);
    }
    return insert;
  }
}

function count(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`select count(*) as count from ${table}`).get()?.['count']);
}
