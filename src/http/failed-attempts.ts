/**
 * How often a wrong key may be tried: two token buckets, one per address and one over all of them. What they spare is the
 * database and the log; nobody finds 256 random bits by trying.
 */
import { limits } from '../base/limits.ts';

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in milliseconds that never step back. */
  atMs: number;
}

interface Size {
  readonly max: number;
  readonly refillMs: number;
}

const PEER: Size = { max: limits.keyFailuresPerPeerMax, refillMs: limits.keyFailurePerPeerRefillMs };
const ALL: Size = { max: limits.keyFailuresMax, refillMs: limits.keyFailureRefillMs };

export class FailedAttempts {
  readonly #all: Bucket = { tokens: ALL.max, atMs: 0 };
  /** The address that was heard of last comes last. */
  readonly #peers = new Map<string, Bucket>();

  /** Takes an attempt away from an address; false when it has none left, or all of them together have none. */
  take(peer: string, uptimeMs: number): boolean {
    const bucket = this.#of(networkOf(peer), uptimeMs);
    refill(bucket, PEER, uptimeMs);
    refill(this.#all, ALL, uptimeMs);
    if (bucket.tokens < 1 || this.#all.tokens < 1) return false;
    bucket.tokens -= 1;
    this.#all.tokens -= 1;
    return true;
  }

  /** It did not fail after all. */
  giveBack(peer: string): void {
    const bucket = this.#peers.get(networkOf(peer));
    // What would be too many is cut off before anything is taken again.
    if (bucket !== undefined) bucket.tokens += 1;
    this.#all.tokens += 1;
  }

  #of(network: string, uptimeMs: number): Bucket {
    const bucket = this.#peers.get(network) ?? { tokens: PEER.max, atMs: uptimeMs };
    this.#peers.delete(network);
    this.#peers.set(network, bucket);
    if (this.#peers.size > limits.keyFailurePeersMax) this.#peers.delete(this.#peers.keys().next().value!);
    return bucket;
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
