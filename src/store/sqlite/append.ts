/** Appends a decided batch: facts, their hashes, the batch's root and chain hash, changed rows; one transaction, one sync. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Row, Table } from '../../base/decision.ts';
import { chainHash, factHash, factMark, merkleRoot } from '../../journal/chain.ts';
import type { TimedFact } from '../deciding.ts';
import { BulkInsert } from './bulk-insert.ts';
import { readHead, type Head } from './database.ts';
import type { TableWrite } from './rows.ts';

/** Commands that were decided together: their facts and the rows these change. */
export interface Group {
  readonly facts: readonly TimedFact[];
  readonly writes: readonly TableWrite[];
}

export class Appender {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #facts: BulkInsert;
  readonly #batch: StatementSync;
  readonly #tables = new Map<string, BulkInsert>();
  #head: Head;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#head = readHead(db);
    this.#begin = db.prepare('begin immediate');
    this.#commit = db.prepare('commit');
    this.#facts = new BulkInsert(db, 'facts', [
      'seq',
      'at',
      'type',
      'subject',
      'key',
      'request',
      'answer',
      'body',
      'mark',
    ]);
    this.#batch = db.prepare('insert into batches (first_seq, last_seq, root, chain) values (?, ?, ?, ?)');
  }

  /** Commits groups of decided commands as one batch. Throws when it was not committed; nothing of it is then in the database. */
  append(groups: readonly Group[]): void {
    const facts = groups.length === 1 ? groups[0]!.facts : groups.flatMap((group) => group.facts);
    const firstSeq = this.#head.seq + 1;
    const leaves: string[] = [];
    let seq = this.#head.seq;
    for (const { at, type, subject, key, request, answer, body } of facts) {
      seq += 1;
      const leaf = factHash({ seq, at, type, subject, key, request, answer, body });
      leaves.push(leaf);
      this.#facts.add(seq, at, type, subject, key, request, answer, body, factMark(leaf));
    }
    const root = merkleRoot(leaves);
    const chain = chainHash(this.#head.chain, { root, firstSeq, lastSeq: seq });
    this.#begin.run();
    try {
      this.#facts.flush();
      for (const { writes } of groups) for (const { table, rows } of writes) this.#write(table, rows);
      for (const insert of this.#tables.values()) insert.flush();
      this.#batch.run(firstSeq, seq, root, chain);
      this.#commit.run();
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback');
      for (const insert of [this.#facts, ...this.#tables.values()]) insert.clear();
      throw error;
    }
    this.#head = { seq, at: facts.at(-1)!.at, chain };
  }

  #write(table: Table, rows: readonly Row[]): void {
    const into = this.#into(table);
    for (const row of rows) into.add(...table.columns.map((column) => row[column]!));
  }

  #into({ name, key, columns, rows }: Table): BulkInsert {
    let insert = this.#tables.get(name);
    if (insert === undefined) {
      const update = columns
        .filter((column) => !key.includes(column))
        .map((column) => `${column} = excluded.${column}`);
      const conflict = rows === 'replaced' ? `on conflict (${key.join(', ')}) do update set ${update.join(', ')}` : '';
      insert = new BulkInsert(this.#db, name, columns, conflict);
      this.#tables.set(name, insert);
    }
    return insert;
  }
}
