/** What survives a restart and a `kill -9` (P-13, P-14, P-26, R2), the same on both deployments and both engines. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deployments, engines, Rail } from '../rig/deployment.ts';
import { askJson, openClient, type Json } from '../rig/frame-client.ts';

let keys = 0;
const request = (amount = 1): Json => ({
  op: 'TRANSFER',
  src: 'collection_pending',
  dst: 'payout_available',
  amount,
  idempotency_key: `key ${++keys}`,
});

const settings = engines.flatMap((engine) => deployments.map((deployment) => ({ engine, deployment })));

for (const { engine, deployment } of settings) {
  suite(`${deployment} on ${engine}: restarts`, () => {
    for (const how of ['stop', 'kill'] as const) {
      test(`after ${how === 'stop' ? 'SIGTERM' : 'kill -9'} every answered key gives its bytes again, ids go on, created_at ascends`, async () => {
        const rail = await Rail.start(deployment, {}, engine);
        const requests = [request(5), request(1_000_000), request(1_000_000_001), request(7)];
        const first = await Promise.all(requests.map((wanted) => rail.transferText(wanted)));
        const before = { balances: await rail.balances(), log: await rail.log() };
        assert.equal(before.log.length, 4);
        await rail[how]();
        await rail.start();
        assert.deepEqual({ balances: await rail.balances(), log: await rail.log() }, before);
        assert.deepEqual(await Promise.all(requests.map((wanted) => rail.transferText(wanted))), first);
        assert.deepEqual(await rail.balances(), before.balances);
        const conflict = await rail.transfer({ ...requests[0], amount: 6 });
        assert.equal(conflict['error'], 'idempotency_conflict');
        const known = new Set(first.map((text) => (JSON.parse(text) as Json)['tx_id']));
        const { tx_id: txId } = await rail.transfer(request());
        assert.ok(!known.has(txId) && typeof txId === 'string');
        const instants = (await rail.log()).map(({ created_at: createdAt }) => Number(createdAt));
        for (const [i, instant] of instants.entries()) assert.ok(i === 0 || instant > instants[i - 1]!);
        const fresh = await rail.stats();
        assert.deepEqual(
          [fresh['ok'], fresh['fail'], fresh['invalid']],
          [1, 1, 1],
          'counters begin anew, replays count nothing',
        );
        await rail.stop();
      });
    }

    test('kill -9 in the middle of a pipeline: every answered transfer is there, every other one may come again', async () => {
      const rail = await Rail.start(deployment, {}, engine);
      const requests = Array.from({ length: 2_000 }, () => request());
      const client = await openClient(rail.gateway);
      client.send(...requests);
      const answered = (await client.answers(200)).map(String);
      await rail.kill();
      answered.push(...(await client.rest()));
      client.close();
      await rail.start();
      const again = await openClient(rail.gateway);
      again.send(...requests);
      const repeated = await again.answers(2_000);
      again.close();
      assert.deepEqual(repeated.slice(0, answered.length), answered);
      const outcomes = repeated.map((text) => JSON.parse(String(text)) as Json);
      const balances = await rail.balances();
      // A transfer that the kill interrupted may end as debit_timeout in the split deployment: then it moved nothing.
      const moved = outcomes.filter(({ ok }) => ok === true).length;
      assert.ok(
        outcomes.every(({ ok, error }) => ok === true || (deployment === 'split' && error === 'debit_timeout')),
      );
      assert.equal(10_000 - balances['collection_pending']!, moved);
      assert.equal(balances['payout_available']! - 10_000, moved);
      assert.equal(new Set(outcomes.map(({ tx_id: txId }) => txId)).size, 2_000);
      await rail.stop();
    });

    test('P-24 openings are recorded once; another amount or a missing balance stops the start with its name', async () => {
      const rail = await Rail.start(deployment, { BANK_BALANCES: 'left,right' }, engine);
      await rail.transfer({ src: 'left', dst: 'right', amount: 1, idempotency_key: 'k' });
      await rail.stop();
      const ledger = [rail.programOf('ledger')];
      for (const [env, says] of [
        [{ BANK_INITIAL_BALANCE: '10001' }, /BANK_INITIAL_BALANCE is 10001, but left was opened with 10000/],
        [{ BANK_BALANCES: 'left,other' }, /BANK_BALANCES leaves out right/],
      ] as const) {
        await assert.rejects(rail.start(ledger, env));
        const refused = rail.process('ledger');
        assert.equal(await refused.exited, 78);
        assert.match(refused.errors, says);
      }
      await rail.start(ledger, { BANK_BALANCES: 'left,right,later' });
      assert.deepEqual(await rail.balances(), { left: 9_999, right: 10_001, later: 10_000 });
      await rail.stop(ledger);
    });
  });
}

for (const engine of engines) {
  test(`the split deployment on ${engine}: a ledger that comes back goes on where it was`, async () => {
    const rail = await Rail.start('split', {}, engine);
    await askJson(rail.ledger, { op: 'DEBIT', account: 'ops_float', amount: 5, tx_id: 't' });
    await rail.kill(['ledger']);
    await rail.start(['ledger']);
    assert.deepEqual(await askJson(rail.ledger, { op: 'ROLLBACK', tx_id: 't' }), { ok: true, balance: 10_000 });
    await rail.stop();
  });
}
