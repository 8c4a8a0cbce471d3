/** Velocity windows (P-30): they slide, err to refuse under heavy load, follow the fate of a batch, and can be shared. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import type { SourceCount } from '../base/decision.ts';
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

  /** As many as are kept one by one, all within half a bucket. */
  function fillFrom0(windows: VelocityWindows): void {
    for (let i = 0; i < limits.velocityEntriesMax; i++) windows.record('a', i / limits.velocityEntriesMax / 2);
  }

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
    fillFrom0(windows);
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
    fillFrom0(windows);
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

suite('P-30 windows that servers share', () => {
  const policy = { movementsMax: 3, windowMs: 1_000 };
  const create = (): VelocityWindows => new VelocityWindows(policy, ['a', 'b']);

  /** A batch of one instant that uses slots; what the others have to be told. */
  function batch(windows: VelocityWindows, sources: string, nowMs: number): SourceCount[] {
    windows.mark();
    for (const source of sources) windows.record(source, nowMs);
    const changed = windows.changed();
    windows.settle();
    return changed;
  }

  test('a batch tells its sources once each, with what it used, and an idle one nothing', () => {
    const windows = create();
    assert.deepEqual(batch(windows, 'aabx', 5), [
      { source: 'a', firstMs: 5, lastMs: 5, count: 2 },
      { source: 'b', firstMs: 5, lastMs: 5, count: 1 },
    ]);
    assert.deepEqual(batch(windows, '', 6), []);
    assert.deepEqual(windows.changed(), []);
  });

  test('slots that others used count, leave the window with time, and are forgotten on request', () => {
    const windows = create();
    for (const count of batch(create(), 'aaab', 5)) windows.take(count);
    assert.equal(windows.exceeded('a', 1_004), true);
    assert.equal(windows.exceeded('b', 1_004), false);
    assert.equal(windows.exceeded('a', 1_005), false);
    for (const count of batch(create(), 'aaa', 2_000)) windows.take(count);
    assert.equal(windows.exceeded('a', 2_000), true);
    windows.forget();
    assert.equal(windows.exceeded('a', 2_000), false);
  });

  test('a batch of the same instant, or of a clock that stepped back, adds to the newest count instead of following it', () => {
    const windows = create();
    const other = create();
    for (const count of batch(windows, 'a', 500)) other.take(count);
    const added = batch(other, 'a', 400);
    assert.deepEqual(added, [{ source: 'a', firstMs: 500, lastMs: 500, count: 2 }]);
    for (const count of added) windows.take(count);
    assert.equal(windows.exceeded('a', 500), false);
    assert.deepEqual(batch(windows, 'a', 500), [{ source: 'a', firstMs: 500, lastMs: 500, count: 3 }]);
    assert.equal(windows.exceeded('a', 1_499), true);
  });

  test('taking back what a batch used leaves what others used', () => {
    const windows = create();
    for (const count of batch(create(), 'aa', 5)) windows.take(count);
    windows.mark();
    windows.record('a', 5);
    assert.equal(windows.exceeded('a', 5), true);
    windows.revert();
    assert.equal(windows.exceeded('a', 5), false);
    windows.record('a', 5);
    assert.equal(windows.exceeded('a', 5), true);
  });

  test('three servers agree with counting one by one, whoever decides, loses its memory or its batch', () => {
    const step = fc.record({
      server: fc.nat({ max: 2 }),
      afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 60 })),
      checks: fc.integer({ min: 1, max: 5 }),
      fate: fc.constantFrom('commit', 'commit', 'commit', 'fail', 'forget'),
    });
    const property = fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step), (movementsMax, steps) => {
      const narrow = { movementsMax, windowMs: 100 };
      const servers = [0, 1, 2].map(() => ({ windows: new VelocityWindows(narrow, ['a']), seen: 0 }));
      const naive = new Naive(narrow);
      const rows: SourceCount[] = [];
      let nowMs = 0;
      for (const { server, afterMs, checks, fate } of steps) {
        nowMs += afterMs;
        const one = servers[server]!;
        const { windows } = one;
        windows.mark();
        for (; one.seen < rows.length; one.seen++) windows.take(rows[one.seen]!);
        let recorded = 0;
        for (let i = 0; i < checks; i++) {
          assert.equal(windows.exceeded('a', nowMs), naive.exceeded(nowMs));
          if (naive.exceeded(nowMs)) continue;
          windows.record('a', nowMs);
          naive.record(nowMs);
          recorded += 1;
        }
        if (fate === 'fail') {
          windows.revert();
          naive.takeBack(recorded);
        } else {
          // It hears of its own as it hears of those of others.
          rows.push(...windows.changed());
          windows.settle();
        }
        if (fate === 'commit') continue;
        windows.forget();
        one.seen = 0;
      }
    });
    fc.assert(property, { seed: 31, numRuns: 500 });
  });

  test('counts and memory stay bounded, whatever the load, also of a server that only hears of it', () => {
    const endless = { movementsMax: Number.MAX_SAFE_INTEGER, windowMs: 60_000 };
    const busy = new VelocityWindows(endless, ['a']);
    const idle = new VelocityWindows({ ...endless, windowMs: 1_000 }, ['a']);
    const before = heapBytes();
    const newest = new Set<number>();
    for (let i = 0; i < 300_000; i++) {
      for (const { firstMs } of batch(busy, 'aa', i)) if (i >= 240_000) newest.add(firstMs);
      idle.take({ source: 'a', firstMs: i, lastMs: i, count: 1 });
    }
    const rowsMax = limits.velocityEntriesMax + limits.velocityBucketsPerWindow;
    assert.ok(newest.size <= rowsMax, `${newest.size} counts within one window`);
    const grownMiB = (heapBytes() - before) / 2 ** 20;
    assert.ok(grownMiB < 5, `${grownMiB.toFixed(1)} MiB more`);
    assert.deepEqual([busy.exceeded('a', 300_000), idle.exceeded('a', 300_000)], [false, false]); // still in use
  });
});
