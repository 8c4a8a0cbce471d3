/** What adapters do alike when they follow settlements: end quietly when told to, and poll a list where nothing is pushed. */
import { limits } from '../base/limits.ts';
import { LightningRefused, type Settlement } from './node.ts';

/** The same items, but once `signal` aborts the sequence ends instead of failing because of it. */
export async function* untilAborted<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    for await (const item of items) {
      if (signal.aborted) return;
      yield item;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Cursors begin with the backend's name: one backend's numbers mean nothing to another. */
export function cursorOf(backend: string, place: string | number | bigint): string {
  return `${backend} ${place}`;
}

/** What `cursorOf` was given; undefined for the beginning. Throws LightningRefused. */
export function readCursor(backend: string, cursor: string | null): string | undefined {
  if (cursor === null) return undefined;
  const [name, ...place] = cursor.split(' ');
  if (name === backend && /^\d{1,20}$/.test(place[0] ?? '')) return place.join(' ');
  throw foreign(backend);
}

/** A cursor that is one index, counted from 1; zero for the beginning. Throws LightningRefused. */
export function readIndex(backend: string, cursor: string | null): bigint {
  const place = readCursor(backend, cursor) ?? '0';
  if (/^\d+$/.test(place)) return BigInt(place);
  throw foreign(backend);
}

function foreign(backend: string): LightningRefused {
  return new LightningRefused(`the cursor is none of ${backend}: settlements must be followed from the beginning`);
}

export type Paid = Omit<Settlement, 'cursor'>;

/** A backend that can only be asked what has been paid. */
export interface PaidList {
  readonly backend: string;
  /** All payments settled since then (milliseconds, inclusive), the latest first; it may name earlier ones, too. */
  since(sinceMs: number): Promise<readonly Paid[]>;
  /** Resolves when it is time to ask again. */
  pause(): Promise<void>;
}

/**
 * Settlements from a list. The cursor is the time of the latest settlement and, because some may show up later than that, what
 * was told of the time just before it.
 */
export async function* polled(list: PaidList, cursor: string | null, signal: AbortSignal): AsyncGenerator<Settlement> {
  const [latest, ...keys] = readCursor(list.backend, cursor)?.split(' ') ?? [];
  let latestMs = Number(latest ?? 0);
  /** When each was settled, in the order in which they were told. */
  const told = new Map(keys.map((key) => [key, latestMs]));
  while (!signal.aborted) {
    const sinceMs = Math.max(0, latestMs - limits.followLateMs);
    const found = await beforeAbort(signal, list.since(sinceMs));
    const fresh = found.filter((paid) => paid.settledAtMs >= sinceMs && !told.has(keyOf(paid)));
    // Times may be whole seconds: among equals the list's own order counts.
    for (const paid of fresh.toReversed().toSorted((a, b) => a.settledAtMs - b.settledAtMs)) {
      if (told.has(keyOf(paid))) continue;
      latestMs = Math.max(latestMs, paid.settledAtMs);
      told.set(keyOf(paid), paid.settledAtMs);
      for (const [key, settledAtMs] of told) if (settledAtMs < latestMs - limits.followLateMs) told.delete(key);
      const place = [latestMs, ...[...told.keys()].slice(-limits.followCursorPaymentsMax)].join(' ');
      yield { ...paid, cursor: cursorOf(list.backend, place) };
    }
    await list.pause();
  }
}

/** Rejects as soon as `signal` aborts, whatever becomes of the promise. */
async function beforeAbort<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** An invoice that is paid again shows with more. */
function keyOf(paid: Paid): string {
  return `${paid.paymentHash.slice(0, 16)}:${paid.receivedMsat}`;
}

/** A pause that can be cut short, also before it begins. */
export class Pause {
  readonly #ms: number;
  #isCut = false;
  #end: (() => void) | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  cut(): void {
    this.#isCut = true;
    this.#end?.();
  }

  /** What cut it until now does not count for the next one. */
  arm(): void {
    this.#isCut = false;
  }

  /** Rejects when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#isCut) return;
    const done = Promise.withResolvers<void>();
    const abort = (): void => done.reject(signal.reason);
    const timer = setTimeout(done.resolve, this.#ms);
    this.#end = done.resolve;
    signal.addEventListener('abort', abort, { once: true });
    try {
      if (!signal.aborted) await done.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }
}
