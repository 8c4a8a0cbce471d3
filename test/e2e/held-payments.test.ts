/** A policy that holds payments, on a real server with a real Lightning node (B-24, L-05): taken, or back with its payer. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Json } from '../rig/frame-client.ts';
import { runCommand } from '../rig/command.ts';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import { codeOf } from '../rig/http-client.ts';
import { until } from '../rig/until.ts';

const PERIOD = new Date().toISOString().slice(0, 7);

suite('payments that are held', () => {
  const server = new GateServer();
  before(async () => {
    await server.start();
    for (const merchant of ['acme', 'shut', 'called', 'phone']) {
      const { status, json } = await server.post('policies', {
        merchant_id: merchant,
        mode: 'enforce',
        invoice: 'hold',
      });
      assert.deepEqual([status, json['invoice']], [201, 'hold']);
    }
  });
  after(() => server.stop());

  const invoiceOf = async (merchant: string): Promise<Json> => {
    const { json } = await server.client().ask(`/l402-otb/invoices?merchant_id=${merchant}`);
    return (json['items'] as Json[])[0]!;
  };
  const of = (merchant: string, cents: number, po: string): object => purchase(cents, po, { merchant_id: merchant });

  test('B-04, L-05 the wallet pays as always: its preimage comes when the payment is taken, and the credential is good', async () => {
    const purse = await server.purse();
    const { macaroon, invoice } = challengeOf(await server.gate(of('acme', 500, 'p')));
    const open = await invoiceOf('acme');
    assert.deepEqual([open['kind'], open['state'], open['held_at']], ['hold', 'open', null]);
    const credential = `L402 ${macaroon}:${await server.pay(invoice)}`;
    const allowed = await server.gate(of('acme', 500, 'p'), { credential });
    assert.deepEqual([allowed.status, allowed.json['paid']], [200, true]);
    const { state, held_at: heldAt, credit_msat: credit } = await invoiceOf('acme');
    assert.deepEqual([state, typeof heldAt, credit], ['settled', 'string', 0]);
    assert.equal(await server.purse(), purse - 100);
  });

  test('L-05 the period is closed before the payment comes: the wallet hears that it failed, and has everything back', async () => {
    const purse = await server.purse();
    const { invoice } = challengeOf(await server.gate(of('shut', 500, 'p')));
    await server.budget('shut', 1);
    const closed = await server.post(`periods/${PERIOD}/close`, { merchant_id: 'shut' });
    assert.equal(closed.status, 200, closed.text);
    const failed = await server.askPayer('/payinvoice', { invoice });
    assert.deepEqual([failed['paymentPreimage'], failed['reason']], [undefined, 'the recipient rejected the payment']);
    assert.equal(await server.purse(), purse);
    const { state, credit_msat: credit, decision_id: id } = await invoiceOf('shut');
    assert.deepEqual([state, credit], ['closed', 0]);
    const { json } = await server.client().ask(`/l402-otb/decisions/${String(id)}`);
    assert.deepEqual([json['state'], json['reason']], ['expired', 'payment_returned']);
    const again = await server.gate(of('shut', 500, 'p'));
    assert.deepEqual([again.status, codeOf(again)], [422, 'policy_violation']);
  });

  test('B-28 a challenge that is called off cannot be paid any more', async () => {
    const purse = await server.purse();
    const { json } = await server.gate(of('called', 5, 'p'));
    const { status } = await server.post(`decisions/${String(json['decision_id'])}/cancel`);
    assert.equal(status, 200);
    await assert.rejects(server.pay(json['l402_invoice']));
    assert.equal(await server.purse(), purse);
  });

  test('B-04 who paid with a phone repeats the request without a credential', async () => {
    const { invoice } = challengeOf(await server.gate(of('phone', 7, 'p')));
    await server.pay(invoice);
    assert.equal((await server.gate(of('phone', 7, 'p'))).status, 200);
  });

  test('B-27 the lag of settlements and what is held are measured', async () => {
    await until('a settlement was measured', async () =>
      /^purser_gate_settlement_lag_seconds_count [1-9]/m.test((await server.client().ask('/metrics')).text),
    );
    assert.match((await server.client().ask('/metrics')).text, /^purser_gate_held_payments 0$/m);
  });

  test('the command line sets and shows it', async () => {
    const env = { PURSER_URL: server.url, PURSER_DATA: server.data };
    const set = await runCommand(['policy', 'set', 'cli', '--mode', 'enforce', '--invoice', 'hold', '--json'], env);
    assert.equal((JSON.parse(set.out) as Json)['invoice'], 'hold', set.err);
    const shown = await runCommand(['policy', 'show', 'cli', '--table'], env);
    assert.match(shown.out, /INVOICE +hold/);
  });

  test('L-08 no preimage in the log or in the journal', async () => {
    const { invoice } = challengeOf(await server.gate(of('acme', 500, 'secret')));
    const preimage = await server.pay(invoice);
    const facts = (await server.client().ask('/v1/facts?limit=1000')).text;
    assert.ok(facts.includes('otb/invoice-held.v1'));
    const listed = (await server.client().ask('/l402-otb/invoices?limit=1000')).text;
    for (const text of [facts, listed, server.process.lines.join('\n') + server.process.errors])
      assert.ok(!text.includes(preimage));
  });
});
