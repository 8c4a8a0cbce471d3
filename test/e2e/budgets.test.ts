/** Budgets, allocations, policies and periods over HTTP, with real keys, on both engines (B-20 to B-24, B-26, B-27). */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { engines, Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { codeOf, errorOf, HttpClient, type Ask, type HttpAnswer } from '../rig/http-client.ts';

const acme = {
  name: 'Acme',
  currency: 'EUR',
  calendar: '4-5-4',
  hierarchy: [
    { category: 'apparel', parent: null },
    { category: 'shoes', parent: 'apparel' },
    { category: 'boots', parent: 'shoes' },
    { category: 'home', parent: null },
  ],
};

const budget = { merchant_id: 'acme', period: '2026-P10', basis: 'cost', currency: 'EUR', amount_cents: 100_000 };

for (const engine of engines) {
  suite(`${engine}: budgets over HTTP`, () => {
    let rail: Rail;
    let operator: HttpClient;
    let planner: HttpClient;
    let reader: HttpClient;
    let finance: HttpClient;
    let periods = 0;

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
    const patch = (path: string, body: unknown): Promise<HttpAnswer> =>
      planner.ask(`/l402-otb${path}`, { method: 'PATCH', body });
    const get = (path: string, who = reader): Promise<HttpAnswer> => who.ask(`/l402-otb${path}`);
    const sendFile = (csv: string, who = planner): Promise<HttpAnswer> =>
      post('/budgets/import', csv, who, { headers: { 'Content-Type': 'text/csv' } });
    const bucket = async (period: string, category?: string): Promise<Json> => {
      const { status, json, text } = await get(
        `/budget?merchant_id=acme&period=${period}${category === undefined ? '' : `&category=${category}`}`,
      );
      assert.equal(status, 200, text);
      return json;
    };

    /** A month of its own for each test. */
    const month = (): string => `${2030 + Math.floor(periods / 12)}-${String((periods++ % 12) + 1).padStart(2, '0')}`;

    async function active(over: Json = {}): Promise<Json> {
      const drafted = await post('/budgets', { ...budget, period: month(), ...over });
      assert.equal(drafted.status, 201, drafted.text);
      const activated = await planner.ask(`/l402-otb/budgets/${String(drafted.json['budget_id'])}/activate`, {
        method: 'POST',
      });
      assert.equal(activated.status, 200, activated.text);
      return activated.json;
    }

    const allocate = (of: Json, category: string, amount: number, over: Json = {}): Promise<HttpAnswer> =>
      post('/allocations', { budget_id: of['budget_id'], category, amount_cents: amount, ...over });

    test('B-20: a plan becomes a receipt budget, and on order enters as commitments when it is activated', async () => {
      const plan = {
        planned_sales_cents: 100_000,
        planned_reductions_cents: 10_000,
        planned_closing_stock_cents: 150_000,
        opening_stock_cents: 120_000,
        on_order_cents: 30_000,
      };
      const { amount_cents: _, ...rest } = budget;
      const period = '2026-P10';
      const drafted = await post('/budgets', { ...rest, period, basis: 'retail', plan });
      assert.equal(drafted.status, 201, drafted.text);
      const { open_to_buy_cents: open, amount_cents: amount, status, original_cents: original } = drafted.json;
      assert.deepEqual([open, amount, status, original], [110_000, 140_000, 'draft', null]);
      assert.equal((await bucket(period))['status'], 'none', 'a draft binds nothing');
      const path = `/l402-otb/budgets/${String(drafted.json['budget_id'])}`;
      const activated = await planner.ask(`${path}/activate`, { method: 'POST' });
      assert.deepEqual([activated.json['status'], activated.json['original_cents']], ['active', 140_000]);
      const again = await planner.ask(`${path}/activate`, { method: 'POST' });
      assert.deepEqual([again.status, again.json], [200, activated.json]);
      const now = await bucket(period);
      assert.deepEqual(
        [now['allocated_cents'], now['committed_cents'], now['open_to_buy_cents'], now['status'], now['basis']],
        [140_000, 30_000, 110_000, 'active', 'retail'],
      );
      assert.deepEqual([now['first_day'], now['last_day'], now['category']], ['2026-11-01', '2026-11-28', null]);
      const next = await post('/budgets', {
        ...rest,
        period: '2026-P11',
        basis: 'cost',
        plan: { planned_sales_cents: 150_000, planned_closing_stock_cents: 50_000, initial_markup_bp: 5_000 },
      });
      assert.equal(
        (next.json['plan'] as Json)['opening_stock_cents'],
        150_000,
        'the closing stock opens the next period',
      );
      assert.equal(next.json['open_to_buy_cents'], 25_000, '50k at retail with 50 % markup is 25k at cost');
      const last = await post('/budgets', {
        ...rest,
        period: '2035-P01',
        plan: { planned_sales_cents: 1, planned_closing_stock_cents: 1 },
      });
      assert.equal(errorOf(last)['field'], 'plan.opening_stock_cents');
    });

    test('B-20: a budget has one basis and one currency, and mixing is refused', async () => {
      const { period } = await active();
      const other = await post('/budgets', { ...budget, period, basis: 'retail' });
      assert.deepEqual([other.status, codeOf(other), errorOf(other)['basis']], [422, 'basis_mismatch', 'cost']);
      const dollars = await post('/budgets', { ...budget, period: month(), currency: 'USD' });
      assert.deepEqual(
        [dollars.status, codeOf(dollars), errorOf(dollars)['currency']],
        [422, 'currency_mismatch', 'EUR'],
      );
      const second = await post('/budgets', { ...budget, period });
      const refused = await planner.ask(`/l402-otb/budgets/${String(second.json['budget_id'])}/activate`, {
        method: 'POST',
      });
      assert.deepEqual([refused.status, codeOf(refused)], [409, 'budget_exists']);
    });

    test('creates take an Idempotency-Key: first, again, different', async () => {
      const headers = { 'Idempotency-Key': `draft-${periods}` };
      const body = { ...budget, period: month() };
      const first = await post('/budgets', body, planner, { headers });
      const second = await post('/budgets', body, planner, { headers });
      const other = await post('/budgets', { ...body, amount_cents: 1 }, planner, { headers });
      assert.deepEqual([first.status, second.status, other.status], [201, 200, 409]);
      assert.deepEqual([second.json, second.headers.get('Idempotency-Replayed')], [first.json, 'true']);
      assert.deepEqual([codeOf(other), errorOf(other)['fields']], ['idempotency_conflict', ['amount_cents']]);
      const unkeyed = await post('/budgets', body);
      assert.notEqual(unkeyed.json['budget_id'], first.json['budget_id']);
    });

    // prettier-ignore
    const bad: readonly [what: string, over: Json, code: string, field: string][] = [
      ['no amount',             { amount_cents: undefined },    'invalid_request', 'amount_cents'],
      ['amount and plan',       { plan: { planned_sales_cents: 1, planned_closing_stock_cents: 0, opening_stock_cents: 0 } }, 'invalid_request', 'amount_cents'],
      ['amount 0',              { amount_cents: 0 },            'invalid_amount',  'amount_cents'],
      ['half a cent',           { amount_cents: 0.5 },          'invalid_amount',  'amount_cents'],
      ['text for an amount',    { amount_cents: '5' },          'invalid_amount',  'amount_cents'],
      ['beyond a safe integer', { amount_cents: 1e16 },         'invalid_amount',  'amount_cents'],
      ['a plan below zero',     { amount_cents: undefined, plan: { planned_sales_cents: -1, planned_closing_stock_cents: 0 } }, 'invalid_amount', 'plan.planned_sales_cents'],
      ['an unknown field',      { colour: 'red' },              'unknown_field',   'colour'],
      ['no such period',        { period: '2026-13' },          'invalid_period',  'period'],
      ['a week that is not there', { period: '2026-W53' },      'invalid_period',  'period'],
      ['no such basis',         { basis: 'net' },               'invalid_request', 'basis'],
    ];
    for (const [what, over, code, field] of bad)
      test(`B-20: a draft with ${what} is refused by name`, async () => {
        const answer = await post('/budgets', { ...budget, ...over });
        assert.deepEqual([answer.status, codeOf(answer), errorOf(answer)['field']], [400, code, field]);
      });

    test('B-22: children never exceed the parent, and the refusal says by how much', async () => {
      const own = await active();
      const apparel = await allocate(own, 'apparel', 60_000);
      assert.equal(apparel.status, 201, apparel.text);
      const tooMuch = await allocate(own, 'home', 40_001);
      assert.deepEqual([tooMuch.status, codeOf(tooMuch)], [422, 'exceeds_parent']);
      const { requested_cents: requested, available_cents: available, parent_cents: parent } = errorOf(tooMuch);
      assert.deepEqual(
        [requested, available, parent, errorOf(tooMuch)['parent_category']],
        [40_001, 40_000, 100_000, null],
      );
      const shoes = await allocate(own, 'shoes', 50_000, { holdback_cents: 1_000 });
      assert.equal(shoes.json['parent_category'], 'apparel');
      const boots = await allocate(own, 'boots', 49_001);
      assert.deepEqual([codeOf(boots), errorOf(boots)['available_cents']], ['exceeds_parent', 49_000]);
      const lower = await patch(`/allocations/${String(apparel.json['allocation_id'])}`, { amount_cents: 49_999 });
      assert.deepEqual([codeOf(lower), errorOf(lower)['children_cents']], ['below_children', 50_000]);
      const period = String(own['period']);
      const whole = await bucket(period);
      assert.deepEqual([whole['children_cents'], whole['open_to_buy_cents']], [60_000, 40_000]);
      const above = await bucket(period, 'apparel');
      assert.deepEqual([above['allocated_cents'], above['open_to_buy_cents']], [60_000, 10_000]);
      assert.equal((await bucket(period, 'shoes'))['open_to_buy_cents'], 49_000, 'holdback is not for the gate');
    });

    test('B-22: an allocation is made once, changed by PATCH, and what was set comes back', async () => {
      const own = await active();
      const first = await allocate(own, 'home', 10_000);
      const again = await allocate(own, 'home', 10_000);
      const other = await allocate(own, 'home', 20_000);
      assert.deepEqual([first.status, again.status, other.status, codeOf(other)], [201, 200, 409, 'allocation_exists']);
      const path = `/allocations/${String(first.json['allocation_id'])}`;
      const changed = await patch(path, { amount_cents: 20_000, holdback_cents: 500 });
      assert.deepEqual(
        [changed.status, changed.json['amount_cents'], changed.json['holdback_cents'], changed.json['revision']],
        [200, 20_000, 500, 2],
      );
      assert.equal((await patch(path, { category: 'apparel', amount_cents: 1 })).status, 400);
      assert.equal((await patch(path, {})).status, 400);
      assert.equal(codeOf(await patch('/allocations/none', { amount_cents: 1 })), 'allocation_not_found');
      const { items } = (await get(`/allocations?period=${String(own['period'])}`)).json as { items: Json[] };
      assert.deepEqual(
        items.map(({ category, amount_cents: amount }) => [category, amount]),
        [
          [null, 100_000],
          ['home', 20_000],
        ],
      );
    });

    test('B-22: a category that is not in the hierarchy', async () => {
      const own = await active();
      const answer = await allocate(own, 'hats', 1);
      assert.deepEqual([answer.status, codeOf(answer), errorOf(answer)['category']], [422, 'unknown_category', 'hats']);
      assert.equal(codeOf(await get('/budget?merchant_id=acme&period=2026-11&category=hats')), 'unknown_category');
      assert.equal((await allocate(own, 'shoes@berlin', 5)).json['parent_category'], null);
    });

    test('B-22: a hierarchy with a ring or an unknown parent is refused, and a move has its day', async () => {
      const put = (hierarchy: readonly Json[]): Promise<HttpAnswer> =>
        operator.ask('/l402-otb/merchants/mover', { method: 'PUT', body: { ...acme, hierarchy } });
      const ring = await put([
        { category: 'a', parent: 'b' },
        { category: 'b', parent: 'a' },
      ]);
      assert.deepEqual([ring.status, codeOf(ring)], [422, 'invalid_hierarchy']);
      assert.equal(codeOf(await put([{ category: 'a', parent: 'b' }])), 'invalid_hierarchy');
      const moved = [
        { category: 'a', parent: null },
        { category: 'b', parent: null },
        { category: 'x', parent: 'a' },
        { category: 'x', parent: 'b', from: '2026-12-01T00:00:00Z' },
      ];
      const first = await put(moved);
      assert.deepEqual([first.status, first.json['hierarchy_version']], [200, 1]);
      const again = await put(moved);
      assert.deepEqual(again.json, first.json);
      const parents = [];
      for (const period of ['2026-11', '2026-12']) {
        const body = { ...budget, merchant_id: 'mover', period };
        const { json } = await post('/budgets', body, operator);
        await operator.ask(`/l402-otb/budgets/${String(json['budget_id'])}/activate`, { method: 'POST' });
        for (const category of ['a', 'b'])
          await post('/allocations', { budget_id: json['budget_id'], category, amount_cents: 100 }, operator);
        const x = await post(
          '/allocations',
          { budget_id: json['budget_id'], category: 'x', amount_cents: 10 },
          operator,
        );
        parents.push(x.json['parent_category']);
      }
      assert.deepEqual(parents, ['a', 'b']);
    });

    test('B-23: the original is frozen, revisions are kept, and below what is committed is allowed and flagged', async () => {
      const own = await active({
        amount_cents: undefined,
        plan: {
          planned_sales_cents: 50_000,
          planned_closing_stock_cents: 0,
          opening_stock_cents: 0,
          on_order_cents: 30_000,
        },
      });
      const path = `/budgets/${String(own['budget_id'])}`;
      const up = await post(`${path}/revise`, { amount_cents: 60_000, reason: 'more to come' });
      assert.deepEqual([up.status, up.json['revision'], up.json['below_committed']], [200, 2, false]);
      const down = await post(`${path}/revise`, { amount_cents: 20_000, reason: 'less of it' });
      assert.deepEqual([down.json['amount_cents'], down.json['below_committed']], [20_000, true]);
      const { json } = await get(path);
      assert.equal(json['original_cents'], 50_000);
      assert.deepEqual(
        (json['revisions'] as Json[]).map(({ revision, amount_cents: amount, reason }) => [revision, amount, reason]),
        [
          [3, 20_000, 'less of it'],
          [2, 60_000, 'more to come'],
          [1, 50_000, null],
        ],
      );
      const now = await bucket(String(own['period']));
      assert.deepEqual([now['committed_cents'], now['open_to_buy_cents']], [30_000, -10_000]);
      const alerts = (await get('/alerts?merchant_id=acme&state=open')).json['items'] as Json[];
      const alert = alerts.find(({ period }) => period === own['period']);
      assert.deepEqual([alert?.['level'], alert?.['open_to_buy_cents']], ['overbought', -10_000]);
      await post(`${path}/revise`, { amount_cents: 90_000 });
      const closed = (await get('/alerts?merchant_id=acme&state=closed')).json['items'] as Json[];
      assert.ok(
        closed.some(({ period }) => period === own['period']),
        'it closes by itself',
      );
    });

    test('B-23: a locked period takes no plans until it is unlocked with a reason, a closed one never again', async () => {
      const own = await active();
      const period = String(own['period']);
      const move = (verb: string, body: Json = {}, who = finance): Promise<HttpAnswer> =>
        post(`/periods/${period}/${verb}`, { merchant_id: 'acme', ...body }, who);
      assert.equal((await move('lock', {}, reader)).status, 403);
      assert.deepEqual((await move('lock', { merchant_id: undefined })).json['status'], 'locked');
      assert.equal((await bucket(period))['status'], 'locked');
      const locked = await allocate(own, 'home', 1);
      assert.deepEqual([locked.status, codeOf(locked)], [409, 'period_locked']);
      assert.equal(codeOf(await post('/budgets', { ...budget, period })), 'period_locked');
      assert.equal(errorOf(await move('unlock'))['field'], 'reason');
      assert.equal((await move('unlock', { reason: 'a late invoice' })).json['status'], 'open');
      assert.equal((await allocate(own, 'home', 1)).status, 201);
      assert.equal((await move('close')).json['status'], 'closed');
      assert.equal((await move('close')).status, 200);
      for (const refused of [await move('unlock', { reason: 'x' }), await move('lock'), await allocate(own, 'home', 2)])
        assert.deepEqual([refused.status, codeOf(refused)], [409, 'period_closed']);
      assert.equal(
        codeOf(await post(`/budgets/${String(own['budget_id'])}/revise`, { amount_cents: 5 })),
        'period_closed',
      );
      const { items } = (await operator.ask('/v1/facts?type=otb/period-unlocked.v1')).json as { items: Json[] };
      const bodies = items.map(({ body }) => body as Json);
      assert.ok(
        bodies.some(({ reason }) => reason === 'a late invoice'),
        'who unlocked it and why is audited',
      );
      const listed = (await get('/periods?merchant_id=acme&status=closed')).json['items'] as Json[];
      assert.ok(listed.some((each) => each['period'] === period));
    });

    test('B-24: policies have versions, equal settings are the same one, and the default is there without any', async () => {
      const defaults = (await get('/policies?merchant_id=acme')).json['items'] as Json[];
      assert.deepEqual(
        [defaults[0]?.['policy_id'], defaults[0]?.['mode'], defaults[0]?.['price']],
        ['default', 'enforce', { kind: 'toll', sats: 100 }],
      );
      const policy = {
        merchant_id: 'acme',
        mode: 'warn',
        thresholds_bp: [500, 3_000],
        price: { kind: 'toll', sats: 21 },
      };
      const first = await post('/policies', policy, finance);
      assert.deepEqual([first.status, first.json['version'], first.json['thresholds_bp']], [201, 1, [3_000, 500]]);
      assert.equal((await post('/policies', policy)).status, 200);
      const second = await post('/policies', { merchant_id: 'acme', mode: 'track' });
      assert.deepEqual([second.json['policy_id'], second.json['version']], ['acme.v2', 2]);
      const versions = (await get('/policies?merchant_id=acme&versions=all')).json['items'] as Json[];
      assert.deepEqual(
        versions.map(({ mode }) => mode),
        ['track', 'warn'],
      );
      const rateless = await post('/policies', { ...policy, price: { kind: 'whole_excess' } });
      assert.deepEqual([rateless.status, errorOf(rateless)['field']], [400, 'rate']);
      assert.equal((await post('/policies', policy, reader)).status, 403);
      await post('/policies', { merchant_id: 'acme', mode: 'enforce' });
    });

    test('B-08: reads have an ETag and may be kept a minute; 304 until something changes', async () => {
      const own = await active();
      const path = `/l402-otb/budget?merchant_id=acme&period=${String(own['period'])}`;
      const first = await reader.ask(path);
      const etag = String(first.headers.get('etag'));
      assert.equal(first.headers.get('cache-control'), 'private, max-age=60');
      const headers = { 'If-None-Match': etag };
      assert.equal((await reader.ask(path, { headers })).status, 304);
      await allocate(own, 'home', 7);
      const changed = await reader.ask(path, { headers });
      assert.deepEqual([changed.status, changed.json['children_cents']], [200, 7]);
      assert.notEqual(changed.headers.get('etag'), etag);
      for (const other of [
        '/policies?merchant_id=acme',
        '/allocations?merchant_id=acme',
        '/budgets?merchant_id=acme',
        '/merchants/acme',
        `/budgets/${String(own['budget_id'])}`,
      ]) {
        const { headers: told } = await get(other);
        assert.match(String(told.get('etag')), /^"/, other);
        assert.equal(told.get('cache-control'), 'private, max-age=60', other);
      }
    });

    test("R7, B-27: another's merchant is forbidden by name and not there by id", async () => {
      const own = await active();
      const stranger = await operator.keyFor('planner', { merchant: 'other' });
      for (const path of [
        '/budget?merchant_id=acme',
        '/budgets?merchant_id=acme',
        '/policies?merchant_id=acme',
        '/allocations?merchant_id=acme',
        '/alerts?merchant_id=acme',
        '/periods?merchant_id=acme',
        '/budgets/export?merchant_id=acme',
      ])
        assert.equal(codeOf(await get(path, stranger)), 'forbidden', path);
      const id = String(own['budget_id']);
      assert.equal((await get(`/budgets/${id}`, stranger)).status, 404);
      assert.equal((await get('/merchants/acme', stranger)).status, 403);
      assert.equal((await get('/merchants/other', stranger)).status, 404, 'its own, which nobody set');
      assert.equal((await post(`/budgets/${id}/revise`, { amount_cents: 1 }, stranger)).status, 404);
      assert.equal(
        (await post('/allocations', { budget_id: id, category: 'home', amount_cents: 1 }, stranger)).status,
        404,
      );
      assert.equal((await post('/budgets', budget, stranger)).status, 403);
      assert.equal((await post('/policies', { merchant_id: 'acme', mode: 'track' }, stranger)).status, 403);
      assert.equal((await post('/periods/2026-11/lock', { merchant_id: 'acme' }, stranger)).status, 403);
      assert.equal(
        (await sendFile('merchant_id,period,category,amount_cents\nacme,2040-01,,5\n', stranger)).status,
        403,
      );
      for (const list of ['/budgets', '/allocations', '/alerts', '/periods', '/merchants'])
        assert.deepEqual((await get(list, stranger)).json['items'], [], list);
      for (const role of ['provider', 'payments'])
        assert.equal((await get('/budget?merchant_id=acme', await operator.keyFor(role))).status, 403, role);
      assert.equal((await post('/budgets', budget, reader)).status, 403, 'a buyer reads and does not plan');
    });

    test('B-26: a file is taken as a whole, comes back as it was, and again changes nothing', async () => {
      const [a, b] = [month(), month()];
      const csv = `merchant_id,period,category,amount_cents,holdback_cents,basis,currency\r\nacme,${a},shoes,300,,,\r\nacme,${a},,1000,50,retail,EUR\r\nacme,${a},apparel,500,,,\r\nacme,${b},,200,,,\r\n`;
      const first = await sendFile(csv);
      assert.equal(first.status, 200, first.text);
      assert.deepEqual(first.json, {
        merchant_id: 'acme',
        rows: 4,
        budgets_created: 2,
        budgets_revised: 0,
        allocations_set: 2,
      });
      const whole = await bucket(a);
      assert.deepEqual([whole['basis'], whole['children_cents'], whole['open_to_buy_cents']], ['retail', 500, 450]);
      const again = await sendFile(csv);
      assert.deepEqual([again.status, again.headers.get('Idempotency-Replayed')], [200, 'true']);
      const exported = await get(`/budgets/export?merchant_id=acme&period=${a}`);
      assert.match(String(exported.headers.get('content-type')), /^text\/csv/);
      const [title, ...lines] = exported.text.trimEnd().split('\r\n');
      assert.match(String(title), /^merchant_id,period,category,amount_cents,basis,currency,holdback_cents,/);
      assert.deepEqual(
        lines.map((line) => line.split(',').slice(2, 7).join()),
        [',1000,retail,EUR,50', 'apparel,500,retail,EUR,0', 'shoes,300,retail,EUR,0'],
      );
      assert.equal((await sendFile(exported.text)).headers.get('Idempotency-Replayed'), 'true');
      const revised = await sendFile(
        `merchant_id,period,category,amount_cents\nacme,${a},,1100\nacme,${a},shoes,400\n`,
      );
      assert.deepEqual([revised.json['budgets_revised'], revised.json['allocations_set']], [1, 1]);
    });

    test('B-26: a malformed file is refused with line and column, and nothing of it is taken', async () => {
      const period = month();
      const broken = await sendFile(
        `merchant_id,period,category,amount_cents\nacme,${period},,1000\nacme,${period},shoes,"5`,
      );
      assert.deepEqual(
        [broken.status, codeOf(broken), errorOf(broken)['line'], errorOf(broken)['column']],
        [400, 'invalid_csv', 3, 4],
      );
      const wrong = await sendFile(`merchant_id,period,category,amount_cents\nacme,2026-99,,1\nacme,2026-98,,1\n`);
      const { errors } = errorOf(wrong) as { errors: Json[] };
      assert.deepEqual(
        errors.map(({ line, column, field }) => [line, column, field]),
        [
          [2, 2, 'period'],
          [3, 2, 'period'],
        ],
      );
      // prettier-ignore
      const refusals: readonly [lines: string, code: string, line: number][] = [
        [`acme,${period},,1000\nacme,${period},home,600\nacme,${period},apparel,500\n`, 'exceeds_parent',    4],
        [`acme,${period},,1000\nacme,${period},hats,1\n`,                               'unknown_category',  3],
        [`acme,${period},home,1\n`,                                                     'budget_not_active', 2],
      ];
      for (const [lines, code, line] of refusals) {
        const answer = await sendFile(`merchant_id,period,category,amount_cents\n${lines}`);
        assert.deepEqual([codeOf(answer), errorOf(answer)['line']], [code, line], answer.text);
      }
      assert.equal((await bucket(period))['status'], 'none');
      const json = await post('/budgets/import', {});
      assert.deepEqual([json.status, codeOf(json)], [415, 'unsupported_media_type']);
    });

    test('lists go page by page, and every budget is there once', async () => {
      const all = (await reader.all('/l402-otb/budgets?merchant_id=acme', 1_000)).map(({ budget_id: id }) => id);
      const paged = (await reader.all('/l402-otb/budgets?merchant_id=acme', 3)).map(({ budget_id: id }) => id);
      assert.ok(all.length > 6);
      assert.deepEqual(paged, all);
      const allocations = (await reader.all('/l402-otb/allocations', 2)).map(({ allocation_id: id }) => id);
      assert.equal(new Set(allocations).size, allocations.length);
      assert.equal(allocations.length, (await reader.all('/l402-otb/allocations', 1_000)).length);
      assert.equal(codeOf(await get('/allocations?cursor=x')), 'invalid_cursor');
      const drafts = (await get('/budgets?status=draft&limit=1')).json['items'] as Json[];
      assert.deepEqual(
        drafts.map(({ status }) => status),
        ['draft'],
      );
    });

    test('B-22: planners who allocate at the same time never give away more than there is', async () => {
      const own = await active();
      const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => allocate(own, `home@store${i}`, 30_000)));
      const given = answers.filter(({ status }) => status === 201).length;
      assert.ok(
        answers.every(
          (answer) => answer.status === 201 || ['exceeds_parent', 'overloaded'].includes(String(codeOf(answer))),
        ),
      );
      assert.equal(given, 3);
      assert.equal((await bucket(String(own['period'])))['children_cents'], 90_000);
    });
  });
}
