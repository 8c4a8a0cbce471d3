/**
 * Finds the fact of an idempotency key among any number of facts, at a cost that does not grow with them. An ordinary
 * index over random keys writes one page per key once it outgrows the cache; so keys of the newest facts are kept in
 * memory (and read from the facts at start), and each full span of facts is sealed once as a sorted run of hashes.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import { KeyFilter, runFilter } from './key-filter.ts';
import { keyHash, LOW_BITS, type KeyHash } from './key-hash.ts';

/** Facts per run, as a power of two: 2^18 seals in about 40 ms. */
const SPAN_BITS = 18;
const SPAN = 2 ** SPAN_BITS;
const ENTRIES_PER_CHUNK = 480;

interface Statements {
  readonly fact: StatementSync;
  readonly chunk: StatementSync;
  readonly insertRun: StatementSync;
  readonly insertChunk: StatementSync;
}

/** The keys of one span of facts, until it is sealed. */
class GrowingRun {
  readonly keys = new Map<string, number>();
  /** As the run will be stored: 31 bits of hash, 14 bits of hash, 18 bits of place in the span. */
  readonly entries = new BigUint64Array(SPAN);
  readonly halves = new Uint32Array(this.entries.buffer);

  add(key: string, seq: number, { high, low }: KeyHash): void {
    const at = 2 * this.keys.size;
    this.keys.set(key, seq);
    this.halves[at] = (low << SPAN_BITS) | (seq % SPAN);
    this.halves[at + 1] = high;
  }
}

export class KeyIndex {
  readonly #statements: Statements;
  readonly #db: DatabaseSync;
  readonly #seed: number;
  readonly #filter = new KeyFilter();
  /** The run to be sealed next, and those after it: more than one only while the disk is full. */
  #growing: GrowingRun[] = [];
  #run = 0;

  constructor(db: DatabaseSync, seed: number) {
    this.#db = db;
    this.#seed = seed;
    this.#statements = {
      fact: db.prepare('select key from facts where seq = ?'),
      chunk: db.prepare(
        'select first, entries from key_entries where run = ? and first <= ? order by first desc limit 1',
      ),
      insertRun: db.prepare('insert into key_runs (run, filter) values (?, ?)'),
      insertChunk: db.prepare('insert into key_entries (run, first, entries) values (?, ?, ?)'),
    };
    this.#statements.chunk.setReadBigInts(true);
    this.#load();
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
    const place = Math.floor(seq / SPAN) - this.#run;
    invariant(place >= 0, 'a sealed run gets no more keys');
    while (this.#growing.length <= place) this.#growing.push(new GrowingRun());
    this.#growing[place]!.add(key, seq, keyHash(key, this.#seed));
  }

  /** Seals the runs whose facts all exist. It throws when the disk is full, and has then changed nothing. */
  seal(lastSeq: number): void {
    while (lastSeq + 1 >= (this.#run + 1) * SPAN) {
      const filter = this.#store(this.#growing[0] ?? new GrowingRun());
      this.#filter.load(this.#run, filter);
      this.#growing.shift();
      this.#run += 1;
    }
  }

  #load(): void {
    for (const { run, filter } of this.#db.prepare('select run, filter from key_runs order by run').iterate()) {
      invariant(typeof run === 'number' && filter instanceof Uint8Array, 'key_runs holds filters');
      this.#filter.load(run, filter);
      this.#run = run + 1;
    }
    const facts = this.#db.prepare('select seq, key from facts where seq >= ? and key is not null order by seq');
    for (const { seq, key } of facts.iterate(this.#run * SPAN)) {
      invariant(typeof seq === 'number' && typeof key === 'string', 'a key is text');
      this.add(key, seq);
    }
  }

  /** Writes a run and its filter in one commit, and returns the filter. */
  #store({ keys, entries, halves }: GrowingRun): Uint8Array {
    const sorted = entries.subarray(0, keys.size).toSorted();
    const filter = runFilter();
    for (let at = 0; at < 2 * keys.size; at += 2) {
      filter.add({ high: halves[at + 1]!, low: halves[at]! >>> SPAN_BITS });
    }
    this.#db.exec('begin immediate');
    try {
      this.#statements.insertRun.run(this.#run, filter.bytes);
      for (let at = 0; at < sorted.length; at += ENTRIES_PER_CHUNK) {
        const chunk = sorted.slice(at, at + ENTRIES_PER_CHUNK);
        this.#statements.insertChunk.run(this.#run, chunk[0]!, new Uint8Array(chunk.buffer));
      }
      this.#db.exec('commit');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('rollback');
      throw error;
    }
    return filter.bytes;
  }

  #findInRun(run: number, key: string, { high, low }: KeyHash): number | undefined {
    const lowest = (BigInt(high) << BigInt(SPAN_BITS + LOW_BITS)) | BigInt((low << SPAN_BITS) >>> 0);
    const highest = lowest | BigInt(SPAN - 1);
    // Entries with the same hash may go on in the chunk before: walk back until a chunk begins below them.
    for (let from = highest; from >= lowest;) {
      const row = this.#statements.chunk.get(run, from);
      if (row === undefined) return undefined;
      const { first, entries } = row;
      invariant(typeof first === 'bigint' && entries instanceof Uint8Array, 'key_entries holds sorted hashes');
      for (const entry of new BigUint64Array(entries.slice().buffer)) {
        if (entry < lowest || entry > highest) continue;
        const seq = run * SPAN + Number(entry & BigInt(SPAN - 1));
        if (this.#statements.fact.get(seq)?.['key'] === key) return seq;
      }
      from = first - 1n;
    }
    return undefined;
  }
}
