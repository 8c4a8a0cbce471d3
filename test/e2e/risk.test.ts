/** CHECK over the wire (P-30), the same on both deployments. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, type Json } from '../rig/frame-client.ts';
import { onBothDeployments } from '../rig/on-both-deployments.ts';

const APPROVED = '{"approved":true}';
const SLOTS = '{"approved":false,"reason":"daily_transfer_limit_exceeded"}';
const AMOUNT = '{"approved":false,"reason":"transfer_amount_exceeds_limit"}';
const INVALID = '{"ok":false,"error":"invalid_request"}';

const WINDOW_S = 0.4;
const env = { BANK_VELOCITY_LIMIT: '2', BANK_VELOCITY_WINDOW: String(WINDOW_S), BANK_SINGLE_TX_LIMIT: '5000' };

onBothDeployments('CHECK', env, (rail) => {
  const check = (src: string, amount: unknown = 1, changes: Json = {}): Promise<string> =>
    ask(rail().risk, { op: 'CHECK', src, dst: 'settlement_bank', amount, ...changes });

  test('P-30 the cap: equal passes, above is refused, and a denied check uses no slot', async () => {
    for (let i = 0; i < 5; i++) assert.equal(await check('payout_available', 5_001), AMOUNT);
    assert.equal(await check('payout_available', 5_000), APPROVED);
  });

  test('P-30, R5 the window slides: refused while it is full, free again one window after the first', async () => {
    const startedMs = performance.now();
    assert.equal(await check('ops_float'), APPROVED);
    assert.equal(await check('ops_float'), APPROVED);
    const fullMs = performance.now();
    assert.equal(await check('ops_float', 5_001), SLOTS, 'velocity is judged before the amount');
    let answer = SLOTS;
    while (answer === SLOTS) answer = await check('ops_float');
    const freeMs = performance.now();
    assert.equal(answer, APPROVED);
    assert.ok(freeMs - startedMs >= WINDOW_S * 1_000, `free again after ${freeMs - startedMs} ms`);
    assert.ok(freeMs - fullMs < WINDOW_S * 1_000 + 2_000, `only free again after ${freeMs - fullMs} ms`);
  });

  test('P-30 an unknown source is judged by the cap alone, and not remembered', async () => {
    for (let i = 0; i < 5; i++) assert.equal(await check('nobody'), APPROVED);
    assert.equal(await check('nobody', 5_001), AMOUNT);
  });

  suite('P-30 a bad shape', () => {
    const rows: readonly Json[] = [
      { src: 7 },
      { src: undefined },
      { dst: undefined },
      { dst: null },
      { amount: undefined },
      { amount: 0 },
      { amount: '1' },
      { amount: 1.5 },
      { amount: true },
    ];
    for (const changes of rows) {
      test(JSON.stringify(changes), async () => assert.equal(await check('ops_float', 1, changes), INVALID));
    }
  });
});

onBothDeployments('a velocity limit of none', { BANK_VELOCITY_LIMIT: '0' }, (rail) => {
  test('P-30 refuses every movement', async () => {
    assert.equal(await ask(rail().risk, { op: 'CHECK', src: 'ops_float', dst: 'settlement_bank', amount: 1 }), SLOTS);
    const { error } = await rail().transfer({
      src: 'ops_float',
      dst: 'settlement_bank',
      amount: 1,
      idempotency_key: 'k',
    });
    assert.equal(error, 'daily_transfer_limit_exceeded');
  });
});
