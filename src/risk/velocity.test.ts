/** Velocity windows (P-30): they slide, they err to refuse under heavy load, they follow the fate of a batch. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { limits } from '../base/limits.ts';
import { VelocityWindows, type VelocityPolicy } from './velocity.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use, garbage not counted. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** The rule as one would say it: movements younger than the window, counted one by one. */
class Naive {
  readonly #policy: VelocityPolicy;
  #times: number[] = [];

  constructor(policy: VelocityPolicy) {
    this.#policy = policy;
  }

  exceeded(nowMs: number, slackMs = 0): boolean {
    return this.#times.filter((at) => at > nowMs - this.#policy.windowMs - slackMs).length >= this.#policy.movementsMax;
  }

  record(nowMs: number): void {
    this.#times.push(nowMs);
  }

  takeBack(count: number): void {
    this.#times.splice(this.#times.length - count, count);
  }
}

suite('P-30 the window', () => {
  test('slides: a slot is free again exactly one window after it was used', () => {
    const windows = new VelocityWindows({ movementsMax: 1, windowMs: 1_000 }, ['a']);
    windows.record('a', 500);
    assert.equal(windows.exceeded('a', 500), true);
    assert.equal(windows.exceeded('a', 1_499.999), true);
    assert.equal(windows.exceeded('a', 1_500), false);
  });

  test('agrees with counting one by one, also when batches are committed late or taken back', () => {
    const step = fc.record({
      afterMs: fc.nat({ max: 60 }),
      checks: fc.integer({ min: 1, max: 5 }),
      fate: fc.constantFrom('wait', 'settle', 'settle all', 'revert'),
    });
    const property = fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (movementsMax, steps) => {
      const policy = { movementsMax, windowMs: 100 };
      const windows = new VelocityWindows(policy, ['a']);
      const naive = new Naive(policy);
      /** How many movements each uncommitted batch recorded. */
      let unsettled: number[] = [];
      let nowMs = 0;
      for (const { afterMs, checks, fate } of steps) {
        nowMs += afterMs;
        windows.mark();
        let recorded = 0;
        for (let i = 0; i < checks; i++) {
          assert.equal(windows.exceeded('a', nowMs), naive.exceeded(nowMs));
          if (naive.exceeded(nowMs)) continue;
          windows.record('a', nowMs);
          naive.record(nowMs);
          recorded += 1;
        }
        unsettled.push(recorded);
        if (fate === 'revert') {
          windows.revert();
          naive.takeBack(unsettled.reduce((sum, count) => sum + count, 0));
          unsettled = [];
        } else {
          const committed = { wait: 0, settle: 1, 'settle all': unsettled.length }[fate];
          for (let i = 0; i < committed; i++) windows.settle();
          unsettled = unsettled.slice(committed);
        }
      }
    });
    fc.assert(property, { seed: 30, numRuns: 500 });
  });

  test('a movement taken back after it has left the window frees no further slot', () => {
    const windows = new VelocityWindows({ movementsMax: 1, windowMs: 100 }, ['a']);
    windows.mark();
    windows.record('a', 0);
    assert.equal(windows.exceeded('a', 1_000), false);
    windows.revert();
    windows.mark();
    windows.record('a', 1_000);
    assert.equal(windows.exceeded('a', 1_000), true);
    assert.equal(windows.exceeded('a', 1_100), false);
  });
});

suite('P-30 above 10,000 movements per source', () => {
  const policy = { movementsMax: 30_000, windowMs: 1_000 };
  const bucketMs = policy.windowMs / limits.velocityBucketsPerWindow;

  test('movements are counted in buckets that err to refuse, by one bucket at most', () => {
    const windows = new VelocityWindows(policy, ['a']);
    const times: number[] = [];
    let next = 0;
    let refused = 0;
    // 60 movements per millisecond is twice what the limit lets through; checked every few hundred against the count.
    for (let i = 0; i < 120_000; i++) {
      const nowMs = i / 60;
      const exceeded = windows.exceeded('a', nowMs);
      while (times[next] !== undefined && times[next]! <= nowMs - policy.windowMs - bucketMs) next += 1;
      const withinWindowAndBucket = times.length - next;
      if (exceeded) {
        refused += 1;
        assert.ok(withinWindowAndBucket >= policy.movementsMax, `refused at ${nowMs} without need`);
      } else {
        times.push(nowMs);
        windows.record('a', nowMs);
        if (i % 500 !== 0) continue;
        const within = times.length - times.findIndex((at) => at > nowMs - policy.windowMs);
        assert.ok(within <= policy.movementsMax, `${within} movements let through at ${nowMs}`);
      }
    }
    assert.ok(refused > 10_000, 'the limit was met');
  });

  test('a bucket leaves the window with its youngest movement', () => {
    const windows = new VelocityWindows({ movementsMax: 10_002, windowMs: 1_000 }, ['a']);
    for (let i = 0; i < limits.velocityEntriesMax; i++) windows.record('a', 0);
    windows.record('a', 500);
    windows.record('a', 500.5); // within one bucket of the one before
    assert.equal(windows.exceeded('a', 999), true);
    assert.equal(windows.exceeded('a', 1_000), false);
    for (let i = 0; i < limits.velocityEntriesMax; i++) windows.record('a', 1_000);
    assert.equal(windows.exceeded('a', 1_500.2), true); // one by one the movement of 500 ms would be out by now
    assert.equal(windows.exceeded('a', 1_500.5), false);
  });

  test('a movement that joined a bucket is taken back alone', () => {
    const windows = new VelocityWindows({ movementsMax: 10_002, windowMs: 1_000 }, ['a']);
    for (let i = 0; i < limits.velocityEntriesMax; i++) windows.record('a', 0);
    windows.record('a', 500);
    windows.mark();
    windows.record('a', 500.5);
    windows.record('a', 500.7);
    windows.revert();
    assert.equal(windows.exceeded('a', 999), false);
    windows.record('a', 999);
    assert.equal(windows.exceeded('a', 999), true);
  });

  test('memory stays bounded, whatever the load and however many names are invented', () => {
    const windows = new VelocityWindows({ movementsMax: Number.MAX_SAFE_INTEGER, windowMs: 60_000 }, ['a']);
    const before = heapBytes();
    for (let i = 0; i < 500_000; i++) {
      windows.mark();
      windows.record('a', i / 10);
      windows.record(`stranger ${i}`, i / 10);
      windows.settle();
    }
    const grownMiB = (heapBytes() - before) / 2 ** 20;
    assert.ok(grownMiB < 5, `${grownMiB.toFixed(1)} MiB more`);
    assert.equal(windows.exceeded('a', 50_000), false); // still in use, so that its memory was counted
  });
});
