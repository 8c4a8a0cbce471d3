/**
 * How often a wrong key may be tried: two token buckets, one per address and one over all of them. They tell a client that goes
 * wrong again and again to stop; nobody finds 256 random bits by trying.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in milliseconds that never step back. */
  atMs: number;
  /** Look-ups for this address, and who waits until one of them has ended. */
  underWay: number;
  waiting: number;
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
    const buckets = [this.#of(networkOf(peer), uptimeMs), this.#all];
    refill(buckets[0]!, PEER, uptimeMs);
    refill(this.#all, ALL, uptimeMs);
    if (buckets.some(({ tokens }) => tokens < 1)) return false;
    for (const bucket of buckets) bucket.tokens -= 1;
    return true;
  }

  /**
   * Runs `look`, which finds who may come in, or nobody: that is a failed attempt, and `limited` where there are none left. A good
   * key is let in whatever others have tried from its address. A few look-ups of an address are under way, a crowd waits for them.
   */
  async attempt<T>(
    peer: string,
    clock: Pick<Clock, 'uptimeMs'>,
    look: () => Promise<T | undefined>,
  ): Promise<T | undefined | 'limited'> {
    const bucket = this.#of(networkOf(peer), clock.uptimeMs());
    while (bucket.underWay >= limits.keyLookUpsPerPeerMax) {
      if (bucket.waiting >= limits.keyAttemptsWaitingMax) return 'limited';
      bucket.waiting += 1;
      await bucket.ended.promise.finally(() => (bucket.waiting -= 1));
    }
    const found = await underWay(bucket, look);
    return found === undefined && !this.take(peer, clock.uptimeMs()) ? 'limited' : found;
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

async function underWay<T>(bucket: Bucket, look: () => Promise<T>): Promise<T> {
  bucket.underWay += 1;
  const ends = (settle: (ended: Bucket['ended']) => void): void => {
    bucket.underWay -= 1;
    const { ended } = bucket;
    bucket.ended = openEnd();
    settle(ended);
  };
  try {
    const found = await look();
    ends(({ resolve }) => resolve());
    return found;
  } catch (error) {
    // Those who wait would hear the same, one crowd after the other.
    ends(({ reject }) => reject(error));
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
