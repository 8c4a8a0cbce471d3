/**
 * Finds the fact of an idempotency key among any number of facts, at a cost that does not grow with them. An ordinary
 * index over random keys writes one page per key once it outgrows the cache; so keys of the newest facts are kept in
 * memory (and read from the facts at start), and each full span of facts is sealed once as a sorted run of hashes.
 * This is the reading side, on the main thread; key-runs.ts writes runs, on the writer thread.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import { KeyFilter } from './key-filter.ts';
import { keyHash, LOW_BITS, type KeyHash } from './key-hash.ts';

/** Facts per run, as a power of two. */
export const SPAN_BITS = 18;

/** The keys of one span of facts, until it is sealed. */
class GrowingRun {
  readonly #spanBits: number;
  readonly keys = new Map<string, number>();
  /** As the run will be stored: 31 bits of hash, 14 bits of hash, 18 bits of place in the span; two halves per entry. */
  readonly #halves: Uint32Array;

  constructor(spanBits: number) {
    this.#spanBits = spanBits;
    this.#halves = new Uint32Array(2 * 2 ** spanBits);
  }

  add(key: string, seq: number, { high, low }: KeyHash): void {
    const at = 2 * this.keys.size;
    this.keys.set(key, seq);
    this.#halves[at] = (low << SPAN_BITS) | (seq % 2 ** this.#spanBits);
    this.#halves[at + 1] = high;
  }

  /** A copy for the writer thread. */
  entries(): BigUint64Array<ArrayBuffer> {
    return new BigUint64Array(this.#halves.slice(0, 2 * this.keys.size).buffer);
  }
}

/** A run that is ready to be sealed. */
export interface FullRun {
  readonly run: number;
  /** In order of arrival. */
  readonly entries: BigUint64Array<ArrayBuffer>;
}

export class KeyIndex {
  readonly #spanBits: number;
  readonly #seed: number;
  readonly #fact: StatementSync;
  readonly #chunk: StatementSync;
  readonly #filter = new KeyFilter();
  /** The run to be sealed next, and those after it. */
  #growing: GrowingRun[] = [];
  #run = 0;

  /** `db` reads. A smaller span is for tests: a database keeps the one it began with. */
  constructor(db: DatabaseSync, seed: number, spanBits = SPAN_BITS) {
    this.#spanBits = spanBits;
    this.#seed = seed;
    this.#fact = db.prepare('select key from facts where seq = ?');
    this.#chunk = db.prepare(
      'select first, entries from key_entries where run = ? and first <= ? order by first desc limit 1',
    );
    this.#load(db);
  }

  /** The number of the fact that has this key. */
  find(key: string): number | undefined {
    for (const run of this.#growing) {
      const seq = run.keys.get(key);
      if (seq !== undefined) return seq;
    }
    if (this.#run === 0) return undefined;
    const hash = keyHash(key, this.#seed);
    for (const run of this.#filter.candidates(hash)) {
      const seq = this.#findInRun(run, key, hash);
      if (seq !== undefined) return seq;
    }
    return undefined;
  }

  /** Remembers the key of a committed fact; keys come in the order of their facts. */
  add(key: string, seq: number): void {
    const place = Math.floor(seq / this.#span) - this.#run;
    invariant(place >= 0, 'a sealed run gets no more keys');
    while (this.#growing.length <= place) this.#growing.push(new GrowingRun(this.#spanBits));
    this.#growing[place]!.add(key, seq, keyHash(key, this.#seed));
  }

  /** The oldest run all of whose facts are committed, up to `lastSeq`. */
  full(lastSeq: number): FullRun | undefined {
    if (lastSeq + 1 < (this.#run + 1) * this.#span) return undefined;
    const run = this.#growing[0] ?? new GrowingRun(this.#spanBits);
    return { run: this.#run, entries: run.entries() };
  }

  /** The run is in the database now, with this filter. */
  sealed(run: number, filter: Uint8Array): void {
    invariant(run === this.#run, 'runs are sealed in order');
    this.#filter.load(run, filter);
    this.#growing.shift();
    this.#run += 1;
  }

  get #span(): number {
    return 2 ** this.#spanBits;
  }

  #load(db: DatabaseSync): void {
    for (const { run, filter } of db.prepare('select run, filter from key_runs order by run').iterate()) {
      invariant(typeof run === 'bigint' && filter instanceof Uint8Array, 'key_runs holds filters');
      this.#filter.load(Number(run), filter);
      this.#run = Number(run) + 1;
    }
    const facts = db.prepare('select seq, key from facts where seq >= ? and key is not null order by seq');
    for (const { seq, key } of facts.iterate(this.#run * this.#span)) {
      invariant(typeof seq === 'bigint' && typeof key === 'string', 'a key is text');
      this.add(key, Number(seq));
    }
  }

  #findInRun(run: number, key: string, { high, low }: KeyHash): number | undefined {
    const lowest = (BigInt(high) << BigInt(SPAN_BITS + LOW_BITS)) | BigInt((low << SPAN_BITS) >>> 0);
    const highest = lowest | BigInt(2 ** SPAN_BITS - 1);
    // Entries with the same hash may go on in the chunk before: walk back until a chunk begins below them.
    for (let from = highest; from >= lowest;) {
      const row = this.#chunk.get(run, from);
      if (row === undefined) return undefined;
      const { first, entries } = row;
      invariant(typeof first === 'bigint' && entries instanceof Uint8Array, 'key_entries holds sorted hashes');
      for (const entry of new BigUint64Array(entries.slice().buffer)) {
        if (entry < lowest || entry > highest) continue;
        const seq = run * this.#span + Number(entry & BigInt(2 ** SPAN_BITS - 1));
        if (this.#fact.get(seq)?.['key'] === key) return seq;
      }
      from = first - 1n;
    }
    return undefined;
  }
}
