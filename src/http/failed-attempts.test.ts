/** Token buckets of failed attempts: per address, over all, refilled by time, bounded in memory. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { limits } from '../base/limits.ts';
import { FailedAttempts } from './failed-attempts.ts';

const { keyFailuresPerPeerMax: PEER_MAX, keyFailurePerPeerRefillMs: REFILL_MS, keyFailuresMax: ALL_MAX } = limits;

/** A clock that stands. */
const STILL = { uptimeMs: () => 0 };

function takeAll(failures: FailedAttempts, peer: string, nowMs: number): number {
  let taken = 0;
  while (failures.take(peer, nowMs)) taken += 1;
  return taken;
}

suite('failed attempts', () => {
  test('of one address are limited, and come back one by one', () => {
    const failures = new FailedAttempts();
    assert.equal(takeAll(failures, '10.0.0.1', 0), PEER_MAX);
    assert.equal(takeAll(failures, '10.0.0.2', 0), PEER_MAX);
    assert.equal(takeAll(failures, '10.0.0.1', REFILL_MS - 1), 0);
    assert.equal(takeAll(failures, '10.0.0.1', REFILL_MS), 1);
    assert.equal(takeAll(failures, '10.0.0.1', REFILL_MS * 1_000), PEER_MAX);
  });

  test('that did not fail cost nothing, and are no failure when there are none left', async () => {
    const failures = new FailedAttempts();
    const good = (): Promise<unknown> => failures.attempt('10.0.0.1', STILL, async () => 'good');
    await good();
    assert.equal(takeAll(failures, '10.0.0.1', 0), PEER_MAX);
    assert.equal(await good(), 'good');
    assert.equal(await failures.attempt('10.0.0.1', STILL, async () => undefined), 'limited');
  });

  test('a crowd waits for the attempts under way, and only what failed counts', async () => {
    const failures = new FailedAttempts();
    let underWay = 0;
    let mostUnderWay = 0;
    const ask = (found: string | undefined): Promise<string | undefined> =>
      failures.attempt('10.0.0.1', STILL, async () => {
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        await nextTurn();
        underWay -= 1;
        return found;
      });
    const crowd = (found: string | undefined): Promise<unknown[]> =>
      Promise.all(Array.from({ length: PEER_MAX * 10 }, () => ask(found)));
    assert.deepEqual(new Set(await crowd('good')), new Set(['good']));
    assert.equal(mostUnderWay, limits.keyLookUpsPerPeerMax);
    const failed = await crowd(undefined);
    assert.equal(failed.filter((found) => found === undefined).length, PEER_MAX);
    assert.equal(failed.filter((found) => found === 'limited').length, PEER_MAX * 9);
    assert.equal(mostUnderWay, limits.keyLookUpsPerPeerMax);
  });

  test('no more wait than the limit says; what cannot be looked up is told to all of them, and nobody is blamed', async () => {
    const failures = new FailedAttempts();
    const { promise, reject } = Promise.withResolvers<string>();
    const ask = (): Promise<string | undefined> => failures.attempt('10.0.0.1', STILL, () => promise);
    const asked = Array.from({ length: limits.keyLookUpsPerPeerMax + limits.keyAttemptsWaitingMax }, () => ask());
    assert.equal(await ask(), 'limited');
    reject(new Error('no database'));
    const told = await Promise.allSettled(asked);
    assert.deepEqual(new Set(told.map(({ status }) => status)), new Set(['rejected']));
    assert.equal(takeAll(failures, '10.0.0.1', 0), PEER_MAX);
  });

  test('of all addresses together are limited', () => {
    const failures = new FailedAttempts();
    let taken = 0;
    for (let i = 0; i < ALL_MAX; i++) taken += takeAll(failures, `10.0.${i >> 8}.${i & 255}`, 0);
    assert.equal(taken, ALL_MAX);
    assert.equal(takeAll(failures, '10.9.9.9', limits.keyFailureRefillMs), 1);
  });

  test('an address that was refused because of the others lost nothing of its own', () => {
    const failures = new FailedAttempts();
    for (let i = 0; i < ALL_MAX; i++) takeAll(failures, `10.0.${i >> 8}.${i & 255}`, 0);
    assert.equal(failures.take('10.9.9.9', 0), false);
    assert.equal(takeAll(failures, '10.9.9.9', limits.keyFailureRefillMs * ALL_MAX), PEER_MAX);
  });

  // prettier-ignore
  const rows: readonly [one: string, other: string, same: boolean][] = [
    ['2001:db8:1:2::1',        '2001:db8:1:2:ffff::9',   true],
    ['2001:db8:1:2::1',        '2001:db8:1:3::1',        false],
    ['2001:db8::1',            '2001:db8:0:0:5::1',      true],
    ['::1',                    '::2',                    true],
    ['::1',                    '2001:db8::1',            false],
    ['::ffff:10.0.0.1',        '10.0.0.1',               true],
    ['::ffff:10.0.0.1',        '::ffff:10.0.0.2',        false],
    ['10.0.0.1',               '10.0.0.11',              false],
  ];
  for (const [one, other, same] of rows)
    test(`${one} and ${other} are ${same ? 'one' : 'two'}`, () => {
      const failures = new FailedAttempts();
      takeAll(failures, one, 0);
      assert.equal(failures.take(other, 0), !same);
    });

  test('no more addresses are remembered than the limit says; those heard of last stay', () => {
    const failures = new FailedAttempts();
    takeAll(failures, '192.0.2.1', 0);
    let nowMs = REFILL_MS / 2;
    const strangers = (first: number): void => {
      for (let i = 1; i < limits.keyFailurePeersMax; i++)
        failures.take(`${first}.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, nowMs);
      // Enough for all addresses together to have attempts again, and too little for one of its own.
      nowMs += limits.keyFailureRefillMs * 2;
    };
    for (const first of [10, 11]) {
      strangers(first);
      assert.equal(failures.take('192.0.2.1', nowMs), false);
    }
    strangers(12);
    failures.take('13.0.0.1', nowMs);
    assert.equal(failures.take('192.0.2.1', nowMs), true);
  });
});
