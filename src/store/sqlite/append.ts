/** Appends a decided batch: facts, their hashes, the batch's root and chain hash, changed rows; one transaction, one sync. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Value } from '../../base/decision.ts';
import { chainHash, factHash, factMark, merkleRoot, type HashedFact } from '../../journal/chain.ts';
import type { TimedFact } from '../deciding.ts';
import { BulkInsert } from './bulk-insert.ts';
import { readHead, type Head } from './database.ts';
import type { TableWrite } from './rows.ts';
import { TableInserts } from './table-inserts.ts';

/** The columns of a fact that cross to the writer, in this order; the writer adds `seq` and `mark`. */
const FACT_COLUMNS = ['at', 'type', 'subject', 'key', 'request', 'answer', 'body'] as const;

/** Commands that were decided together, as flat values: objects would take twice as long to cross between the threads. */
export interface Group {
  /** Seven values per fact. */
  readonly facts: readonly Value[];
  readonly writes: readonly TableWrite[];
}

/** Facts as they cross to the writer. */
export function flatFacts(facts: readonly TimedFact[]): Value[] {
  const values: Value[] = [];
  for (const { at, type, subject, key, request, answer, body } of facts)
    values.push(at, type, subject, key, request, answer, body);
  return values;
}

/** How many facts a group has. */
export function factCount({ facts }: Group): number {
  return facts.length / FACT_COLUMNS.length;
}

export class Appender {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #facts: BulkInsert;
  readonly #batch: StatementSync;
  readonly #tables: TableInserts;
  #head: Pick<Head, 'seq' | 'chain'>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#head = readHead(db);
    this.#begin = db.prepare('begin immediate');
    this.#commit = db.prepare('commit');
    this.#facts = new BulkInsert(db, 'facts', ['seq', ...FACT_COLUMNS, 'mark']);
    this.#tables = new TableInserts(db);
    this.#batch = db.prepare('insert into batches (first_seq, last_seq, root, chain) values (?, ?, ?, ?)');
  }

  /** Commits groups of decided commands as one batch. Throws when it was not committed; nothing of it is then in the database. */
  append(groups: readonly Group[]): void {
    const firstSeq = this.#head.seq + 1;
    const leaves: string[] = [];
    for (const { facts } of groups) this.#addFacts(facts, firstSeq, leaves);
    const lastSeq = this.#head.seq + leaves.length;
    const root = merkleRoot(leaves);
    const chain = chainHash(this.#head.chain, { root, firstSeq, lastSeq });
    try {
      this.#begin.run();
      this.#facts.flush();
      for (const { writes } of groups) for (const write of writes) this.#tables.add(write);
      this.#tables.flush();
      this.#batch.run(firstSeq, lastSeq, root, chain);
      this.#commit.run();
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback');
      this.#facts.clear();
      this.#tables.clear();
      throw error;
    }
    this.#head = { seq: lastSeq, chain };
  }

  /** Numbers and hashes facts; their hashes are added to `leaves`. */
  #addFacts(facts: readonly Value[], firstSeq: number, leaves: string[]): void {
    for (let i = 0; i < facts.length; i += FACT_COLUMNS.length) {
      const seq = firstSeq + leaves.length;
      const columns = facts.slice(i, i + FACT_COLUMNS.length);
      const leaf = leafHash(seq, columns);
      leaves.push(leaf);
      this.#facts.add(seq, ...columns, factMark(leaf));
    }
  }
}

function leafHash(seq: number, [at, type, subject, key, request, answer, body]: readonly Value[]): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- flatFacts wrote these seven, in this order
  return factHash({ seq, at, type, subject, key, request, answer, body } as HashedFact);
}
