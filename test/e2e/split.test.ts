/** Parts that are away (P-15, P-40..P-45), where there are parts: the split deployment, with processes killed and started. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { engines, Rail } from '../rig/deployment.ts';
import { ask, type Json } from '../rig/frame-client.ts';

let keys = 0;
const request = (changes: Json = {}): Json => ({
  src: 'collection_pending',
  dst: 'payout_available',
  amount: 500,
  idempotency_key: `key ${++keys}`,
  ...changes,
});

const fast = { BANK_FRAUD_TIMEOUT: '0.3', BANK_ACCT_TIMEOUT: '0.3' };

/** Counters that are not zero. */
async function counted(rail: Rail): Promise<Json> {
  return Object.fromEntries(Object.entries(await rail.stats()).filter(([, count]) => count !== 0));
}

async function shapeOf(rail: Rail, txId: unknown): Promise<string> {
  const rows = (await rail.log()).filter((row) => row['tx_id'] === txId);
  return rows.map(({ op, account_id: account }) => (account === '' ? 'tombstone' : String(op))).join('+');
}

for (const engine of engines) {
  suite(`the split deployment with parts away, on ${engine}`, { concurrency: 2 }, () => {
    test('P-40 risk away: transfers proceed, are counted, logged, and shown as a state', async () => {
      const rail = await Rail.start('split', fast, engine);
      await rail.kill(['risk']);
      const answer = await rail.transfer(request());
      assert.equal(answer['ok'], true);
      assert.deepEqual(await counted(rail), { ok: 1, risk_timeout: 1 });
      await rail.process('gateway').line(/^SERVICE name=gateway event=risk_unreachable/);
      await rail.start(['risk']);
      assert.equal((await rail.transfer(request()))['ok'], true);
      assert.deepEqual(await counted(rail), { ok: 2, risk_timeout: 1 });
      await rail.stop();
    });

    test('R1 risk away under `refuse`: unavailable, nothing kept, and the key works once risk is back', async () => {
      const rail = await Rail.start('split', { ...fast, PURSER_RISK_UNREACHABLE: 'refuse' }, engine);
      await rail.kill(['risk']);
      const wanted = request();
      assert.equal(await rail.transferText(wanted), '{"ok":false,"error":"unavailable"}');
      assert.deepEqual(await rail.log(), []);
      await rail.start(['risk']);
      assert.equal((await rail.transfer(wanted))['ok'], true);
      await rail.stop();
    });

    test('P-15 ledger away: BALANCE is accounts_unreachable', async () => {
      const rail = await Rail.start('split', fast, engine);
      await rail.kill(['ledger']);
      assert.equal(await ask(rail.gateway, { op: 'BALANCE' }), '{"ok":false,"error":"accounts_unreachable"}');
      await rail.start(['ledger']);
      assert.match(await ask(rail.gateway, { op: 'BALANCE' }), /"total":50000/);
      await rail.stop();
    });

    test('P-42, P-44 ledger away: pending with a state, then a tombstone once it is back, and the key tells it', async () => {
      const rail = await Rail.start('split', fast, engine);
      await rail.kill(['ledger']);
      const wanted = request();
      const answer = await rail.transfer(wanted);
      const { tx_id: txId } = answer;
      assert.deepEqual(answer, { ok: false, error: 'debit_timeout', tx_id: txId, state: 'compensation_pending' });
      await rail
        .process('gateway')
        .line(new RegExp(`^SERVICE name=gateway event=compensation_failed tx_id=${String(txId)}$`));
      assert.deepEqual(await rail.transfer(wanted), answer);
      assert.equal((await rail.transfer({ ...wanted, amount: 1 }))['error'], 'idempotency_conflict');
      assert.deepEqual(await counted(rail), {
        fail: 2,
        invalid: 1,
        debit_timeout: 1,
        compensation_failed: 1,
        compensation_retries: 2,
      });
      await rail.start(['ledger']);
      await rail.process('gateway').line(new RegExp(`event=compensation_ok tx_id=${String(txId)}`));
      const final = await settled(rail, wanted);
      assert.deepEqual(final, { ok: false, error: 'debit_timeout', tx_id: txId });
      assert.equal(await shapeOf(rail, txId), 'tombstone');
      assert.equal((await rail.transfer(request()))['ok'], true);
      await rail.stop();
    });

    test('P-44, P-45 a pending compensation outlives a kill -9 of the payment gateway', async () => {
      const rail = await Rail.start('split', fast, engine);
      await rail.kill(['ledger']);
      const wanted = request();
      const { tx_id: txId, state } = await rail.transfer(wanted);
      assert.equal(state, 'compensation_pending');
      await rail.kill(['gateway']);
      await rail.start(['gateway']);
      assert.deepEqual(await rail.transfer(wanted), { ok: false, error: 'debit_timeout', tx_id: txId, state });
      await rail.start(['ledger']);
      assert.deepEqual(await settled(rail, wanted), { ok: false, error: 'debit_timeout', tx_id: txId });
      assert.equal(await shapeOf(rail, txId), 'tombstone');
      await rail.stop();
    });

    test('P-45 a payment gateway that is killed while transfers are under way ends each of them after its restart', async () => {
      const rail = await Rail.start('split', fast, engine);
      const requests = Array.from({ length: 60 }, () => request({ amount: 1 }));
      const first = Promise.allSettled(requests.map((wanted) => rail.transferText(wanted)));
      // Some are through, some under way, some not begun.
      await rail.transfer(request({ amount: 1 }));
      await rail.kill(['gateway']);
      const heard = await first;
      await rail.start(['gateway']);
      const final = await Promise.all(requests.map((wanted) => rail.transferText(wanted)));
      let moved = 1;
      for (const [i, text] of final.entries()) {
        const before = heard[i];
        if (before?.status === 'fulfilled') assert.equal(text, before.value);
        const { ok, error, tx_id: txId } = JSON.parse(text) as Json;
        const shape = await shapeOf(rail, txId);
        if (ok === true) assert.equal(shape, 'debit+credit');
        else
          assert.ok(error === 'debit_timeout' && ['debit+rollback', 'tombstone'].includes(shape), `${text} ${shape}`);
        if (ok === true) moved += 1;
      }
      assert.equal(10_000 - (await rail.balances())['collection_pending']!, moved);
      await rail.stop();
    });
  });
}

/** Asks until the answer is the completed one. */
async function settled(rail: Rail, wanted: Json): Promise<Json> {
  for (;;) {
    const answer = await rail.transfer(wanted);
    if (answer['state'] === undefined) return answer;
  }
}
