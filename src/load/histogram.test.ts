/** The histogram against sorted values: every percentile within a bucket's width, the largest value exact. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

suite('histogram of latencies', () => {
  test('is empty at first', () => {
    assert.deepEqual(new Histogram().summary(), { p50: 0, p99: 0, p999: 0, max: 0 });
  });

  test('is exact below 64 microseconds', () => {
    const histogram = new Histogram();
    for (let value = 0; value < 64; value++) histogram.add(value);
    assert.equal(histogram.percentile(0.5), 31);
    assert.equal(histogram.percentile(1), 63);
    assert.equal(histogram.percentile(0), 0);
  });

  test('counts a value many times', () => {
    const histogram = new Histogram();
    histogram.add(10, 99);
    histogram.add(5_000);
    assert.deepEqual([histogram.total, histogram.percentile(0.99), histogram.percentile(1)], [100, 10, 5_000]);
  });

  test('never tells less than the true percentile, and at most 1/32 more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, share) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const exact = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
          const told = histogram.percentile(share);
          assert.ok(told >= exact && told <= exact + exact / 32, `${told} for ${exact}`);
          assert.equal(histogram.summary().max, Math.max(...values));
        },
      ),
    );
  });

  test('keeps values out of range in the outermost buckets', () => {
    const histogram = new Histogram();
    histogram.add(-3);
    histogram.add(1e12);
    assert.deepEqual([histogram.percentile(0.5), histogram.summary().max], [0, 2 ** 31 - 1]);
  });
});
