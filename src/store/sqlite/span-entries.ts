/** Collects the entries of the key index for one span of facts after the other, from the facts themselves. */
import { keyHash } from './key-hash.ts';
import { SPAN_BITS, type FullRun } from './key-index.ts';

export const SPAN = 2 ** SPAN_BITS;

export class SpanEntries {
  readonly #seed: number;
  readonly #halves = new Uint32Array(2 * SPAN);
  #run = 0;
  #size = 0;

  /** `seed` is the database's own, for its key hashes. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The span that is being collected. */
  get run(): number {
    return this.#run;
  }

  /** Takes the key of a fact of this span; facts come in order. */
  add(key: string, seq: number): void {
    const { high, low } = keyHash(key, this.#seed);
    const at = 2 * this.#size++;
    this.#halves[at] = (low << SPAN_BITS) | (seq % SPAN);
    this.#halves[at + 1] = high;
  }

  /** Ends the span: its entries in order of arrival. */
  take(): FullRun {
    const full = { run: this.#run, entries: new BigUint64Array(this.#halves.slice(0, 2 * this.#size).buffer) };
    this.#run += 1;
    this.#size = 0;
    return full;
  }
}
