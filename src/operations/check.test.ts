/** CHECK at the risk port (P-30): its shape, and what the judge is asked. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CheckCommand } from '../flows/check.ts';
import { BAD_CHECK_OP, check } from './check.ts';

const good = { op: 'CHECK', src: 'a', dst: 'b', amount: 5 };

suite('P-30 CHECK', () => {
  test('asks the judge for the source and the amount, and answers what it says', async () => {
    const asked: CheckCommand[] = [];
    const answer = check((command) => {
      asked.push(command);
      return { answer: '{"approved":true}', code: null, replayed: false };
    });
    assert.equal(await answer(good), '{"approved":true}');
    assert.deepEqual(asked, [{ type: 'check', src: 'a', amount: 5n }]);
  });

  const bad: readonly Record<string, unknown>[] = [
    { src: undefined },
    { src: 1 },
    { dst: undefined },
    { dst: null },
    { amount: undefined },
    { amount: 0 },
    { amount: -1 },
    { amount: 0.5 },
    { amount: '5' },
    { amount: true },
    { amount: 1e16 },
  ];
  for (const changes of bad) {
    test(`with ${JSON.stringify(changes)} is no request, and uses no slot`, async () => {
      const answer = check(() => assert.fail('the judge was asked'));
      assert.equal(await answer({ ...good, ...changes }), '{"ok":false,"error":"invalid_request"}');
    });
  }

  test('another op', () => assert.equal(BAD_CHECK_OP, '{"approved":false,"reason":"bad op"}'));
});
