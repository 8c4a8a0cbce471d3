/** The hash of idempotency keys: within its bits, different for every database, and spread well enough for a sorted run. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyHash, LOW_BITS, type KeyHash } from './key-hash.ts';

const joined = ({ high, low }: KeyHash): bigint => (BigInt(high) << BigInt(LOW_BITS)) | BigInt(low);

suite('key hashes', () => {
  const families: readonly [what: string, key: (i: number) => string][] = [
    ['numbered keys', (i) => `payout-ref-${String(i).padStart(8, '0')}`],
    ['long keys that differ at the end', (i) => `${'k'.repeat(1_000)}${i}`],
    ['long keys that differ at the start', (i) => `${i}${'k'.repeat(60)}`],
    ['keys of other scripts', (i) => `платёж-${i}-支払い`],
  ];
  for (const [what, key] of families) {
    test(`${what}: 31 and 14 bits, and hardly two alike`, () => {
      const count = what.startsWith('long') ? 20_000 : 200_000;
      const seen = new Set<bigint>();
      for (let i = 0; i < count; i++) {
        const hash = keyHash(key(i), 12_345);
        assert.ok(hash.high >= 0 && hash.high < 2 ** 31 && hash.low >= 0 && hash.low < 2 ** 14);
        seen.add(joined(hash));
      }
      // 200,000 random values of 45 bits have one pair alike every 1,700 tries.
      assert.ok(count - seen.size <= 3, `${count - seen.size} alike`);
    });
  }

  test('another seed gives other hashes', () => {
    const alike = Array.from({ length: 1_000 }, (_, i) => `key ${i}`).filter(
      (key) => joined(keyHash(key, 1)) === joined(keyHash(key, 2)),
    );
    assert.deepEqual(alike, []);
  });

  test('the same key and seed give the same hash for ever: runs on disk rely on it', () => {
    assert.deepEqual(keyHash('payout-ref-0001', 42), { high: 1_112_502_935, low: 5_657 });
  });
});
