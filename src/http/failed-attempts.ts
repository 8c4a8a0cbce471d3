/**
 * How often a wrong key may be tried: two token buckets, one per address and one over all of them. What they spare is the
 * database and the log; nobody finds 256 random bits by trying.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in milliseconds that never step back. */
  atMs: number;
  /** Attempts that have a token of it, and may give it back. */
  underWay: number;
  /** Attempts that wait for that. */
  waiting: number;
  /** Resolves when the next one that is under way has ended. */
  ended: PromiseWithResolvers<void>;
}

interface Size {
  readonly max: number;
  readonly refillMs: number;
}

const PEER: Size = { max: limits.keyFailuresPerPeerMax, refillMs: limits.keyFailurePerPeerRefillMs };
const ALL: Size = { max: limits.keyFailuresMax, refillMs: limits.keyFailureRefillMs };

export class FailedAttempts {
  readonly #all: Bucket = bucketOf(ALL, 0);
  /** The address that was heard of last comes last. */
  readonly #peers = new Map<string, Bucket>();

  /** Takes an attempt away from an address; false when it has none left, or all of them together have none. */
  take(peer: string, uptimeMs: number): boolean {
    return this.#take(peer, uptimeMs).empty === undefined;
  }

  /**
   * Runs `look` as an attempt that counts as failed if it finds nothing, and not if it throws. No more are under way than the
   * address has attempts; others wait for what becomes of those, because a crowd with good keys has failed nothing.
   */
  async attempt<T>(
    peer: string,
    clock: Pick<Clock, 'uptimeMs'>,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined | 'limited'> {
    for (;;) {
      const { buckets, empty } = this.#take(peer, clock.uptimeMs());
      if (empty === undefined) return underWay(buckets, look);
      if (empty.underWay === 0 || empty.waiting >= limits.keyAttemptsWaitingMax) return 'limited';
      empty.waiting += 1;
      await empty.ended.promise.finally(() => (empty.waiting -= 1));
    }
  }

  /** Takes a token from both, or from neither because one is empty. */
  #take(peer: string, uptimeMs: number): { readonly buckets: readonly Bucket[]; readonly empty: Bucket | undefined } {
    const bucket = this.#of(networkOf(peer), uptimeMs);
    const buckets = [bucket, this.#all];
    refill(bucket, PEER, uptimeMs);
    refill(this.#all, ALL, uptimeMs);
    const empty = buckets.find(({ tokens }) => tokens < 1);
    if (empty === undefined) for (const each of buckets) each.tokens -= 1;
    return { buckets, empty };
  }

  #of(network: string, uptimeMs: number): Bucket {
    const bucket = this.#peers.get(network) ?? bucketOf(PEER, uptimeMs);
    this.#peers.delete(network);
    this.#peers.set(network, bucket);
    if (this.#peers.size > limits.keyFailurePeersMax) this.#peers.delete(this.#peers.keys().next().value!);
    return bucket;
  }
}

function bucketOf({ max }: Size, atMs: number): Bucket {
  return { tokens: max, atMs, underWay: 0, waiting: 0, ended: openEnd() };
}

/** Nobody may be waiting when it rejects. */
function openEnd(): PromiseWithResolvers<void> {
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => {});
  return end;
}

async function underWay<T>(buckets: readonly Bucket[], look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const bucket of buckets) bucket.underWay += 1;
  const ends = (found: boolean, settle: (ended: Bucket['ended']) => void): void => {
    for (const bucket of buckets) {
      bucket.underWay -= 1;
      // What would be too many is cut off before anything is taken again.
      if (found) bucket.tokens += 1;
      const { ended } = bucket;
      bucket.ended = openEnd();
      settle(ended);
    }
  };
  try {
    const found = await look();
    ends(found !== undefined, ({ resolve }) => resolve());
    return found;
  } catch (error) {
    // Those who wait would hear the same, one crowd after the other.
    ends(true, ({ reject }) => reject(error));
    throw error;
  }
}

function refill(bucket: Bucket, { max, refillMs }: Size, uptimeMs: number): void {
  bucket.tokens = Math.min(max, bucket.tokens + (uptimeMs - bucket.atMs) / refillMs);
  bucket.atMs = uptimeMs;
}

/** Of an IPv6 address its first 64 bits: whoever has one of them has them all. An IPv4 address written as IPv6 is itself. */
function networkOf(peer: string): string {
  if (!peer.includes(':')) return peer;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(peer)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = peer.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':');
}
