/** TRANSFER at the door (P-12, P-16): validation never reaches the rail, everything else is the rail's answer. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Stats } from './stats.ts';
import { transfer, type Rail } from './transfer.ts';

const balances = new Set(['a', 'b']);
const good = { op: 'TRANSFER', src: 'a', dst: 'b', amount: 5, idempotency_key: 'k' };

suite('P-12 TRANSFER', () => {
  test('hands a valid request to the rail and gives its answer', async () => {
    const stats = new Stats();
    const asked: unknown[] = [];
    const rail: Rail = (request) => {
      asked.push(request);
      return Promise.resolve({ answer: '{"ok":true}', code: null, replayed: false });
    };
    assert.equal(await transfer(rail, balances, stats)(good), '{"ok":true}');
    assert.deepEqual(asked, [{ src: 'a', dst: 'b', amount: 5n, key: 'k' }]);
    assert.equal((JSON.parse(stats.toJson()) as { ok: number }).ok, 1);
  });

  const rows: readonly [changes: Record<string, unknown>, error: string][] = [
    [{ idempotency_key: '' }, 'invalid_idempotency_key'],
    [{ src: 'nowhere' }, 'unknown_balance'],
    [{ dst: 'a' }, 'same_balance_transfer'],
    [{ amount: 0 }, 'invalid_amount'],
  ];
  for (const [changes, error] of rows) {
    test(`${error} is answered without a tx_id and counted, and the rail hears nothing`, async () => {
      const stats = new Stats();
      const rail: Rail = () => assert.fail('the rail was asked');
      assert.equal(await transfer(rail, balances, stats)({ ...good, ...changes }), `{"ok":false,"error":"${error}"}`);
      const { invalid, fail } = JSON.parse(stats.toJson()) as { invalid: number; fail: number };
      assert.deepEqual([invalid, fail], [1, 1]);
    });
  }
});
