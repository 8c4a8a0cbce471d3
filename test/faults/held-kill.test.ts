/** The server is killed while it holds a payment (L-05, L-07): the next one goes on, and nobody's money stays where it is. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Json } from '../rig/frame-client.ts';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import { until } from '../rig/until.ts';
import { failures, verify } from './purser.ts';

const PERIOD = new Date().toISOString().slice(0, 7);
const PRICE_SATS = 100;

/** What the record of the one invoice says. */
function invoiceIn(data: string): Readonly<Record<string, unknown>> {
  const db = new DatabaseSync(join(data, 'purser.db'), { readOnly: true });
  const row = db.prepare('select state, hold, preimage_sealed from otb_l402_invoices').get() ?? {};
  db.close();
  return row;
}

/** A server that kills itself when its first command of this type is committed, with a policy that holds payments. */
async function deadly(type: string): Promise<GateServer> {
  const server = await new GateServer().start();
  await server.budget('acme', 1);
  const { status } = await server.post('policies', { merchant_id: 'acme', mode: 'enforce', invoice: 'hold' });
  assert.equal(status, 201);
  await server.stop();
  const program = join(import.meta.dirname, 'deadly-server.ts');
  return server.start([process.execPath, program, type, '1']);
}

async function outgoing(server: GateServer, hash: unknown): Promise<Json> {
  return server.askPayer(`/payments/outgoingbyhash/${String(hash)}`);
}

suite('the server is killed while it holds a payment', () => {
  for (const type of ['accept-payment', 'settle-invoice'])
    test(`L-07 when ${type} is committed, and nobody has heard of it: taken after the restart, and good for one use`, async () => {
      const server = await deadly(type);
      const purse = await server.purse();
      const asked = await server.gate(purchase(500, 'p'), { idempotencyKey: 'k' });
      const { macaroon, invoice } = challengeOf(asked);
      const lost = server.pay(invoice).then(
        () => 'paid',
        () => 'lost',
      );
      assert.equal(await server.process.exited, 'SIGKILL');
      if (type === 'accept-payment') {
        assert.equal(await lost, 'lost');
        assert.deepEqual([invoiceIn(server.data)['state'], invoiceIn(server.data)['hold']], ['held', 'waiting']);
      }
      await server.start();
      await until('it is settled', () => invoiceIn(server.data)['state'] === 'settled');
      const { isPaid, preimage } = await outgoing(server, asked.json['payment_hash']);
      assert.equal(isPaid, true);
      assert.equal(await server.purse(), purse - PRICE_SATS);
      assert.deepEqual([invoiceIn(server.data)['hold'], invoiceIn(server.data)['preimage_sealed']], ['ended', null]);
      const credential = `L402 ${macaroon}:${String(preimage)}`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => server.gate(purchase(500, 'p'), { credential, idempotencyKey: 'k' })),
      );
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      assert.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
      await server.stop();
      assert.deepEqual(failures(await verify(server.data)), []);
    });

  test('L-05 when it has declined the payment, and has not told the node: back with its payer after the restart', async () => {
    const server = await deadly('accept-payment');
    const purse = await server.purse();
    const { json } = await server.gate(purchase(500, 'p'));
    assert.equal((await server.post(`periods/${PERIOD}/close`, { merchant_id: 'acme' })).status, 200);
    const lost = assert.rejects(server.pay(json['l402_invoice']));
    assert.equal(await server.process.exited, 'SIGKILL');
    await lost;
    assert.deepEqual([invoiceIn(server.data)['state'], invoiceIn(server.data)['hold']], ['closed', 'waiting']);
    await server.start();
    await until('the node has nothing of it', () => invoiceIn(server.data)['hold'] === 'ended');
    assert.equal((await outgoing(server, json['payment_hash']))['isPaid'], false);
    assert.equal(await server.purse(), purse);
    await server.stop();
    assert.deepEqual(failures(await verify(server.data)), []);
  });
});
