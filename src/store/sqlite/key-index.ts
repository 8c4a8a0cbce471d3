/**
 * Finds the fact of an idempotency key among any number of facts, at a cost that does not grow with them. An ordinary
 * index over random keys writes one page per key once it outgrows the cache; so hashes of the newest keys are kept in
 * memory (and made from the facts at start), and each full span of facts is sealed once as a sorted run of hashes.
 * This is the reading side, on the main thread; key-runs.ts writes runs, on the writer thread.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import { KeyFilter } from './key-filter.ts';
import { keyHash, LOW_BITS, type KeyHash } from './key-hash.ts';

/** Facts per run, as a power of two. */
export const SPAN_BITS = 18;

/**
 * The keys of one span of facts, until it is sealed. Only their hashes: as strings a quarter of a million keys would be
 * the largest thing that this process holds, and all of it work for the garbage collector.
 */
class GrowingRun {
  readonly #spanBits: number;
  readonly #firstSeq: number;
  /** As the run will be stored: 31 bits of hash, 14 bits of hash, 18 bits of place in the span; two halves per entry. */
  readonly #halves: Uint32Array;
  /** An open hash table, at most half full: the number of an entry, counted from 1, or 0. */
  readonly #slots: Int32Array;
  #count = 0;

  constructor(spanBits: number, run: number) {
    this.#spanBits = spanBits;
    this.#firstSeq = run * 2 ** spanBits;
    this.#halves = new Uint32Array(2 * 2 ** spanBits);
    this.#slots = new Int32Array(2 * 2 ** spanBits);
  }

  add(seq: number, hash: KeyHash): void {
    const at = 2 * this.#count;
    this.#halves[at] = (hash.low << SPAN_BITS) | (seq - this.#firstSeq);
    this.#halves[at + 1] = hash.high;
    this.#count += 1;
    let slot = this.#slot(hash);
    while (this.#slots[slot] !== 0) slot = (slot + 1) % this.#slots.length;
    this.#slots[slot] = this.#count;
  }

  /** The facts whose keys have this hash: nearly always none or one. */
  candidates(hash: KeyHash): number[] {
    const found: number[] = [];
    for (let slot = this.#slot(hash); this.#slots[slot] !== 0; slot = (slot + 1) % this.#slots.length) {
      const at = 2 * (this.#slots[slot]! - 1);
      if (this.#halves[at + 1] === hash.high && this.#halves[at]! >>> SPAN_BITS === hash.low) {
        found.push(this.#firstSeq + (this.#halves[at]! & (2 ** SPAN_BITS - 1)));
      }
    }
    return found;
  }

  /** A copy for the writer thread. */
  entries(): BigUint64Array<ArrayBuffer> {
    return new BigUint64Array(this.#halves.slice(0, 2 * this.#count).buffer);
  }

  #slot({ high, low }: KeyHash): number {
    return Math.imul(high ^ low, 0x9e3779b1) >>> (31 - this.#spanBits);
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
    const hash = keyHash(key, this.#seed);
    for (const run of this.#growing) {
      const seq = run.candidates(hash).find((candidate) => this.#hasKey(candidate, key));
      if (seq !== undefined) return seq;
    }
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
    while (this.#growing.length <= place)
      this.#growing.push(new GrowingRun(this.#spanBits, this.#run + this.#growing.length));
    this.#growing[place]!.add(seq, keyHash(key, this.#seed));
  }

  /** The oldest run all of whose facts are committed, up to `lastSeq`. */
  full(lastSeq: number): FullRun | undefined {
    if (lastSeq + 1 < (this.#run + 1) * this.#span) return undefined;
    const run = this.#growing[0] ?? new GrowingRun(this.#spanBits, this.#run);
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

  /** Equal hashes say little: the fact decides. */
  #hasKey(seq: number, key: string): boolean {
    return this.#fact.get(seq)?.['key'] === key;
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
        if (this.#hasKey(seq, key)) return seq;
      }
      from = first - 1n;
    }
    return undefined;
  }
}
