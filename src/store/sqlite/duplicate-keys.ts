/**
 * Finds a key that two facts have, among any number of keys, from the sorted hashes of their runs: a slice of all hashes
 * at a time is brought together and sorted; where two are equal, and only there, the keys themselves are compared.
 */
import type { DatabaseSync } from 'node:sqlite';
import { limits } from '../../base/limits.ts';
import type { FirstBad } from '../check-result.ts';
import { LOW_BITS } from './key-hash.ts';
import { SPAN_BITS } from './key-index.ts';
import { readRun } from './read-journal.ts';

/** Sorted entries of a run: kept in memory, or as they are stored. */
export interface SortedRun {
  readonly run: number;
  readonly kept: BigUint64Array | undefined;
}

/** Hashes are numbers of 45 bits. */
const HASHES = 2 ** (31 + LOW_BITS);

export class DuplicateSearch {
  readonly #db: DatabaseSync;
  readonly #runs: readonly SortedRun[];

  constructor(db: DatabaseSync, runs: readonly SortedRun[]) {
    this.#db = db;
    this.#runs = runs;
  }

  /** The earliest fact with a key that a fact before it has. */
  first(): FirstBad | undefined {
    const suspects = this.#equalHashes();
    if (suspects.size === 0) return undefined;
    const found = this.#compareKeys(this.#factsOf(suspects));
    if (found === undefined) return undefined;
    const { seq, earlier, key } = found;
    return {
      table: 'facts',
      key: `seq=${seq}`,
      expected: 'a key that no other fact has',
      found: `${JSON.stringify(key)}, as fact ${earlier}`,
    };
  }

  #equalHashes(): Set<number> {
    const suspects = new Set<number>();
    const cursors = this.#runs.map((run) => new Cursor(this.#blocks(run)));
    const width = Math.ceil(HASHES / Math.max(1, cursors.length));
    for (let end = width; end < HASHES + width && suspects.size < limits.verifySuspectsMax; end += width) {
      const slice = Float64Array.from(cursors.flatMap((cursor) => cursor.takeBelow(end))).toSorted();
      for (let i = 1; i < slice.length; i++) if (slice[i] === slice[i - 1]) suspects.add(slice[i]!);
    }
    return suspects;
  }

  /** The facts behind these hashes. */
  #factsOf(hashes: ReadonlySet<number>): number[] {
    const seqs: number[] = [];
    for (const run of this.#runs) {
      for (const halves of this.#blocks(run)) {
        for (let at = 0; at < halves.length; at += 2) {
          if (hashes.has(hashAt(halves, at))) seqs.push(run.run * 2 ** SPAN_BITS + (halves[at]! % 2 ** SPAN_BITS));
        }
      }
    }
    return seqs.toSorted((a, b) => a - b);
  }

  #compareKeys(seqs: readonly number[]): { seq: number; earlier: number; key: string } | undefined {
    const keyOf = this.#db.prepare('select key from facts where seq = ?');
    const seen = new Map<string, number>();
    for (const seq of seqs) {
      const key = String(keyOf.get(seq)?.['key']);
      const earlier = seen.get(key);
      if (earlier !== undefined) return { seq, earlier, key };
      seen.set(key, seq);
    }
    return undefined;
  }

  *#blocks({ run, kept }: SortedRun): Generator<Uint32Array> {
    if (kept !== undefined) yield new Uint32Array(kept.buffer, kept.byteOffset, 2 * kept.length);
    else for (const { bytes } of readRun(this.#db, run)) yield new Uint32Array(bytes.slice().buffer);
  }
}

/** Goes through the hashes of one run in order. */
class Cursor {
  readonly #blocks: Iterator<Uint32Array>;
  #halves: Uint32Array = new Uint32Array(0);
  #at = 0;

  constructor(blocks: Iterator<Uint32Array>) {
    this.#blocks = blocks;
  }

  takeBelow(end: number): number[] {
    const taken: number[] = [];
    while (this.#fill()) {
      const hash = hashAt(this.#halves, this.#at);
      if (hash >= end) break;
      taken.push(hash);
      this.#at += 2;
    }
    return taken;
  }

  #fill(): boolean {
    while (this.#at >= this.#halves.length) {
      const block = this.#blocks.next();
      if (block.done === true) return false;
      this.#halves = block.value;
      this.#at = 0;
    }
    return true;
  }
}

/** The hash of the entry whose two halves begin at `at`. */
function hashAt(halves: Uint32Array, at: number): number {
  return halves[at + 1]! * 2 ** LOW_BITS + (halves[at]! >>> SPAN_BITS);
}
