/** The state that decisions see on the main thread: committed rows and keys, under what uncommitted batches did. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import type { Change, KeyRecord, Transient, View } from '../../base/decision.ts';
import type { Speculation, TimedFact } from '../deciding.ts';
import { readHead, readSeed } from './database.ts';
import { KeyIndex, type FullRun } from './key-index.ts';
import { Rows, type TableWrite } from './rows.ts';

/** The end of the journal, as far as numbering needs it. */
interface End {
  readonly seq: number;
  readonly at: bigint;
}

/** What remains of a decided batch until its commit: facts themselves would only wait for the garbage collector. */
export interface Step {
  readonly end: End;
  /** One per fact. */
  readonly keys: readonly (string | null)[];
}

export class State implements Speculation {
  readonly #rows: Rows;
  readonly #keys: KeyIndex;
  readonly #fact: StatementSync;
  readonly #transients: readonly Transient[];
  /** Keys of uncommitted facts. */
  readonly #uncommitted = new Map<string, KeyRecord>();
  #committed: End;
  #decided: End;

  constructor(reader: DatabaseSync, transients: readonly Transient[]) {
    this.#rows = new Rows(reader);
    this.#keys = new KeyIndex(reader, readSeed(reader));
    this.#fact = reader.prepare('select subject, request, answer from facts where seq = ?');
    this.#transients = transients;
    this.#committed = readHead(reader);
    this.#decided = this.#committed;
  }

  readonly known: View['known'] = (key) => {
    const uncommitted = this.#uncommitted.get(key);
    if (uncommitted !== undefined) return uncommitted;
    const seq = this.#keys.find(key);
    if (seq === undefined) return undefined;
    const fact = this.#fact.get(seq);
    invariant(fact !== undefined, 'the key index points to facts');
    return {
      subject: String(fact['subject']),
      request: textOrNull(fact['request']),
      answer: textOrNull(fact['answer']),
    };
  };

  readonly row: View['row'] = (table, key) => this.#rows.get(table, key);

  /** The newest instant that was given out. */
  get lastAt(): bigint {
    return this.#decided.at;
  }

  /** The number of the newest decided fact. */
  get lastSeq(): number {
    return this.#decided.seq;
  }

  change({ table, row }: Change): void {
    this.#rows.change(table, row);
  }

  remember(key: string, record: KeyRecord): void {
    invariant(!this.#uncommitted.has(key), 'a key belongs to one fact');
    this.#uncommitted.set(key, record);
  }

  /** A batch begins; batches before it may still be uncommitted. */
  mark(): void {
    this.#rows.mark();
    for (const transient of this.#transients) transient.mark();
  }

  /** The batch is decided; what is returned goes to `settle` once it is committed. */
  advance(facts: readonly TimedFact[]): Step {
    const { seq, at } = this.#decided;
    this.#decided = { seq: seq + facts.length, at: facts.at(-1)?.at ?? at };
    return { end: this.#decided, keys: facts.map(({ key }) => key) };
  }

  /** What the batch writes beside its facts. */
  writes(): TableWrite[] {
    return this.#rows.newest();
  }

  /** The oldest uncommitted batch was committed. */
  settle({ end, keys }: Step): void {
    this.#rows.settle();
    for (const transient of this.#transients) transient.settle();
    let { seq } = this.#committed;
    for (const key of keys) {
      seq += 1;
      if (key === null) continue;
      this.#keys.add(key, seq);
      this.#uncommitted.delete(key);
    }
    this.#committed = end;
  }

  /** No uncommitted batch was committed. */
  revert(): void {
    this.#rows.revert();
    for (const transient of this.#transients) transient.revert();
    this.#uncommitted.clear();
    this.#decided = this.#committed;
  }

  /** A run of the key index that can be sealed. */
  fullRun(): FullRun | undefined {
    return this.#keys.full(this.#committed.seq);
  }

  sealed(run: number, filter: Uint8Array): void {
    this.#keys.sealed(run, filter);
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
