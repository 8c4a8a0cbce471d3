/** The risk decision (P-30): velocity first, then the amount, and which checks use a slot. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { checkRisk, type RiskPolicy } from './check.ts';
import { VelocityWindows } from './velocity.ts';

const policy: RiskPolicy = { movementsMax: 2, windowMs: 1_000, singleMax: 5_000n };

const SLOTS = 'daily_transfer_limit_exceeded';
const AMOUNT = 'transfer_amount_exceeds_limit';

suite('P-30 one movement after another, two slots per second, 5000 at most', () => {
  // prettier-ignore
  const story: readonly [atMs: number, src: string, amount: bigint, expected: string | null, why: string][] = [
    [    0, 'a',     5_000n, null,   'equal to the cap passes'],
    [    1, 'a',     5_001n, AMOUNT, 'above the cap'],
    [    2, 'a',     5_001n, AMOUNT, 'again: the denied one used no slot'],
    [    3, 'a',         1n, null,   'so the second slot is still there'],
    [    4, 'a',         1n, SLOTS,  'no slot left'],
    [    5, 'a',     5_001n, SLOTS,  'velocity is judged before the amount'],
    [    6, 'b',         1n, null,   'another source has its own slots'],
    [  999, 'a',         1n, SLOTS,  'the first is still in the window'],
    [1_000, 'a',         1n, null,   'after exactly one window the first has left it'],
    [1_002, 'a',         1n, SLOTS,  'the second has not'],
    [1_003, 'a',         1n, null,   'now it has: the denied ones held nothing'],
    [1_004, 'nobody', 5_000n, null,  'an unknown source has no history'],
    [1_004, 'nobody', 5_000n, null,  'and gets none'],
    [1_004, 'nobody', 5_000n, null,  'however often'],
    [1_004, 'nobody', 5_001n, AMOUNT, 'the cap holds for it too'],
  ];
  const windows = new VelocityWindows(policy, ['a', 'b']);
  for (const [nowMs, src, amount, expected, why] of story) {
    test(`${nowMs} ms ${src} ${amount}: ${why}`, () => {
      assert.equal(checkRisk(windows, policy, { src, amount, nowMs }), expected);
    });
  }
});

test('a limit of no movements refuses everybody', () => {
  const none = { ...policy, movementsMax: 0 };
  const windows = new VelocityWindows(none, ['a']);
  assert.equal(checkRisk(windows, none, { src: 'a', amount: 1n, nowMs: 0 }), SLOTS);
  assert.equal(checkRisk(windows, none, { src: 'nobody', amount: 1n, nowMs: 0 }), SLOTS);
});
