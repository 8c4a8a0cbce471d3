/**
 * Organisations, offers and orders over HTTP on both engines, with a real key for everybody who takes part: who may do what,
 * what is said again, and what each refusal says.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { roles, type Role } from '../../src/access/caller.ts';
import {
  BridgeStage,
  offerBody,
  orderBody,
  post,
  put,
  refused,
  statesOf,
  topUpBody,
  twice,
  ACME,
  WEAVER,
} from '../rig/bridge-stage.ts';
import { engines, type Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { HttpClient, type HttpAnswer } from '../rig/http-client.ts';

const CHAPTERS: ReadonlySet<string> = new Set(['Offers', 'Orders', 'Executions', 'Disputes']);

const past = '2020-01-01T00:00:00Z';

for (const engine of engines) {
  suite(`${engine}: orders over HTTP`, () => {
    let stage: BridgeStage;
    let rail: Rail;
    let operator: HttpClient;
    let buyer: HttpClient;
    let provider: HttpClient;
    let otherBuyer: HttpClient;
    let otherProvider: HttpClient;
    before(async () => {
      stage = await BridgeStage.start(engine);
      ({ rail, operator, buyer, provider, otherBuyer, otherProvider } = stage);
    });
    after(() => rail.stop());

    test('S-32 an organisation has one custodian; another replaces it', async () => {
      const set = await put(operator, '/v1/orgs/guild', { custodian_participant_id: 'alice' });
      assert.deepEqual([set.status, set.json['custodian_participant_id']], [200, 'alice']);
      assert.equal((await put(operator, '/v1/orgs/guild', { custodian_participant_id: 'alice' })).text, set.text);
      await put(operator, '/v1/orgs/guild', { custodian_participant_id: 'bob' });
      const read = await operator.ask('/v1/orgs/guild');
      assert.deepEqual([read.json['org_id'], read.json['custodian_participant_id']], ['guild', 'bob']);
      assert.ok((await operator.all('/v1/orgs', 1)).some((org) => org['org_id'] === 'guild'));
    });

    test('R7 a buyer sees its own organisation and no other', async () => {
      assert.equal((await buyer.ask('/v1/orgs/acme')).status, 200);
      refused(await buyer.ask('/v1/orgs/other'), 404, 'org_not_found');
      refused(await operator.ask('/v1/orgs/nobody'), 404, 'org_not_found');
      const seen = await Promise.all([buyer, otherBuyer].map((who) => who.all('/v1/orgs', 10)));
      assert.deepEqual(
        seen.map((items) => items.map((item) => item['org_id'])),
        [['acme'], ['other']],
      );
      const person = await operator.keyFor('buyer', { account: 'account:participant:alice' });
      assert.deepEqual(await person.all('/v1/orgs', 10), []);
    });

    test('S-30 an offer: published once, superseded, withdrawn', async () => {
      const publish = (terms: Json = {}): Promise<HttpAnswer> =>
        post(provider, '/v1/offers', offerBody('lace', { expires_at: '2100-01-01T00:00:00.000Z', ...terms }));
      const first = await twice(() => publish(), 201);
      assert.deepEqual([first.json['status'], first.json['expires_at']], ['active', '2100-01-01T00:00:00.000Z']);
      refused(await publish({ price_amount: 300 }), 409, 'idempotency_conflict', { fields: ['price_amount'] });
      const second = await publish({ sequence_no: 2, price_amount: 300 });
      assert.deepEqual([second.status, second.json['sequence_no'], second.json['price_amount']], [201, 2, 300]);
      refused(await publish({ sequence_no: 0 }), 409, 'stale_sequence', { latest: 2 });
      const withdrawn = await twice(() => post(provider, '/v1/offers/lace/withdraw', { reason: 'sold out' }));
      assert.equal(withdrawn.json['status'], 'withdrawn');
      assert.equal((await buyer.ask('/v1/offers/lace')).text, withdrawn.text);
    });

    test('R7 an offer is its provider’s: another’s name is forbidden, another’s offer is not there', async () => {
      refused(await post(otherProvider, '/v1/offers', offerBody('foreign')), 403, 'forbidden');
      refused(await post(otherProvider, '/v1/offers/cloth/withdraw', { reason: 'mine' }), 404, 'offer_not_found');
      refused(await post(operator, '/v1/offers/none/withdraw', { reason: 'none' }), 404, 'offer_not_found');
      const own = { provider_participant_id: 'dyer', sequence_no: 9 };
      refused(await post(otherProvider, '/v1/offers', offerBody('cloth', own)), 409, 'idempotency_conflict', {
        fields: ['offer_id'],
      });
      refused(await buyer.ask('/v1/offers/none'), 404, 'offer_not_found');
    });

    test('S-40 offers by provider, service and status', async () => {
      await post(
        otherProvider,
        '/v1/offers',
        offerBody('dye', { provider_participant_id: 'dyer', service_type: 'dyeing' }),
      );
      const idsOf = async (query: string): Promise<unknown[]> =>
        (await buyer.all(`/v1/offers?${query}`, 2)).map((item) => item['offer_id']);
      assert.deepEqual(await idsOf('provider_participant_id=dyer'), ['dye']);
      assert.deepEqual(await idsOf('service_type=dyeing'), ['dye']);
      assert.deepEqual(await idsOf('service_type=dyeing&status=withdrawn'), []);
      assert.ok((await idsOf('status=active')).includes('cloth'));
    });

    test('S-23, S-31, S-33, S-35 an order: money is held, the execution opens with it, and the same again is the same', async () => {
      const earlier = await stage.balanceOf(ACME);
      const first = await twice(() => post(buyer, '/v1/orders', orderBody('o-once', 'cloth')), 201);
      const { result, order_id: orderId, execution_id: executionId, hold_id: holdId, price_amount: price } = first.json;
      assert.deepEqual([result, orderId, price], ['opened-execution', 'o-once', 600]);
      assert.deepEqual(await stage.balanceOf(ACME), [earlier[0] - 600, earlier[1] + 600]);
      const conflict = await post(buyer, '/v1/orders', orderBody('o-once', 'cloth', { units: 4 }));
      refused(conflict, 409, 'idempotency_conflict', { fields: ['units'] });
      const order = await buyer.ask('/v1/orders/o-once');
      assert.deepEqual(statesOf(order), ['opened', 'active']);
      assert.deepEqual(order.json['result'], first.json);
      assert.deepEqual(order.json['lineage'], { parent: 'plan-7' });
      assert.deepEqual(order.json['input'], { pieces: [1, 2, 3] });
      assert.deepEqual(order.json['execution_state'], 'opened');
      const execution = await provider.ask(`/v1/executions/${String(executionId)}`);
      assert.deepEqual(statesOf(execution), ['opened', 'active']);
      const lineage = {
        offer_id: 'cloth',
        offer_seq: 1,
        order_id: 'o-once',
        run_id: 'run-1',
        phase_id: 'phase-1',
        hold_id: holdId,
        gate_decision_id: null,
      };
      for (const kept of [execution.json, execution.json['receipt'] as Json, order.json['receipt'] as Json])
        for (const [name, value] of Object.entries(lineage)) assert.deepEqual(kept[name], value, name);
      const hold = await buyer.ask(`/v1/ledger/holds/${String(holdId)}`);
      assert.deepEqual([hold.json['contract_id'], hold.json['policy_ref']], [executionId, 'execution']);
    });

    test('S-33 of many at once with one order id, one opens, and all hear the same', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => post(buyer, '/v1/orders', orderBody('o-crowd', 'cloth'))),
      );
      assert.deepEqual(
        answers.map(({ status }) => status).toSorted((a, b) => a - b),
        [...Array<number>(7).fill(200), 201],
      );
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      assert.equal((await operator.all('/v1/ledger/holds?order_id=o-crowd', 10)).length, 1);
    });

    test('S-23 two orders never reserve the same money', async () => {
      await put(operator, '/v1/orgs/small', { custodian_participant_id: 'alice' });
      await post(operator, '/v1/ledger/top-up', topUpBody('r-small', 'account:org:small', 1_500));
      const small = await operator.keyFor('buyer', { merchant: 'small' });
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, i) =>
          post(small, '/v1/orders', orderBody(`o-small-${i}`, 'cloth', { subject_id: 'small' })),
        ),
      );
      const results = answers.map(({ json }) => json['classifier'] ?? json['result']);
      assert.equal(results.filter((result) => result === 'opened-execution').length, 2);
      assert.equal(results.filter((result) => result === 'settlement-blocked').length, 4);
      assert.deepEqual(await stage.balanceOf('account:org:small'), [300, 1_200]);
    });

    test('an order without an id is known by its Idempotency-Key, and each caller has keys of its own', async () => {
      const { order_id: _, ...unnamed } = orderBody('', 'cloth');
      const place = (who: HttpClient, terms: Json = {}): Promise<HttpAnswer> =>
        who.ask('/v1/orders', {
          method: 'POST',
          body: { ...unnamed, ...terms },
          headers: { 'Idempotency-Key': 'desk 7, 9:30' },
        });
      const first = await twice(() => place(buyer), 201);
      refused(await place(buyer, { units: 4 }), 409, 'idempotency_conflict', { fields: ['units'] });
      const other = await place(operator);
      assert.deepEqual([other.status, other.json['order_id'] === first.json['order_id']], [201, false]);
      const { offer_id: __, ...nameless } = offerBody('');
      const publish = (): Promise<HttpAnswer> =>
        provider.ask('/v1/offers', { method: 'POST', body: nameless, headers: { 'Idempotency-Key': 'offer' } });
      await twice(publish, 201);
    });

    test('S-33 many at once with one order id at a crowded offer: one execution at most, and no money left behind', async () => {
      await post(provider, '/v1/offers', offerBody('crowded', { max_queue_depth: 1 }));
      await put(operator, '/v1/orgs/crowd', { custodian_participant_id: 'alice' });
      await post(operator, '/v1/ledger/top-up', topUpBody('r-crowd', 'account:org:crowd', 600));
      const asks = Array.from({ length: 24 }, (_, i) =>
        post(operator, '/v1/orders', orderBody(`o-crowded-${i % 4}`, 'crowded', { subject_id: 'crowd' })),
      );
      const answers = await Promise.all(asks);
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 201]));
      assert.equal(answers.filter(({ status }) => status === 201).length, 1);
      assert.equal((await operator.all('/v1/executions?offer_id=crowded', 10)).length, 1);
      assert.deepEqual(await stage.balanceOf('account:org:crowd'), [0, 600]);
    });

    test('S-33 what costs nothing has no hold, and what has no id gets one', async () => {
      const { offer_id: _, ...unnamed } = offerBody('', { price_amount: 0 });
      const offer = await post(provider, '/v1/offers', unnamed);
      assert.equal(offer.status, 201);
      const { order_id: __, ...anonymous } = orderBody('', String(offer.json['offer_id']), { max_price_amount: 1 });
      const order = await post(buyer, '/v1/orders', anonymous);
      assert.deepEqual(
        [order.json['result'], order.json['hold_id'], order.json['price_amount']],
        ['opened-execution', null, 0],
      );
      const disputed = await post(buyer, '/v1/disputes', { execution_id: order.json['execution_id'], reason: 'empty' });
      assert.deepEqual([disputed.status, disputed.json['hold']], [201, null]);
    });

    // prettier-ignore
    const rejections: readonly [classifier: string, retryable: boolean, offer: Json, order: Json][] = [
      ['queue-saturated',       true,  { max_queue_depth: 0 },    {}],
      ['offer-expired',         false, { expires_at: past },      {}],
      ['offer-seq-mismatch',    false, {},                        { offer_seq: 2 }],
      ['provider-mismatch',     false, {},                        { provider_node_id: 'node-2' }],
      ['provider-mismatch',     false, {},                        { provider_participant_id: 'spinner' }],
      ['service-type-mismatch', false, {},                        { service_type: 'dyeing' }],
      ['currency-mismatch',     false, {},                        { max_price_currency: 'EUR' }],
      ['price-exceeded',        false, {},                        { max_price_amount: 599 }],
      ['price-exceeded',        false, {},                        { units: Number.MAX_SAFE_INTEGER, max_price_amount: Number.MAX_SAFE_INTEGER }],
      ['custodian-mismatch',    false, {},                        { operator_participant_id: 'bob' }],
      ['custodian-mismatch',    false, {},                        { operator_participant_id: null }],
      ['settlement-blocked',    true,  { price_amount: 1_000_000 }, { max_price_amount: 3_000_000 }],
      ['other-reason',          false, {},                        { subject_kind: 'participant', subject_id: 'weaver' }],
      ['offer-not-found',       false, {},                        { offer_id: 'nowhere' }],
    ];
    for (const [i, [classifier, retryable, offer, order]] of rejections.entries()) {
      test(`S-32, S-33 rejected: ${classifier} ${JSON.stringify({ ...offer, ...order })}`, async () => {
        await post(provider, '/v1/offers', offerBody(`reject-${i}`, offer));
        const body = orderBody(`o-reject-${i}`, `reject-${i}`, order);
        const answer = await twice(() => post(operator, '/v1/orders', body));
        const { result, reason, ...rest } = answer.json;
        assert.deepEqual([result, rest], ['rejected', { order_id: `o-reject-${i}`, classifier, retryable }]);
        assert.ok(String(reason).length > 10);
        const { json } = await operator.ask(`/v1/orders/o-reject-${i}`);
        assert.deepEqual([json['state'], json['hold'], json['receipt']], ['rejected', null, null]);
      });
    }

    test('S-33 a withdrawn offer is not found; a retryable rejection is judged anew, any other stands', async () => {
      await post(provider, '/v1/offers', offerBody('brief', { max_queue_depth: 1 }));
      const first = await stage.opened('o-brief-1', 'brief');
      const waiting = (): Promise<HttpAnswer> => post(buyer, '/v1/orders', orderBody('o-brief-2', 'brief'));
      assert.equal((await waiting()).json['classifier'], 'queue-saturated');
      await post(provider, `/v1/executions/${first}/result`, { status: 'completed', output: 'done' });
      const passed = await waiting();
      assert.deepEqual([passed.status, passed.json['result']], [201, 'opened-execution']);
      await post(provider, '/v1/offers/brief/withdraw', { reason: 'enough' });
      const gone = (): Promise<HttpAnswer> => post(buyer, '/v1/orders', orderBody('o-brief-3', 'brief'));
      assert.equal((await gone()).json['classifier'], 'offer-not-found');
      await post(provider, '/v1/offers', offerBody('brief', { sequence_no: 2 }));
      assert.equal((await gone()).json['classifier'], 'offer-not-found');
    });

    test('R7 an order for somebody else is forbidden, and somebody else’s order is not there', async () => {
      refused(await post(otherBuyer, '/v1/orders', orderBody('o-foreign', 'cloth')), 403, 'forbidden');
      await stage.opened('o-mine');
      for (const who of [otherBuyer, otherProvider]) {
        refused(await who.ask('/v1/orders/o-mine'), 404, 'order_not_found');
        const { json } = await buyer.ask('/v1/orders/o-mine');
        refused(await who.ask(`/v1/executions/${String(json['execution_id'])}`), 404, 'execution_not_found');
        assert.deepEqual(await who.all('/v1/orders', 10), []);
        assert.deepEqual(await who.all('/v1/executions', 10), []);
        for (const list of ['orders', 'executions', 'disputes'])
          refused(await who.ask(`/v1/${list}?account_id=${ACME}`), 403, 'forbidden');
        refused(await who.ask('/v1/orders?subject_id=acme'), 403, 'forbidden');
      }
      refused(await buyer.ask('/v1/orders/nowhere'), 404, 'order_not_found');
      refused(await buyer.ask('/v1/executions/nowhere'), 404, 'execution_not_found');
    });

    test('S-40 orders and executions by state, offer, run and party, the newest first and page by page', async () => {
      await post(provider, '/v1/offers', offerBody('listed'));
      const executions: string[] = [];
      for (const i of [1, 2, 3, 4, 5]) {
        const run = { run_id: i % 2 === 0 ? 'run-even' : 'run-odd' };
        const { json } = await post(buyer, '/v1/orders', orderBody(`o-list-${i}`, 'listed', run));
        executions.push(String(json['execution_id']));
      }
      await post(provider, `/v1/executions/${executions[0]}/result`, { status: 'completed', output: 'long' });
      const idsOf = async (list: string, who = buyer): Promise<unknown[]> =>
        (await who.all(list, 2)).map((item) => item['order_id']);
      const all = ['o-list-5', 'o-list-4', 'o-list-3', 'o-list-2', 'o-list-1'];
      for (const list of ['orders', 'executions']) {
        assert.deepEqual(await idsOf(`/v1/${list}?offer_id=listed`), all);
        assert.deepEqual(await idsOf(`/v1/${list}?offer_id=listed`, provider), all);
        assert.deepEqual(await idsOf(`/v1/${list}?offer_id=listed&run_id=run-even`), ['o-list-4', 'o-list-2']);
        assert.deepEqual(await idsOf(`/v1/${list}?offer_id=listed&account_id=${WEAVER}`, operator), all);
        assert.deepEqual(await idsOf(`/v1/${list}?offer_id=listed&account_id=account:org:none`, operator), []);
      }
      assert.deepEqual(await idsOf('/v1/orders?offer_id=listed&subject_kind=org&subject_id=acme'), all);
      assert.deepEqual(await idsOf('/v1/orders?offer_id=listed&state=rejected'), []);
      assert.deepEqual(await idsOf('/v1/executions?offer_id=listed&state=awaiting-acceptance'), ['o-list-1']);
      assert.deepEqual(await idsOf('/v1/executions?order_id=o-list-3'), ['o-list-3']);
      const [order] = await buyer.all('/v1/orders?offer_id=listed&run_id=run-odd', 10);
      assert.equal('input' in (order ?? {}), false, 'what may be long is left out of lists');
      refused(await buyer.ask('/v1/orders?cursor=x'), 400, 'invalid_cursor');
    });

    let deep: unknown = 0;
    for (let i = 0; i < 5_000; i++) deep = [deep];
    // prettier-ignore
    const senseless: readonly [what: string, path: string, body: Json, code: string][] = [
      ['a price with a fraction',       '/v1/offers',   offerBody('x', { price_amount: 0.5 }),            'invalid_amount'],
      ['a price below nothing',         '/v1/offers',   offerBody('x', { price_amount: -1 }),             'invalid_amount'],
      ['a price as text',               '/v1/offers',   offerBody('x', { price_amount: '200' }),          'invalid_amount'],
      ['another currency',              '/v1/offers',   offerBody('x', { price_currency: 'EUR' }),        'invalid_request'],
      ['a unit that is none',           '/v1/offers',   offerBody('x', { unit_kind: 'per-hour' }),        'invalid_request'],
      ['an expiry out of all bounds',   '/v1/offers',   offerBody('x', { expires_at: '9999-01-01T00:00:00Z' }), 'invalid_request'],
      ['an offer with a strange field', '/v1/offers',   offerBody('x', { discount: 1 }),                  'unknown_field'],
      ['no units',                      '/v1/orders',   orderBody('x', 'cloth', { units: 0 }),            'invalid_request'],
      ['a limit of nothing',            '/v1/orders',   orderBody('x', 'cloth', { max_price_amount: 0 }), 'invalid_amount'],
      ['a limit below nothing',         '/v1/orders',   orderBody('x', 'cloth', { max_price_amount: -1 }), 'invalid_amount'],
      ['a limit beyond numbers',        '/v1/orders',   orderBody('x', 'cloth', { max_price_amount: 1e16 }), 'invalid_amount'],
      ['a subject of another kind',     '/v1/orders',   orderBody('x', 'cloth', { subject_kind: 'robot' }), 'invalid_request'],
      ['a deadline out of all bounds',  '/v1/orders',   orderBody('x', 'cloth', { deadlines: { work_by: '2300-01-01T00:00:00Z' } }), 'invalid_request'],
      ['a deadline before time',        '/v1/orders',   orderBody('x', 'cloth', { deadlines: { work_by: '1960-01-01T00:00:00Z' } }), 'invalid_request'],
      ['an input without a bottom',     '/v1/orders',   orderBody('x', 'cloth', { input: deep }),         'invalid_request'],
      ['an input without an end',       '/v1/orders',   orderBody('x', 'cloth', { input: 'x'.repeat(40_000) }), 'invalid_request'],
      ['an order with a strange field', '/v1/orders',   orderBody('x', 'cloth', { tip: 1 }),              'unknown_field'],
      ['a dispute without a reason',    '/v1/disputes', { execution_id: 'x' },                            'invalid_request'],
      ['a ruling for nobody',           '/v1/disputes/x/resolve', { in_favour_of: 'both', reason: 'x' },  'invalid_request'],
      ['a result of the bridge’s own',  '/v1/executions/x/result', { status: 'dispatch-error' },          'invalid_request'],
      ['a refusal without a reason',    '/v1/executions/x/reject', {},                                    'invalid_request'],
      ['a dispute nobody can read',     '/v1/disputes', { execution_id: 'x', reason: ' \u00a0' },         'invalid_request'],
      ['a ruling nobody can read',      '/v1/disputes/x/resolve', { in_favour_of: 'payer', reason: '\u200b' }, 'invalid_request'],
      ['a blank withdrawal',            '/v1/offers/x/withdraw', { reason: '   ' },                       'invalid_request'],
      ['a blank decline',               '/v1/executions/x/provider-decline', { reason: '\u3000' },        'invalid_request'],
      ['a blank refund',                '/v1/executions/x/refund', { reason: ' ' },                       'invalid_request'],
      ['a blank release of budget',     '/l402-otb/releases', { decision_id: 'x', reason: ' ' },          'invalid_request'],
      ['a blank lock of a period',      '/l402-otb/periods/2026-11/lock', { merchant_id: 'acme', reason: ' ' }, 'invalid_request'],
    ];
    for (const [what, path, body, code] of senseless)
      test(`refused: ${what}`, async () => refused(await post(operator, path, body), 400, code));

    test('an input of exactly the size that is allowed goes in and comes out', async () => {
      const input = 'x'.repeat(32 * 1024 - 2);
      await post(buyer, '/v1/orders', orderBody('o-large', 'cloth', { input }));
      assert.equal((await buyer.ask('/v1/orders/o-large')).json['input'], input);
    });

    // prettier-ignore
    const operations: readonly [operation: string, may: readonly Role[]][] = [
      ['PUT /v1/orgs/acme',                         ['operator']],
      ['GET /v1/orgs/acme',                         ['operator', 'buyer', 'planner', 'finance', 'auditor', 'service']],
      ['GET /v1/orgs',                              ['operator', 'buyer', 'planner', 'finance', 'auditor', 'service']],
      ['POST /v1/offers',                           ['operator', 'provider']],
      ['GET /v1/offers',                            roles],
      ['GET /v1/offers/cloth',                      roles],
      ['POST /v1/offers/none/withdraw',             ['operator', 'provider']],
      ['POST /v1/orders',                           ['operator', 'buyer', 'service']],
      ['GET /v1/orders',                            ['operator', 'buyer', 'provider', 'auditor', 'service']],
      ['GET /v1/orders/none',                       ['operator', 'buyer', 'provider', 'auditor', 'service']],
      ['GET /v1/executions',                        ['operator', 'buyer', 'provider', 'auditor', 'service']],
      ['GET /v1/executions/none',                   ['operator', 'buyer', 'provider', 'auditor', 'service']],
      ['POST /v1/executions/none/provider-accept',  ['operator', 'provider']],
      ['POST /v1/executions/none/provider-decline', ['operator', 'provider']],
      ['POST /v1/executions/none/result',           ['operator', 'provider']],
      ['POST /v1/executions/none/accept',           ['operator', 'buyer']],
      ['POST /v1/executions/none/reject',           ['operator', 'buyer']],
      ['POST /v1/executions/none/release',          ['operator']],
      ['POST /v1/executions/none/refund',           ['operator']],
      ['POST /v1/disputes',                         ['operator', 'buyer']],
      ['GET /v1/disputes',                          ['operator', 'buyer', 'provider', 'auditor', 'service']],
      ['GET /v1/disputes/none',                     ['operator', 'buyer', 'provider', 'auditor', 'service']],
      ['POST /v1/disputes/none/resolve',            ['operator']],
    ];

    test('J6 every operation by every role, by the token, and by nobody', async () => {
      const { json: document } = await operator.ask('/openapi.json');
      const served = Object.entries(document['paths'] as Record<string, Record<string, { tags: string[] }>>).flatMap(
        ([path, methods]) =>
          Object.entries(methods)
            .filter(([, { tags }]) => tags.some((tag) => CHAPTERS.has(tag)))
            .map(([method]) => `${method.toUpperCase()} ${path}`),
      );
      const shape = (operation: string): string =>
        operation
          .replace('/acme', '/{org_id}')
          .replace('/cloth', '/{offer_id}')
          .replace(/(offer|order|execution|dispute)s\/none/, '$1s/{$1_id}');
      assert.deepEqual(operations.map(([operation]) => shape(operation)).toSorted(), served.toSorted());
      const confined: Json = { merchant: 'acme' };
      const callers = new Map<Role, HttpClient>();
      for (const role of roles)
        callers.set(role, await operator.keyFor(role, role === 'buyer' || role === 'planner' ? confined : {}));
      const nobody = new HttpClient({ url: operator.url, key: 'none' });
      for (const [operation, may] of operations) {
        const [method = '', path = ''] = operation.split(' ');
        const ask = (who: HttpClient): Promise<HttpAnswer> =>
          who.ask(path, { method, ...(method === 'GET' ? {} : { body: bodyFor(path) }) });
        const allowed = (await Promise.all([...callers].map(async ([role, who]) => ({ role, answer: await ask(who) }))))
          .filter(({ answer }) => answer.status !== 403)
          .map(({ role, answer }) => {
            assert.ok([200, 201, 404].includes(answer.status), `${role} ${operation}: ${answer.text}`);
            return role;
          });
        assert.deepEqual(allowed, may, operation);
        assert.notEqual((await ask(operator)).status, 403, operation);
      }
      refused(await nobody.ask('/v1/orders'), 401, 'unauthorized');
      const wide = await operator.keyFor('buyer');
      refused(await wide.ask('/v1/orgs'), 403, 'forbidden');
      refused(await wide.ask('/v1/orgs/acme'), 404, 'org_not_found');
      assert.equal((await post(wide, '/v1/orders', orderBody('o-module', 'cloth'))).status, 201);
    });

    function bodyFor(path: string): Json {
      if (path === '/v1/orgs/acme') return { custodian_participant_id: 'alice' };
      if (path === '/v1/offers') return offerBody('table');
      if (path === '/v1/orders') return orderBody('o-table', 'cloth');
      if (path === '/v1/disputes') return { execution_id: 'none', reason: 'x' };
      if (path.endsWith('/result')) return { status: 'completed' };
      if (path.endsWith('/resolve')) return { in_favour_of: 'payer', reason: 'x' };
      return { reason: 'x' };
    }
  });
}
