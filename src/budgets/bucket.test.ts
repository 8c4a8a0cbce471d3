/** B-20, B-22, B-23: what a bucket says, and how far its alarm stands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertLevel, alertName, bucketKey, bucketOf, noCounters, openToBuy, type Counters } from './bucket.ts';

const thresholds = [2_000, 1_000];
const bucket = (given: Partial<Counters>): Counters => ({ ...noCounters, allocated_cents: 1_000n, ...given });

test('B-20: open-to-buy is what was allocated, less children, holdback and all that is taken, and what was adjusted', () => {
  const taken = { reserved_cents: 10n, committed_cents: 20n, received_cents: 30n };
  assert.equal(openToBuy(bucket({ ...taken, children_cents: 100n, holdback_cents: 50n, adjusted_cents: -5n })), 785n);
  assert.equal(openToBuy(noCounters), 0n);
  assert.equal(openToBuy(bucket({ committed_cents: 1_001n })), -1n);
});

test('B-23: alerts at 20 % and 10 % left, exhausted and overbought', () => {
  const level = (committed: bigint): number => alertLevel(bucket({ committed_cents: committed }), thresholds);
  assert.deepEqual([0n, 799n, 800n, 899n, 900n, 999n, 1_000n, 1_001n].map(level), [0, 0, 1, 1, 2, 2, 3, 4]);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((at) => alertName(at, thresholds)),
    [null, 'low_2000', 'low_1000', 'exhausted', 'overbought'],
  );
  assert.equal(alertLevel(noCounters, thresholds), 0, 'nothing was planned, nothing is missing');
});

test('keys of buckets', () => {
  assert.equal(bucketKey('acme', '2026-11', ''), 'acme|2026-11|');
  assert.deepEqual(bucketOf('acme|2026-11|'), { merchant: 'acme', period: '2026-11', category: '' });
  assert.deepEqual(bucketOf('acme|2026-11|shoes'), { merchant: 'acme', period: '2026-11', category: 'shoes' });
  assert.notEqual(bucketKey('a', 'b', 'c'), bucketKey('a', 'b', ''));
});
