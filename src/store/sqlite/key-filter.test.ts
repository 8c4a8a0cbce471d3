/** The filter over runs: it never misses a run that has the key, and seldom names one that does not. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FILTER_BYTES, KeyFilter, runFilter } from './key-filter.ts';
import { keyHash } from './key-hash.ts';

const SEED = 7;

suite('key filter', () => {
  test('names every run that has the key, the newest first, beyond one group of 32 and its last bit', () => {
    const filter = new KeyFilter();
    const runs = [0, 1, 30, 31, 32, 62, 63, 64, 70];
    for (const run of runs) {
      const one = runFilter();
      one.add(keyHash(`only ${run}`, SEED));
      one.add(keyHash('everywhere', SEED));
      assert.equal(one.bytes.length, FILTER_BYTES);
      filter.load(run, one.bytes);
    }
    for (const run of runs) assert.deepEqual(filter.candidates(keyHash(`only ${run}`, SEED)), [run]);
    assert.deepEqual(filter.candidates(keyHash('everywhere', SEED)), runs.toReversed());
    assert.deepEqual(filter.candidates(keyHash('nowhere', SEED)), []);
  });

  test('of a full run has every key, and about one unseen key in a thousand', () => {
    const full = 2 ** 18;
    const one = runFilter();
    for (let i = 0; i < full; i++) one.add(keyHash(`key ${i}`, SEED));
    const filter = new KeyFilter();
    filter.load(5, one.bytes);
    const missed = Array.from({ length: full }, (_, i) => i).filter(
      (i) => filter.candidates(keyHash(`key ${i}`, SEED)).length !== 1,
    );
    assert.deepEqual(missed, []);
    let mistaken = 0;
    for (let i = 0; i < 100_000; i++) mistaken += filter.candidates(keyHash(`other ${i}`, SEED)).length;
    assert.ok(mistaken < 200, `${mistaken} of 100,000`);
  });

  test('of nothing names nothing', () => {
    assert.deepEqual(new KeyFilter().candidates(keyHash('k', SEED)), []);
  });
});
