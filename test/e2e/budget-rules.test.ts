/** What planners and the gate see of budgets over HTTP: tables for readers, rules under keys, late orders (B-01, B-02, B-21 to B-24). */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { runCommand } from '../rig/command.ts';
import { engines, Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { HttpClient, type Ask, type HttpAnswer } from '../rig/http-client.ts';
import { queryAt } from '../rig/postgres.ts';

const acme = {
  name: 'Acme',
  currency: 'EUR',
  hierarchy: [
    { category: 'apparel', parent: null },
    { category: 'boots', parent: 'apparel' },
    { category: 'home', parent: null },
  ],
};

const budget = { merchant_id: 'acme', basis: 'cost', currency: 'EUR', amount_cents: 100_000 };

const errorOf = ({ json }: HttpAnswer): Json => json['error'] as Json;

for (const engine of engines) {
  suite(`${engine}: budgets, their rules and their orders`, () => {
    let rail: Rail;
    let url = '';
    let operator: HttpClient;
    let planner: HttpClient;
    let reader: HttpClient;
    let finance: HttpClient;

    before(async () => {
      rail = await Rail.start('all-in-one', {}, engine);
      const { host, port } = await rail.process('gateway').address('http');
      url = `http://${host}:${port}`;
      operator = new HttpClient({ url, key: rail.operatorToken });
      [planner, reader, finance] = await Promise.all([keyOf('planner'), keyOf('buyer'), keyOf('finance')]);
      const set = await planner.ask('/l402-otb/merchants/acme', { method: 'PUT', body: acme });
      assert.equal(set.status, 200, set.text);
    });
    after(() => rail.stop());

    async function keyOf(role: string): Promise<HttpClient> {
      const { json } = await operator.ask('/v1/keys', { method: 'POST', body: { role, merchant: 'acme' } });
      return new HttpClient({ url, key: String(json['key']) });
    }

    const post = (path: string, body: unknown = {}, who = planner, further: Ask = {}): Promise<HttpAnswer> =>
      who.ask(`/l402-otb${path}`, { method: 'POST', body, ...further });
    const get = (path: string): Promise<HttpAnswer> => reader.ask(`/l402-otb${path}`);
    const bucket = async (period: string, category?: string): Promise<Json> => {
      const of = category === undefined ? '' : `&category=${category}`;
      const { status, json, text } = await get(`/budget?merchant_id=acme&period=${period}${of}`);
      assert.equal(status, 200, text);
      return json;
    };

    async function active(period: string): Promise<Json> {
      const drafted = await post('/budgets', { ...budget, period });
      assert.equal(drafted.status, 201, drafted.text);
      const activated = await planner.ask(`/l402-otb/budgets/${String(drafted.json['budget_id'])}/activate`, {
        method: 'POST',
      });
      assert.equal(activated.status, 200, activated.text);
      return activated.json;
    }

    const allocate = (of: Json, category: string, amount: number): Promise<HttpAnswer> =>
      post('/allocations', { budget_id: of['budget_id'], category, amount_cents: amount });

    test('B-01, R10: the six tables are there for whoever reads the database, and hold what the API told', async () => {
      const own = await active('2022-05');
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'restock', amount_cents: 5, period: '2022-05' };
      const allowed = await post('/gate', ask, reader);
      assert.equal(allowed.status, 200, allowed.text);
      const place = rail.placeOf('ledger');
      const db = new DatabaseSync(':memory:');
      if (engine === 'SQLite') db.exec(`attach 'file:${place}/purser.db?mode=ro' as app`);
      const read = async (sql: string): Promise<readonly Json[]> =>
        engine === 'SQLite' ? db.prepare(sql).all() : queryAt<Json>(place, sql);
      for (const table of ['allocations', 'policies', 'gate_decisions', 'reconciliations', 'l402_invoices'])
        assert.equal((await read(`select count(*) as rows from app.otb_${table}`)).length, 1, table);
      const [planned] = await read(
        `select status from app.otb_budgets where budget_id = '${String(own['budget_id'])}'`,
      );
      assert.equal(planned?.['status'], 'active');
      const id = String(allowed.json['decision_id']);
      const [decided] = await read(`select state, action_kind from app.otb_gate_decisions where decision_id = '${id}'`);
      assert.deepEqual([decided?.['state'], decided?.['action_kind']], ['reserved', 'restock']);
      db.close();
    });

    test('B-02: purchase orders, transfers, restocks and commitments to vendors debit one budget', async () => {
      const period = '2032-06';
      await allocate(await active(period), 'home', 1_000);
      const kinds = ['po_submit', 'transfer_request', 'restock', 'vendor_commit', 'other'];
      for (const [done, kind] of kinds.entries()) {
        const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: kind, amount_cents: 10, period };
        assert.equal((await post('/gate', { ...ask, category: 'home' }, reader)).status, 200, kind);
        assert.equal((await post('/gate', ask, reader)).status, 200, kind);
        for (const category of ['home', undefined])
          assert.equal((await bucket(period, category))['reserved_cents'], 10 * (done + 1), kind);
      }
    });

    test('B-24: a policy under its key comes back as it was, and a late retry does not undo a newer one', async () => {
      const policy = { merchant_id: 'acme', mode: 'warn', tolerance_bp: 7 };
      const under = (key: string, body: Json = policy): Promise<HttpAnswer> =>
        post('/policies', body, planner, { headers: { 'Idempotency-Key': key } });
      const first = await under('policy-1');
      assert.equal(first.status, 201, first.text);
      const newer = await under('policy-2', { merchant_id: 'acme', mode: 'enforce' });
      assert.equal(newer.status, 201);
      const late = await under('policy-1');
      assert.deepEqual([late.status, late.headers.get('idempotency-replayed'), late.json], [200, 'true', first.json]);
      const conflict = await under('policy-1', { ...policy, tolerance_bp: 8 });
      assert.deepEqual([conflict.status, errorOf(conflict)['code']], [409, 'idempotency_conflict']);
      assert.deepEqual(errorOf(conflict)['fields'], ['tolerance_bp']);
      const [inForce] = (await get('/policies?merchant_id=acme')).json['items'] as Json[];
      assert.equal(inForce?.['policy_id'], newer.json['policy_id']);
    });

    test('B-24: a limit for a role that is none, and a currency that is none, are refused by name', async () => {
      const cook = await post('/policies', { merchant_id: 'acme', mode: 'track', role_limits: { cook: 1 } });
      assert.deepEqual([cook.status, errorOf(cook)['field']], [400, 'role_limits.cook']);
      const rate = { currency: 'EURO', cents_per_btc: 1 };
      const rated = await post('/policies', { merchant_id: 'acme', mode: 'track', rate });
      assert.deepEqual([rated.status, errorOf(rated)['field']], [400, 'rate.currency']);
      for (const currency of ['EURO', 'eur', 'E1R', 'EU']) {
        const drafted = await post('/budgets', { ...budget, period: '2032-08', currency });
        assert.deepEqual([drafted.status, errorOf(drafted)['field']], [400, 'currency'], currency);
      }
    });

    test('B-22: the read names the budget that the gate would debit', async () => {
      const period = '2032-07';
      const own = await active(period);
      await allocate(own, 'apparel', 10_000);
      assert.deepEqual((await bucket(period, 'boots'))['debited'], { category: 'apparel', period });
      assert.deepEqual((await bucket(period, 'home'))['debited'], { category: null, period });
      assert.deepEqual((await bucket(period))['debited'], { category: null, period });
    });

    test('B-21: a late order shows as overdue, and rolls on into the next period when its own is closed', async () => {
      const [period, next] = ['2021-03', '2021-04'] as const;
      await active(period);
      await active(next);
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'po_submit', amount_cents: 700, period };
      const allowed = await post('/gate', { ...ask, context: { po_id: 'late-1' } }, reader);
      assert.equal(allowed.status, 200, allowed.text);
      const path = `/decisions/${String(allowed.json['decision_id'])}`;
      assert.equal((await post(`${path}/commit`, {}, reader)).status, 200);
      assert.equal((await bucket(period))['overdue_cents'], 700);
      assert.equal((await get(path)).json['overdue'], true);
      const [listed] = (await get(`/decisions?merchant_id=acme&period=${period}`)).json['items'] as Json[];
      assert.equal(listed?.['overdue'], true);
      for (const _ of ['once', 'again']) {
        const closed = await post(`/periods/${period}/close`, { merchant_id: 'acme' }, finance);
        assert.equal(closed.status, 200, closed.text);
        const [from, to] = [await bucket(period), await bucket(next)];
        assert.deepEqual([from['committed_cents'], from['overdue_cents']], [0, 0]);
        assert.deepEqual([to['committed_cents'], to['overdue_cents'], to['open_to_buy_cents']], [700, 700, 99_300]);
      }
      const rolled = (await get(path)).json;
      assert.deepEqual(
        [rolled['overdue'], rolled['period'], rolled['bucket']],
        [true, period, { merchant_id: 'acme', period: next, category: null }],
      );
      assert.equal((await post(`${path}/receive`, {}, reader)).status, 200);
      assert.deepEqual([(await get(path)).json['overdue'], (await bucket(next))['received_cents']], [false, 700]);
      const verified = await runCommand(['verify', engine === 'SQLite' ? '--data' : '--store', rail.placeOf('ledger')]);
      assert.equal(verified.code, 0, verified.out);
    });

    test('R7: what the gate did is counted for all merchants together', async () => {
      const { text } = await operator.ask('/metrics');
      assert.match(text, /^purser_gate_decisions_total\{outcome="allowed"\} \d+$/m);
      for (const name of ['gate_open_invoices', 'budget_alerts_open', 'reconciliation_drift_cents'])
        assert.match(text, new RegExp(`^purser_${name} \\d+$`, 'm'), name);
      assert.doesNotMatch(text, /acme/);
    });

    test('B-09: a merchant that nobody knows has zeros', async () => {
      const { json } = await operator.ask('/l402-otb/budget?merchant_id=nobody&category=anything');
      assert.deepEqual(
        [json['open_to_buy_cents'], json['status'], json['basis'], json['currency']],
        [0, 'none', 'cost', 'USD'],
      );
      assert.match(String(json['period']), /^\d{4}-\d\d$/);
    });
  });
}
