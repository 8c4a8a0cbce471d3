/**
 * Checks idempotency keys: no two facts have the same one, and each sealed run of the key index holds the hashes of its
 * facts' keys, no more and no fewer. Memory holds a run or two, whatever the number of keys.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { FirstBad } from '../check-result.ts';
import type { KeySearch } from '../verify.ts';
import { readSeed } from './database.ts';
import { DuplicateSearch, type SortedRun } from './duplicate-keys.ts';
import { filterOf } from './key-runs.ts';
import { readRun } from './read-journal.ts';
import { SPAN, SpanEntries } from './span-entries.ts';

export class KeyAudit implements KeySearch {
  readonly #db: DatabaseSync;
  /** How many runs the index holds. */
  readonly #sealed: number;
  readonly #span: SpanEntries;
  readonly #runs: SortedRun[] = [];
  #indexed = 0;
  #flaw: FirstBad | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sealed = Number(db.prepare('select count(*) as runs from key_runs').get()?.['runs']);
    this.#span = new SpanEntries(readSeed(db));
  }

  /** Runs of the index, and the keys in those that are sound. */
  get counted(): { readonly runs: number; readonly keys: number } {
    return { runs: this.#sealed, keys: this.#indexed };
  }

  /** What is wrong with the index. */
  get flaw(): FirstBad | undefined {
    return this.#flaw;
  }

  /** Takes the key of a fact; facts come in order. */
  add(key: string, seq: number): void {
    this.#advance(Math.floor(seq / SPAN));
    this.#span.add(key, seq);
  }

  /** After the last fact: the second fact of a key that has two, if there is one. */
  end(lastSeq: number): FirstBad | undefined {
    this.#advance(Math.floor((lastSeq + 1) / SPAN));
    const { run } = this.#span;
    if (this.#sealed > run) this.#fail(run, 'no run before its facts', 'a run');
    this.#endRun();
    const stray = this.#db.prepare('select run from key_entries where run < 0 or run >= ? limit 1').get(this.#sealed);
    if (stray !== undefined) this.#fail(Number(stray['run']), 'no hashes without a run', 'some');
    return new DuplicateSearch(this.#db, this.#runs).first();
  }

  #advance(run: number): void {
    while (this.#span.run < run) this.#endRun();
  }

  #endRun(): void {
    const { run, entries } = this.#span.take();
    const sorted = entries.toSorted();
    const sound = run < this.#sealed && this.#isSealedAs(run, filterOf(entries), sorted);
    if (sound) this.#indexed += sorted.length;
    // What was sealed rightly is read again instead of kept.
    this.#runs.push({ run, kept: sound ? undefined : sorted });
  }

  #isSealedAs(run: number, filter: Uint8Array, sorted: BigUint64Array): boolean {
    const stored = this.#db.prepare('select filter from key_runs where run = ?').get(run)?.['filter'];
    if (stored === undefined) return this.#fail(run, 'a run for each full span', 'none');
    if (!(stored instanceof Uint8Array) || Buffer.compare(stored, filter) !== 0)
      return this.#fail(run, 'a filter over the keys of its facts', 'another one');
    return this.#holds(run, new Uint8Array(sorted.buffer, sorted.byteOffset, sorted.byteLength));
  }

  #holds(run: number, expected: Uint8Array): boolean {
    let at = 0;
    for (const { first, bytes } of readRun(this.#db, run)) {
      const same = Buffer.compare(bytes, expected.subarray(at, at + bytes.length)) === 0;
      const begins = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) === first;
      if (!same || !begins) return this.#fail(run, 'the hashes of the keys of its facts', 'others', first);
      at += bytes.length;
    }
    return at === expected.length || this.#fail(run, `${expected.length / 8} hashes`, `${at / 8} hashes`);
  }

  #fail(run: number, expected: string, found: string, first?: bigint): false {
    const record =
      first === undefined
        ? { table: 'key_runs', key: `run=${run}` }
        : { table: 'key_entries', key: `run=${run} first=${first}` };
    this.#flaw ??= { ...record, expected, found };
    return false;
  }
}
