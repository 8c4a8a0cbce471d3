/** From a decision to the money and back (J1), over HTTP with a real Lightning node: every step names its neighbours. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { offerBody, orderBody, post, put, topUpBody } from '../rig/bridge-stage.ts';
import type { Json } from '../rig/frame-client.ts';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import type { HttpClient } from '../rig/http-client.ts';
import { until } from '../rig/until.ts';

suite('J1 lineage', () => {
  const server = new GateServer();
  let operator: HttpClient;
  before(async () => {
    await server.start();
    operator = server.client();
  });
  after(() => server.stop());

  const read = async (path: string): Promise<Json> => (await operator.ask(path)).json;
  const first = async (path: string): Promise<Json> => ((await read(path))['items'] as Json[])[0] ?? {};

  test('J1, J5, S-35 settled invoice, decision, order, execution, hold, movement and transfer lead to each other in both directions', async () => {
    await put(operator, '/v1/orgs/acme', { custodian_participant_id: 'alice' });
    await post(operator, '/v1/ledger/top-up', topUpBody('r-line', 'account:org:acme', 600));
    await post(operator, '/v1/offers', offerBody('cloth'));

    const { invoice } = challengeOf(await server.gate(purchase(600, 'po-line')));
    await server.pay(invoice);
    const allowed = await server.gate(purchase(600, 'po-line'));
    assert.equal(allowed.status, 200, allowed.text);
    const decisionId = String(allowed.json['decision_id']);
    const ordered = await post(operator, '/v1/orders', orderBody('o-line', 'cloth', { gate_decision_id: decisionId }));
    assert.equal(ordered.json['result'], 'opened-execution', ordered.text);
    const { execution_id: executionId, hold_id: holdId } = ordered.json as Record<string, string>;
    const at = `/v1/executions/${executionId}`;
    await post(operator, `${at}/result`, { status: 'completed', output: 'done' });
    assert.equal((await post(operator, `${at}/accept`)).status, 200);

    // There.
    const decision = await read(`/l402-otb/decisions/${decisionId}`);
    const { payment_hash: paymentHash, decision_id: ofInvoice, state } = decision['invoice'] as Json;
    assert.deepEqual([decision['paid'], state], [true, 'settled']);
    assert.match(String(paymentHash), /^[0-9a-f]{64}$/);
    assert.deepEqual([decision['order_id'], ofInvoice], ['o-line', decisionId]);
    const order = await read('/v1/orders/o-line');
    assert.deepEqual([order['execution_id'], order['hold_id']], [executionId, holdId]);
    await until('the movement is made', async () => (await first(`/v1/movements?cause=${holdId}`))['state'] === 'done');
    const movement = await first(`/v1/movements?cause=${holdId}`);
    const transfer = await read(`/v1/transfers/${String(movement['tx_id'])}`);
    assert.deepEqual([transfer['amount'], transfer['outcome']], [600, 'ok']);

    // And back.
    assert.equal(transfer['movement'], movement['movement_key']);
    assert.equal(transfer['movement'], `hold:${holdId}:released`);
    const hold = await read(`/v1/ledger/holds/${String(movement['cause'])}`);
    assert.deepEqual([hold['order_id'], hold['contract_id']], ['o-line', executionId]);
    const execution = await read(`/v1/executions/${String(hold['contract_id'])}`);
    assert.deepEqual([execution['order_id'], execution['gate_decision_id']], ['o-line', decisionId]);
    const { receipt } = (await read(`/v1/orders/${String(hold['order_id'])}`)) as { receipt: Json };
    assert.deepEqual([receipt['gate_decision_id'], receipt['hold_id']], [decisionId, holdId]);
    const { items } = await read('/l402-otb/invoices?merchant_id=acme');
    const bill = (items as Json[]).find((item) => item['payment_hash'] === paymentHash);
    assert.equal(bill?.['decision_id'], decisionId);
  });

  test('J1 a receipt leads to its inflow and its transfer, and both lead back', async () => {
    await until('the movement is made', async () => (await first('/v1/movements?cause=r-line'))['state'] === 'done');
    const { inflow_tx_id: inflowId, tx_id: txId } = await first('/v1/movements?cause=r-line');
    for (const id of [inflowId, txId])
      assert.equal((await read(`/v1/transfers/${String(id)}`))['movement'], 'receipt:r-line');
  });
});
