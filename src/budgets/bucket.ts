/** What a bucket says: its key, what may still be spent in it, and how far its alarm stands (B-20, B-22, B-23). */
import type { BucketRow } from './tables.ts';

/** The merchant-wide bucket of a period has this category. */
export const WHOLE_MERCHANT = '';

export const periodKey = (merchant: string, period: string): string => `${merchant}|${period}`;

/** Ids hold no `|`, so no two buckets look alike. */
export const bucketKey = (merchant: string, period: string, category: string): string =>
  `${merchant}|${period}|${category}`;

/** Where a bucket is; the merchant-wide one has the category `WHOLE_MERCHANT`. */
export interface Bucket {
  readonly merchant: string;
  readonly period: string;
  readonly category: string;
}

/** What a bucket's key says. */
export function bucketOf(key: string): Bucket {
  const [merchant = '', period = '', category = ''] = key.split('|');
  return { merchant, period, category };
}

export type Counters = Pick<
  BucketRow,
  | 'allocated_cents'
  | 'children_cents'
  | 'holdback_cents'
  | 'reserved_cents'
  | 'committed_cents'
  | 'received_cents'
  | 'adjusted_cents'
>;

/** A merchant without a budget has headroom 0 (B-09). */
export const noCounters: Counters = {
  allocated_cents: 0n,
  children_cents: 0n,
  holdback_cents: 0n,
  reserved_cents: 0n,
  committed_cents: 0n,
  received_cents: 0n,
  adjusted_cents: 0n,
};

/** What may still be committed; negative: overbought. */
export function openToBuy(counters: Counters): bigint {
  const { allocated_cents, children_cents, holdback_cents, adjusted_cents } = counters;
  const { reserved_cents, committed_cents, received_cents } = counters;
  const own = allocated_cents - children_cents - holdback_cents;
  return own - reserved_cents - committed_cents - received_cents + adjusted_cents;
}

/**
 * 0: all is well. 1 to n: as little is left as the n-th threshold says (basis points of what was allocated, falling). Then
 * n + 1: nothing is left; n + 2: overbought. A bucket with no allocation is silent until it is overbought.
 */
export function alertLevel(counters: Counters, thresholdsBp: readonly number[]): number {
  const left = openToBuy(counters);
  if (left < 0n) return thresholdsBp.length + 2;
  const own = counters.allocated_cents - counters.children_cents - counters.holdback_cents;
  if (own <= 0n) return 0;
  if (left === 0n) return thresholdsBp.length + 1;
  return thresholdsBp.filter((threshold) => left * 10_000n <= own * BigInt(threshold)).length;
}

/** The level in words: `low_<basis points>`, `exhausted`, `overbought`; null for none. */
export function alertName(level: number, thresholdsBp: readonly number[]): string | null {
  if (level === 0) return null;
  if (level > thresholdsBp.length) return level === thresholdsBp.length + 1 ? 'exhausted' : 'overbought';
  return `low_${thresholdsBp[level - 1]}`;
}
