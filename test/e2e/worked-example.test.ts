/**
 * The settlement rail's worked example, to the unit: by hand over HTTP with a key for each party, on both engines, and as the
 * example program that people run.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { runCommand } from '../rig/command.ts';
import { engines, Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { HttpClient, type HttpAnswer } from '../rig/http-client.ts';
import { until } from '../rig/until.ts';

const BUYER = 'account:org:acme';
const POOL = 'account:community-pool';

interface Provider {
  readonly name: string;
  readonly key: HttpClient;
}

for (const engine of engines) {
  suite(`${engine}: the worked example`, () => {
    let rail: Rail;
    let operator: HttpClient;
    let buyer: HttpClient;
    const post = (who: HttpClient, path: string, body: unknown): Promise<HttpAnswer> =>
      who.ask(path, { method: 'POST', body });

    before(async () => {
      rail = await Rail.start('all-in-one', {}, engine);
      operator = new HttpClient(await rail.httpOf('gateway'));
      buyer = await operator.keyFor('buyer', { merchant: 'acme' });
    });

    /** Available, held, total; every account must have added up. */
    async function balanceOf(account: string): Promise<[available: number, held: number]> {
      const { json } = await operator.ask(`/v1/ledger/account?account_id=${account}`);
      const { available, held, total } = json as Record<string, number>;
      assert.equal(total, available! + held!);
      return [available!, held!];
    }

    async function offer(name: string, price: number, depth: number): Promise<Provider> {
      const key = await operator.keyFor('provider', { account: `account:participant:${name}` });
      const { status } = await post(key, '/v1/offers', {
        offer_id: `offer-${name}`,
        sequence_no: 1,
        provider_node_id: `node-${name}`,
        provider_participant_id: name,
        service_type: name,
        description: `what ${name} does`,
        price_amount: price,
        price_currency: 'ORC',
        unit_kind: 'per-item',
        expires_at: '2100-01-01T00:00:00Z',
        max_queue_depth: depth,
        auto_accept: true,
      });
      assert.equal(status, 201);
      return { name, key };
    }

    const order = (phase: number, number: number, { name }: Provider, units: number): Promise<HttpAnswer> =>
      post(buyer, '/v1/orders', {
        order_id: `order-${phase}-${number}`,
        buyer_node_id: 'node-acme',
        subject_kind: 'org',
        subject_id: 'acme',
        operator_participant_id: 'alice',
        provider_node_id: `node-${name}`,
        provider_participant_id: name,
        offer_id: `offer-${name}`,
        offer_seq: 1,
        service_type: name,
        units,
        input: { number },
        max_price_amount: 10_000,
        max_price_currency: 'ORC',
        run_id: 'run-1',
        phase_id: `phase-${phase}`,
      });

    async function deliver({ json }: HttpAnswer, { key }: Provider): Promise<void> {
      const at = `/v1/executions/${String(json['execution_id'])}`;
      assert.equal((await post(key, `${at}/result`, { status: 'completed', output: 'done' })).status, 200);
      const accepted = await post(buyer, `${at}/accept`, {});
      assert.deepEqual([accepted.status, accepted.json['state']], [200, 'released']);
    }

    const resultOf = ({ json }: HttpAnswer): unknown => json['classifier'] ?? json['result'];
    const numbers = [1, 2, 3, 4, 5, 6];

    test('S-10, S-12, R9 500.00 come in: 450.00 for the buyer, the fee of 50.00 for the pool', async () => {
      const { status } = await post(operator, '/v1/ledger/top-up', {
        receipt_id: 'receipt-1',
        account_id: BUYER,
        amount: 45_000,
        unit: 'ORC',
        gateway_node_id: 'gateway-1',
        external: { amount: 50_000, currency: 'EUR', payment_ref: 'bank-77' },
        fee: { basis_points: 1_000, amount: 5_000, account_id: POOL },
      });
      assert.equal(status, 201);
      await operator.ask('/v1/orgs/acme', { method: 'PUT', body: { custodian_participant_id: 'alice' } });
      assert.deepEqual(
        [await balanceOf(BUYER), await balanceOf(POOL)],
        [
          [45_000, 0],
          [5_000, 0],
        ],
      );
    });

    test('phase 1: two orders of 3 x 2.00', async () => {
      const printer = await offer('printer', 200, 10);
      const orders = [await order(1, 1, printer, 3), await order(1, 2, printer, 3)];
      assert.deepEqual(
        orders.map(({ json }) => json['price_amount']),
        [600, 600],
      );
      assert.deepEqual(await balanceOf(BUYER), [43_800, 1_200]);
      for (const each of orders) await deliver(each, printer);
      assert.deepEqual(await balanceOf('account:participant:printer'), [1_200, 0]);
    });

    test('phase 2: six orders of 10.00', async () => {
      const binder = await offer('binder', 1_000, 10);
      const orders = await Promise.all(numbers.map((number) => order(2, number, binder, 1)));
      assert.deepEqual(new Set(orders.map(resultOf)), new Set(['opened-execution']));
      assert.deepEqual(await balanceOf(BUYER), [37_800, 6_000]);
      for (const each of orders) await deliver(each, binder);
      assert.deepEqual(await balanceOf('account:participant:binder'), [6_000, 0]);
    });

    test('S-33 phase 3: six orders of 5.00 at a provider that takes three at a time', async () => {
      const courier = await offer('courier', 500, 3);
      // At once: however they come, no more than three get in.
      const first = await Promise.all(numbers.map((number) => order(3, number, courier, 1)));
      const opened = first.filter((each) => resultOf(each) === 'opened-execution');
      const saturated = first.filter((each) => resultOf(each) === 'queue-saturated');
      assert.deepEqual([opened.length, saturated.length], [3, 3]);
      assert.ok(saturated.every(({ status, json }) => status === 200 && json['retryable'] === true));
      assert.deepEqual(await balanceOf(BUYER), [36_300, 1_500]);
      for (const each of opened) await deliver(each, courier);
      for (const { json } of saturated) {
        const again = await order(3, Number(String(json['order_id']).slice(-1)), courier, 1);
        assert.deepEqual([again.status, resultOf(again)], [201, 'opened-execution']);
        await deliver(again, courier);
      }
      assert.deepEqual(await balanceOf('account:participant:courier'), [3_000, 0]);
    });

    test('S-05 in the end: 348.00, 12.00, 60.00, 30.00 and 50.00, which are the 500.00 that came in', async () => {
      const accounts = await operator.all('/v1/ledger/accounts', 2);
      const totals = new Map(accounts.map((account) => [account['account_id'], Number(account['total'])]));
      assert.deepEqual(Object.fromEntries(totals), {
        [BUYER]: 34_800,
        [POOL]: 5_000,
        'account:participant:binder': 6_000,
        'account:participant:courier': 3_000,
        'account:participant:printer': 1_200,
      });
      assert.equal(
        [...totals.values()].reduce((sum, each) => sum + each, 0),
        50_000,
      );
      const receipts = (await buyer.all('/v1/executions', 4)).map((item) => (item['receipt'] as Json)['status']);
      assert.deepEqual(receipts, Array<string>(14).fill('settled'));
      // 500.00 in, 102.00 on to the bank: the operational balances tell the same.
      await until('all movements are made', async () => (await rail.balances())['settlement_bank'] === 20_200);
      assert.equal((await rail.balances())['payout_available'], 10_000 + 50_000 - 10_200);
    });

    test('and the books say so', async () => {
      assert.deepEqual(await rail.stop(), [0]);
      const place = rail.placeOf('gateway');
      const where = engine === 'SQLite' ? ['--data', place] : ['--store', place];
      const verified = await runCommand(['verify', ...where, '--json']);
      assert.equal(verified.code, 0, verified.out + verified.err);
    });
  });
}

suite('examples/worked-example.mjs', () => {
  let rail: Rail;
  before(async () => {
    rail = await Rail.start('all-in-one');
  });
  after(() => rail.stop());

  test('prints what worked-example.out has, and does so again', async () => {
    const { url, key } = await rail.httpOf('gateway');
    const root = join(import.meta.dirname, '../..');
    const expected = readFileSync(join(root, 'examples/worked-example.out'), 'utf8');
    for (const _ of ['the first time', 'on the same server']) {
      const { stdout } = await promisify(execFile)(process.execPath, ['examples/worked-example.mjs', url], {
        cwd: root,
        env: { PURSER_KEY: key },
      });
      assert.equal(stdout, expected);
    }
  });
});
