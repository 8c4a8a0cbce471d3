/** CHECK as a command (P-30): answers to the byte, nothing committed, one memory for all callers. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';

const policy = { balances: ['a', 'b'], movementsMax: 2, windowMs: 1_000, singleMax: 100n };

suite('P-30 CHECK', () => {
  // prettier-ignore
  const story: readonly [atMs: number, src: string, amount: bigint, answer: string, code: string | null][] = [
    [0,     'a', 101n, '{"approved":false,"reason":"transfer_amount_exceeds_limit"}', 'transfer_amount_exceeds_limit'],
    [0,     'a', 100n, '{"approved":true}',                                           null],
    [0,     'a',   1n, '{"approved":true}',                                           null],
    [999,   'a',   1n, '{"approved":false,"reason":"daily_transfer_limit_exceeded"}', 'daily_transfer_limit_exceeded'],
    [1_000, 'a',   1n, '{"approved":true}',                                           null],
  ];
  const rail = new StrictDecisions(policy);
  for (const [nowMs, src, amount, answer, code] of story) {
    test(`${nowMs} ms ${amount}: ${answer}`, () => {
      rail.nowMs = nowMs;
      assert.deepEqual(rail.run({ type: 'check', src, amount }), { answer, code });
    });
  }

  test('slots are shared with TRANSFER, in both directions', () => {
    const shared = new StrictDecisions(policy);
    const request = { src: 'a', dst: 'b', amount: 1n as never };
    assert.equal(shared.run({ type: 'transfer', key: 'k1', ...request }).code, null);
    assert.equal(shared.run({ type: 'check', src: 'a', amount: 1n }).code, null);
    assert.equal(shared.run({ type: 'transfer', key: 'k2', ...request }).code, 'daily_transfer_limit_exceeded');
    assert.equal(shared.run({ type: 'check', src: 'b', amount: 1n }).code, null);
  });
});
