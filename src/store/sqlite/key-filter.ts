/**
 * "Which runs may hold this key?" A bit-sliced Bloom filter: slot s holds one 32-bit word for 32 runs, so that six loads
 * answer for 32 runs at once. About one unseen key in a thousand finds a run that does not have it.
 */
import type { KeyHash } from './key-hash.ts';

const SLOT_BITS = 22;
const SLOTS = 1 << SLOT_BITS;
const PROBES = 6;
const RUNS_PER_GROUP = 32;

/** Bytes of one run's filter as it is stored. */
export const FILTER_BYTES = SLOTS / 8;

function slot({ high, low }: KeyHash, probe: number): number {
  return Math.imul(high + Math.imul(probe, 2 * low + 1), 0x9e3779b1) >>> (32 - SLOT_BITS);
}

/** The filter of one run, while it is being sealed and as it is stored: one bit per slot. */
export function runFilter(): { add(hash: KeyHash): void; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(FILTER_BYTES);
  return {
    bytes,
    add(hash) {
      for (let probe = 0; probe < PROBES; probe++) {
        const at = slot(hash, probe);
        bytes[at >>> 3] = bytes[at >>> 3]! | (1 << (at & 7));
      }
    },
  };
}

export class KeyFilter {
  readonly #groups: Uint32Array[] = [];

  /** Takes in the stored filter of a run. */
  load(run: number, bytes: Uint8Array): void {
    const group = this.#group(run);
    const bit = 1 << (run % RUNS_PER_GROUP);
    for (let byte = 0; byte < bytes.length; byte++) {
      for (let rest = bytes[byte]!; rest !== 0; rest &= rest - 1) {
        const at = (byte << 3) | (31 - Math.clz32(rest & -rest));
        group[at] = group[at]! | bit;
      }
    }
  }

  /** The runs that may hold the key, newest first. */
  candidates(hash: KeyHash): number[] {
    const runs: number[] = [];
    for (let g = this.#groups.length - 1; g >= 0; g--) {
      const group = this.#groups[g]!;
      let mask = 0xffffffff;
      for (let probe = 0; probe < PROBES && mask !== 0; probe++) mask &= group[slot(hash, probe)]!;
      for (; mask !== 0; mask &= ~(1 << (31 - Math.clz32(mask)))) runs.push(g * RUNS_PER_GROUP + 31 - Math.clz32(mask));
    }
    return runs;
  }

  #group(run: number): Uint32Array {
    const index = Math.floor(run / RUNS_PER_GROUP);
    while (this.#groups.length <= index) this.#groups.push(new Uint32Array(SLOTS));
    return this.#groups[index]!;
  }
}
