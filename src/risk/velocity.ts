/**
 * Velocity windows (P-30): how often each source moved money lately. In memory, bounded whatever the load, and
 * revertible, because a slot counts only if the batch that used it was committed. Servers may share them: bucket by bucket.
 */
import type { SharedWindows, SourceCount, Transient } from '../base/decision.ts';
import { limits } from '../base/limits.ts';

export interface VelocityPolicy {
  readonly movementsMax: number;
  readonly windowMs: number;
}

/** Movements between two instants, counted together; it leaves the window with its youngest, so a bucket errs to refuse. */
interface Bucket {
  firstMs: number;
  lastMs: number;
  count: number;
}

interface Window {
  readonly source: string;
  readonly buckets: Bucket[];
  /** Buckets before this index have left the window. */
  head: number;
  /** Movements from `head` on. */
  count: number;
}

/** One used slot, as far as taking it back needs to know. */
interface Recorded {
  readonly window: Window;
  /** The bucket's `lastMs` before, when the movement joined one. */
  readonly previousLastMs: number | undefined;
}

export class VelocityWindows implements Transient, SharedWindows {
  readonly #policy: VelocityPolicy;
  readonly #windows: ReadonlyMap<string, Window>;
  /** What each unsettled batch recorded, the oldest first. */
  #unsettled: Recorded[][] = [];

  /** Only known sources are remembered: a stranger inventing names must not fill the memory. */
  constructor(policy: VelocityPolicy, sources: readonly string[]) {
    this.#policy = policy;
    this.#windows = new Map(sources.map((source) => [source, { source, buckets: [], head: 0, count: 0 }]));
  }

  get windowMs(): number {
    return this.#policy.windowMs;
  }

  /** Has this source no slot left at `nowMs`? */
  exceeded(source: string, nowMs: number): boolean {
    const window = this.#windows.get(source);
    if (window === undefined) return this.#policy.movementsMax < 1;
    this.#prune(window, nowMs);
    return window.count >= this.#policy.movementsMax;
  }

  /** Uses a slot. */
  record(source: string, nowMs: number): void {
    const window = this.#windows.get(source);
    if (window === undefined) return;
    const last = this.#lastToJoin(window, nowMs);
    this.#unsettled.at(-1)?.push({ window, previousLastMs: last?.lastMs });
    if (last !== undefined) {
      last.count += 1;
      last.lastMs = Math.max(last.lastMs, nowMs);
    } else {
      window.buckets.push({ firstMs: nowMs, lastMs: nowMs, count: 1 });
    }
    window.count += 1;
  }

  mark(): void {
    this.#unsettled.push([]);
  }

  settle(): void {
    this.#unsettled.shift();
  }

  revert(): void {
    for (const { window, previousLastMs } of this.#unsettled.flat().toReversed()) {
      const last = window.buckets.at(-1);
      if (last === undefined || window.count === 0) continue; // it has left the window meanwhile
      if (previousLastMs === undefined) window.buckets.pop();
      else last.lastMs = previousLastMs;
      last.count -= 1;
      window.count -= 1;
    }
    this.#unsettled = [];
  }

  changed(): SourceCount[] {
    // A batch has one instant, so all that it used of a source is in the newest bucket.
    const windows = new Set((this.#unsettled.at(-1) ?? []).map(({ window }) => window));
    return [...windows].flatMap(({ source, buckets }) => buckets.slice(-1).map((bucket) => ({ source, ...bucket })));
  }

  take({ source, firstMs, lastMs, count }: SourceCount): void {
    const window = this.#windows.get(source);
    if (window === undefined) return;
    if (window.buckets.at(-1)?.firstMs === firstMs) this.#dropLast(window);
    window.buckets.push({ firstMs, lastMs, count });
    window.count += count;
    // Nobody may ever ask here about this source: without this it would fill the memory.
    this.#prune(window, lastMs);
  }

  forget(): void {
    for (const window of this.#windows.values()) {
      window.buckets.length = 0;
      window.head = 0;
      window.count = 0;
    }
  }

  /** The bucket to count a movement in, if it needs none of its own. */
  #lastToJoin({ buckets, head }: Window, nowMs: number): Bucket | undefined {
    const last = buckets.at(-1);
    const inUse = buckets.length - head;
    if (last === undefined || inUse === 0) return undefined;
    // It leaves the window with that bucket anyway.
    if (nowMs <= last.lastMs) return last;
    const crowded = inUse >= limits.velocityEntriesMax;
    return crowded && nowMs - last.firstMs < this.#policy.windowMs / limits.velocityBucketsPerWindow ? last : undefined;
  }

  #dropLast(window: Window): void {
    const last = window.buckets.pop();
    if (window.head > window.buckets.length) window.head = window.buckets.length;
    else window.count -= last?.count ?? 0;
  }

  #prune(window: Window, nowMs: number): void {
    const { buckets } = window;
    const keepAfterMs = nowMs - this.#policy.windowMs;
    for (
      let oldest = buckets[window.head];
      oldest !== undefined && oldest.lastMs <= keepAfterMs;
      oldest = buckets[window.head]
    ) {
      window.count -= oldest.count;
      window.head += 1;
    }
    // Cutting the array only when half of it is gone keeps a movement's cost constant on average.
    if (window.head > 1_024 && window.head * 2 > buckets.length) {
      buckets.splice(0, window.head);
      window.head = 0;
    }
  }
}
