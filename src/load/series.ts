/** What happened when: replies and the worst latency per 100 ms, and the silences in between. A mean hides a stall; this does not. */

const SLOT_MS = 100;

export interface Slot {
  readonly operations: number;
  readonly worstMs: number;
}

export class Series {
  readonly #startMs: number;
  readonly #operations: number[] = [];
  readonly #worstMs: number[] = [];
  #lastMs: number;
  #silences: number[] = [];

  constructor(startMs: number) {
    this.#startMs = startMs;
    this.#lastMs = startMs;
  }

  add(atMs: number, latencyMs: number, operations: number): void {
    const slot = this.#slotOf(atMs);
    this.#operations[slot] = this.#operations[slot]! + operations;
    if (latencyMs > this.#worstMs[slot]!) this.#worstMs[slot] = latencyMs;
    this.#spoken(atMs);
  }

  /** Closes the series; a silence up to here counts. */
  end(atMs: number): { slots: Slot[]; silencesMs: number[] } {
    this.#spoken(atMs);
    this.#slotOf(Math.max(this.#startMs, atMs - 1));
    const slots = this.#operations.map((operations, slot) => ({ operations, worstMs: this.#worstMs[slot]! }));
    return { slots, silencesMs: this.#silences };
  }

  #spoken(atMs: number): void {
    if (atMs - this.#lastMs > SLOT_MS) this.#silences.push(atMs - this.#lastMs);
    this.#lastMs = atMs;
  }

  #slotOf(atMs: number): number {
    const slot = Math.floor((atMs - this.#startMs) / SLOT_MS);
    while (this.#operations.length <= slot) {
      this.#operations.push(0);
      this.#worstMs.push(0);
    }
    return slot;
  }
}

/** Stalls as callers feel them: stretches of slots in which someone waited longer than the limit, or nobody was answered. */
export function countStalls(slots: readonly Slot[], limitMs: number): number {
  let stalls = 0;
  let inside = false;
  for (const { operations, worstMs } of slots) {
    const stalled = operations === 0 || worstMs > limitMs;
    if (stalled && !inside) stalls += 1;
    inside = stalled;
  }
  return stalls;
}
