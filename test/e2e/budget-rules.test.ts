/** What planners and the gate see of budgets over HTTP: tables for readers, rules under keys, late orders (B-01 to B-03, B-20 to B-25). */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { offerBody, orderBody, post as ok, put, topUpBody } from '../rig/bridge-stage.ts';
import { runCommand } from '../rig/command.ts';
import { engines, Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { errorOf, HttpClient, type Ask, type HttpAnswer } from '../rig/http-client.ts';
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

for (const engine of engines) {
  suite(`${engine}: budgets, their rules and their orders`, () => {
    let rail: Rail;
    let operator: HttpClient;
    let planner: HttpClient;
    let reader: HttpClient;
    let finance: HttpClient;

    before(async () => {
      rail = await Rail.start('all-in-one', {}, engine);
      operator = new HttpClient(await rail.httpOf('gateway'));
      [planner, reader, finance] = await Promise.all([
        operator.keyFor('planner', { merchant: 'acme' }),
        operator.keyFor('buyer', { merchant: 'acme' }),
        operator.keyFor('finance', { merchant: 'acme' }),
      ]);
      const set = await planner.ask('/l402-otb/merchants/acme', { method: 'PUT', body: acme });
      assert.equal(set.status, 200, set.text);
    });
    after(() => rail.stop());

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

    test('B-23: an order keeps its period when its delivery moves within the days of tolerance; B-21: else it moves', async () => {
      const [period, next] = ['2033-03', '2033-04'] as const;
      await allocate(await active(period), 'apparel', 10_000);
      await allocate(await active(next), 'apparel', 10_000);
      assert.equal((await post('/policies', { merchant_id: 'acme', mode: 'enforce', tolerance_days: 3 })).status, 201);
      // Boots have no budget of their own: the kept period is searched along the same path.
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'po_submit', category: 'boots' };
      const on = (delivery_date: string, amount_cents: number): Promise<HttpAnswer> =>
        post('/gate', { ...ask, amount_cents, delivery_date, context: { po_id: 'redated' } }, reader);
      const first = await on('2033-03-20', 600);
      const placeOf = ({ json }: HttpAnswer): unknown => [json['decision_id'], (json['bucket'] as Json)['period']];
      const id = first.json['decision_id'];
      assert.deepEqual(placeOf(first), [id, period]);
      assert.deepEqual(placeOf(await on('2033-04-03', 700)), [id, period]);
      const kept = (await get(`/decisions/${String(id)}/explain`)).json['period_kept'];
      assert.deepEqual(kept, { period, delivery_date: '2033-04-03', tolerance_days: 3 });
      assert.deepEqual(placeOf(await on('2033-04-04', 700)), [id, next]);
      assert.equal('period_kept' in (await get(`/decisions/${String(id)}/explain`)).json, false);
      const reserved = await Promise.all([period, next].map((each) => bucket(each, 'apparel')));
      assert.deepEqual(
        reserved.map((each) => each['reserved_cents']),
        [0, 700],
      );
      assert.equal((await post('/policies', { merchant_id: 'acme', mode: 'enforce' })).status, 201);
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
      const late = async (query = ''): Promise<unknown[]> => {
        const { json } = await get(`/decisions?merchant_id=acme&document=po:late-1&overdue=true${query}`);
        return (json['items'] as Json[]).map(({ decision_id: id, overdue }) => [id, overdue]);
      };
      const own = [[allowed.json['decision_id'], true]];
      assert.deepEqual([await late(), await late('&state=committed'), await late('&state=reserved')], [own, own, []]);
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
      assert.deepEqual(await late(), own, 'wherever it is counted now');
      assert.equal((await post(`${path}/receive`, {}, reader)).status, 200);
      assert.deepEqual([(await get(path)).json['overdue'], (await bucket(next))['received_cents']], [false, 700]);
      assert.deepEqual(await late(), []);
      for (const wrong of ['overdue=yes', 'overdue=false', 'overdue=true&cursor=x'])
        assert.equal((await get(`/decisions?${wrong}`)).status, 400, wrong);
      const verified = await runCommand(['verify', engine === 'SQLite' ? '--data' : '--store', rail.placeOf('ledger')]);
      assert.equal(verified.code, 0, verified.out);
    });

    test('B-21, S-34: an order of the bridge goes on where its budget has rolled to, and is accepted or refunded there', async () => {
      const [period, next] = ['2021-07', '2021-08'] as const;
      await active(period);
      await active(next);
      await put(operator, '/v1/orgs/acme', { custodian_participant_id: 'alice' });
      await ok(operator, '/v1/ledger/top-up', topUpBody('r-rolled', 'account:org:acme', 1_200));
      await ok(operator, '/v1/offers', offerBody('rolled'));
      const ordered = async (name: string): Promise<string> => {
        const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'po_submit', amount_cents: 600, period };
        const { json } = await post('/gate', { ...ask, context: { po_id: name } }, reader);
        const placed = orderBody(name, 'rolled', { gate_decision_id: String(json['decision_id']) });
        const order = await ok(operator, '/v1/orders', placed);
        assert.equal(order.json['result'], 'opened-execution', order.text);
        return `/v1/executions/${String(order.json['execution_id'])}`;
      };
      const [accepted, refunded] = [await ordered('rolled-1'), await ordered('rolled-2')];
      await ok(operator, `${accepted}/result`, { status: 'completed', output: 'done' });
      const closed = await post(`/periods/${period}/close`, { merchant_id: 'acme' }, finance);
      assert.equal(closed.status, 200, closed.text);
      const held = async (): Promise<readonly unknown[]> => {
        const [from, to] = [await bucket(period), await bucket(next)];
        return [from['committed_cents'], to['committed_cents'], to['received_cents']];
      };
      assert.deepEqual(await held(), [0, 1_200, 0]);
      assert.equal((await ok(operator, `${accepted}/accept`)).status, 200);
      assert.equal((await ok(operator, `${refunded}/refund`, { reason: 'not needed' })).status, 200);
      assert.deepEqual(await held(), [0, 0, 600]);
    });

    test('B-21: a period closed before its last day keeps what is not late, and the gate lets nothing more into it', async () => {
      const [period, next] = ['2034-05', '2034-06'] as const;
      const own = await active(period);
      await active(next);
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'po_submit', amount_cents: 700 };
      const order = (po_id: string, at: Json): Promise<HttpAnswer> =>
        post('/gate', { ...ask, ...at, context: { po_id } }, reader);
      const reserved = await order('early-1', { period });
      const committed = await order('early-2', { delivery_date: '2034-05-30' });
      const path = `/decisions/${String(committed.json['decision_id'])}`;
      assert.equal((await post(`${path}/commit`, {}, reader)).status, 200);
      for (const _ of ['once', 'again']) {
        const closed = await post(`/periods/${period}/close`, { merchant_id: 'acme' }, finance);
        assert.deepEqual([closed.status, closed.json['status']], [200, 'closed']);
        const [from, to] = [await bucket(period), await bucket(next)];
        assert.deepEqual(
          [from['reserved_cents'], from['committed_cents'], from['open_to_buy_cents'], from['overdue_cents']],
          [700, 700, 98_600, 0],
        );
        assert.deepEqual([to['reserved_cents'], to['committed_cents']], [0, 0]);
      }
      const refused = await order('early-3', { period });
      assert.deepEqual([refused.status, errorOf(refused)['code']], [422, 'policy_violation']);
      assert.equal((await post(`${path}/receive`, {}, reader)).status, 200);
      const cancel = `/decisions/${String(reserved.json['decision_id'])}/cancel`;
      assert.equal((await post(cancel, {}, reader)).status, 200);
      const ended = await get(`/budgets/${String(own['budget_id'])}`);
      assert.deepEqual([ended.json['status'], ended.json['open_to_buy_cents']], ['closed', 99_300]);
    });

    test('B-20: open-to-buy is what may still be committed, wherever it is read, and a revision books what is on order', async () => {
      const period = '2034-07';
      const plan = { planned_sales_cents: 1_000, planned_closing_stock_cents: 0, opening_stock_cents: 0 };
      const { amount_cents: _, ...rest } = budget;
      const planned = { ...rest, period, plan: { ...plan, on_order_cents: 300 } };
      const drafted = await post('/budgets', planned);
      const figures = ({ json }: HttpAnswer): unknown[] => [
        json['open_to_buy_cents'],
        json['planned_open_to_buy_cents'],
      ];
      assert.deepEqual(figures(drafted), [700, 700]);
      const path = `/budgets/${String(drafted.json['budget_id'])}`;
      const assertLeft = async (live: number, byPlan: number, said?: HttpAnswer): Promise<void> => {
        const listed = (await get(`/budgets?merchant_id=acme&period=${period}`)).json['items'] as Json[];
        for (const json of [(await get(path)).json, listed[0] ?? {}, ...(said === undefined ? [] : [said.json])])
          assert.deepEqual([json['open_to_buy_cents'], json['planned_open_to_buy_cents']], [live, byPlan]);
        assert.equal((await bucket(period))['open_to_buy_cents'], live);
      };
      await assertLeft(700, 700, await post(`${path}/activate`));
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'restock', amount_cents: 100, period };
      assert.equal((await post('/gate', ask, reader)).status, 200);
      await assertLeft(600, 700);
      const more = await post(`${path}/revise`, { plan: { ...plan, on_order_cents: 500 } });
      await assertLeft(400, 500, more);
      await assertLeft(1_400, 1_500, await post(`${path}/revise`, { amount_cents: 2_000 }));
      const unsaid = await post(`${path}/revise`, { plan });
      assert.deepEqual([unsaid.status, errorOf(unsaid)['field']], [400, 'plan.on_order_cents']);
      const over = await post(`${path}/revise`, { plan: { ...plan, on_order_cents: 950 } });
      assert.deepEqual([over.status, over.json['below_committed']], [200, true]);
      await assertLeft(-50, 50, over);
      const verified = await runCommand(['verify', engine === 'SQLite' ? '--data' : '--store', rail.placeOf('ledger')]);
      assert.equal(verified.code, 0, verified.out);
    });

    test('B-03: a period and a delivery date are both taken when they agree, and refused by name when they do not', async () => {
      const period = '2034-08';
      await active(period);
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'restock', amount_cents: 5, period };
      const inside = await post('/gate', { ...ask, delivery_date: '2034-08-31' }, reader);
      assert.deepEqual([inside.status, (inside.json['bucket'] as Json)['period']], [200, period], inside.text);
      for (const path of ['/gate', '/preview']) {
        const outside = await post(path, { ...ask, delivery_date: '2034-09-01' }, reader);
        assert.deepEqual(
          [outside.status, errorOf(outside)['code'], errorOf(outside)['field']],
          [400, 'invalid_request', 'delivery_date'],
        );
      }
      assert.equal((await bucket(period))['reserved_cents'], 5);
    });

    test('B-22: an allocation is taken back with 0, as a file does it', async () => {
      const own = await active('2034-09');
      const made = await allocate(own, 'home', 1_000);
      const path = `/l402-otb/allocations/${String(made.json['allocation_id'])}`;
      const change = (body: Json): Promise<HttpAnswer> => planner.ask(path, { method: 'PATCH', body });
      assert.equal((await change({ holdback_cents: 10 })).status, 200);
      assert.equal(
        errorOf(await change({ amount_cents: 0 }))['code'],
        'below_children',
        'something is held back of it',
      );
      const back = await change({ amount_cents: 0, holdback_cents: 0 });
      assert.deepEqual([back.status, back.json['amount_cents']], [200, 0], back.text);
      assert.equal((await bucket('2034-09'))['open_to_buy_cents'], 100_000);
      assert.equal(errorOf(await change({ amount_cents: -1 }))['code'], 'invalid_amount');
      assert.equal(errorOf(await allocate(own, 'apparel', 0))['code'], 'invalid_amount', 'nothing is made of nothing');
    });

    test('B-08: the lists of merchants and periods are kept like the other reads of plans, and a change is seen', async () => {
      assert.match(String((await reader.ask('/l402-otb/periods')).headers.get('etag')), /^"/);
      const path = '/l402-otb/merchants';
      const first = await reader.ask(path);
      const etag = first.headers.get('etag') ?? '';
      assert.match(String(first.headers.get('cache-control')), /max-age=60/);
      assert.equal((await reader.ask(path, { headers: { 'If-None-Match': etag } })).status, 304);
      const renamed = { method: 'PUT', body: { ...acme, name: 'Acme and daughters' } } as const;
      assert.equal((await planner.ask('/l402-otb/merchants/acme', renamed)).status, 200);
      assert.equal((await reader.ask(path, { headers: { 'If-None-Match': etag } })).status, 200);
    });

    test('B-25: asked for again with another reason is a conflict that names it, until it was rejected', async () => {
      const limited = { merchant_id: 'acme', mode: 'enforce', role_limits: { buyer: 1 } };
      assert.equal((await post('/policies', limited)).status, 201);
      const ask = { merchant_id: 'acme', actor_id: 'ann', action_kind: 'po_submit', amount_cents: 5 };
      const refused = await post('/gate', { ...ask, context: { po_id: 'released' } }, reader);
      assert.equal(refused.status, 422, refused.text);
      assert.equal((await post('/policies', { merchant_id: 'acme', mode: 'enforce' })).status, 201);
      const decision_id = errorOf(refused)['decision_id'];
      const release = (reason: string, key = 'release-1'): Promise<HttpAnswer> =>
        post('/releases', { decision_id, reason }, reader, { headers: { 'Idempotency-Key': key } });
      const first = await release('for the season');
      assert.equal(first.status, 201, first.text);
      const again = await release('for the season');
      assert.deepEqual(
        [again.status, again.headers.get('idempotency-replayed'), again.json],
        [200, 'true', first.json],
      );
      for (const key of ['release-1', 'release-2']) {
        const other = await release('for another reason', key);
        assert.deepEqual([other.status, errorOf(other)['code']], [409, 'idempotency_conflict']);
        assert.deepEqual(errorOf(other)['fields'], ['reason']);
      }
      const rejected = `/releases/${String(first.json['release_id'])}/reject`;
      assert.equal((await post(rejected, { reason: 'no' })).status, 200);
      assert.equal((await release('for another reason')).status, 201);
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
