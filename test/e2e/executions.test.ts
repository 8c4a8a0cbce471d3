/**
 * What becomes of orders, over HTTP on both engines with a real key for everybody who takes part: work and its result,
 * acceptance, an operator's hand, disputes, and the hold that goes along.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { BridgeStage, isAgain, orderBody, post, refused, statesOf, twice, ACME, WEAVER } from '../rig/bridge-stage.ts';
import { engines, type Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import type { HttpAnswer, HttpClient } from '../rig/http-client.ts';
import { misfits, type Schema } from '../rig/json-schema.ts';
import { until } from '../rig/until.ts';

type Paths = Record<
  string,
  Record<string, { responses: Record<number, { content: { 'application/json': { schema: Schema } } }> }>
>;

const past = '2020-01-01T00:00:00Z';

for (const engine of engines) {
  suite(`${engine}: executions and disputes over HTTP`, () => {
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

    test('S-34, R7 whose execution it is not cannot act on it, and each side does its own part', async () => {
      const execution = await stage.completed('o-sides');
      const at = `/v1/executions/${execution}`;
      refused(await post(otherProvider, `${at}/result`, { status: 'failed' }), 404, 'execution_not_found');
      refused(await post(otherBuyer, `${at}/accept`), 404, 'execution_not_found');
      refused(await post(otherBuyer, `${at}/reject`, { reason: 'no' }), 404, 'execution_not_found');
      refused(
        await post(otherBuyer, '/v1/disputes', { execution_id: execution, reason: 'no' }),
        404,
        'execution_not_found',
      );
      refused(await post(provider, `${at}/accept`), 403, 'forbidden');
      refused(await post(buyer, `${at}/result`, { status: 'completed' }), 403, 'forbidden');
      refused(await post(buyer, `${at}/release`, { reason: 'mine' }), 403, 'forbidden');
      assert.deepEqual(statesOf(await buyer.ask(at)), ['awaiting-acceptance', 'active']);
    });

    test('S-34 completed, accepted: the provider is paid; the same result is present, another is refused', async () => {
      const [paid] = await stage.balanceOf(WEAVER);
      const execution = await stage.opened('o-paid');
      const at = `/v1/executions/${execution}`;
      const report = (body: Json): Promise<HttpAnswer> => post(provider, `${at}/result`, body);
      const first = await report({ status: 'completed', output: { cloth: 3, colour: 'blue' } });
      assert.deepEqual([first.json['outcome'], ...statesOf(first)], ['recorded', 'awaiting-acceptance', 'active']);
      const again = await report({ output: { colour: 'blue', cloth: 3 }, status: 'completed', error: null });
      assert.deepEqual([again.status, isAgain(again), again.json['outcome']], [200, true, 'already_present']);
      refused(await report({ status: 'failed' }), 409, 'result_conflict', {
        recorded_digest: first.json['result_digest'],
      });
      const accepted = await twice(() => post(buyer, `${at}/accept`));
      assert.deepEqual(statesOf(accepted), ['released', 'released']);
      assert.equal((accepted.json['receipt'] as Json)['status'], 'settled');
      assert.deepEqual((await stage.balanceOf(WEAVER))[0], paid + 600);
      refused(await post(buyer, `${at}/reject`, { reason: 'late' }), 409, 'invalid_transition', {
        from: 'released',
        to: 'rejected',
      });
      assert.equal(
        (await report({ status: 'completed', output: { cloth: 3, colour: 'blue' } })).json['outcome'],
        'already_present',
      );
    });

    for (const [status, state] of [
      ['failed', 'failed'],
      ['rejected', 'rejected'],
    ] as const) {
      test(`S-34 the provider reports ${status}: the money goes back`, async () => {
        const earlier = await stage.balanceOf(ACME);
        const execution = await stage.opened(`o-${status}`);
        const answer = await post(provider, `/v1/executions/${execution}/result`, { status, error: 'loom broke' });
        assert.deepEqual(statesOf(answer), [state, 'refunded']);
        assert.deepEqual(answer.json['result'], { status, output: null, error: 'loom broke' });
        assert.deepEqual(await stage.balanceOf(ACME), earlier);
      });
    }

    test('S-34 rejected by the payer: the money goes back', async () => {
      const execution = await stage.completed('o-bad');
      const answer = await twice(() => post(buyer, `/v1/executions/${execution}/reject`, { reason: 'holes in it' }));
      assert.deepEqual([...statesOf(answer), answer.json['reason']], ['rejected', 'refunded', 'holes in it']);
      assert.equal((answer.json['receipt'] as Json)['status'], 'terminal');
    });

    test('S-34 an operator releases or refunds by hand', async () => {
      const release = await stage.completed('o-by-hand-1');
      const refund = await stage.opened('o-by-hand-2');
      const answers = [
        await twice(() => post(operator, `/v1/executions/${release}/release`, { reason: 'as agreed' })),
        await twice(() => post(operator, `/v1/executions/${refund}/refund`, { reason: 'as agreed' })),
      ];
      assert.deepEqual(answers.map(statesOf), [
        ['released', 'released'],
        ['rejected', 'refunded'],
      ]);
      refused(await post(operator, '/v1/executions/none/refund', { reason: 'x' }), 404, 'execution_not_found');
    });

    test('S-23, S-30 where the provider is asked, it accepts or declines; declined, the hold is voided', async () => {
      const earlier = await stage.balanceOf(ACME);
      const place = (orderId: string): Promise<HttpAnswer> => post(buyer, '/v1/orders', orderBody(orderId, 'asked'));
      const first = await twice(() => place('o-ask-1'), 201);
      const second = await place('o-ask-2');
      assert.deepEqual([first.json['result'], second.json['result']], ['awaiting-provider', 'awaiting-provider']);
      const [accept, decline] = [first, second].map(({ json }) => `/v1/executions/${String(json['execution_id'])}`);
      refused(await post(provider, `${accept}/result`, { status: 'completed' }), 409, 'invalid_transition', {
        from: 'awaiting-provider',
        to: 'awaiting-acceptance',
      });
      refused(await post(otherProvider, `${accept}/provider-accept`), 404, 'execution_not_found');
      refused(await post(otherProvider, `${accept}/provider-decline`, { reason: 'x' }), 404, 'execution_not_found');
      assert.deepEqual(statesOf(await twice(() => post(provider, `${accept}/provider-accept`))), ['opened', 'active']);
      refused(await post(provider, `${accept}/provider-decline`, { reason: 'late' }), 409, 'invalid_transition', {
        from: 'opened',
        to: 'rejected',
      });
      const declined = await twice(() => post(provider, `${decline}/provider-decline`, { reason: 'busy' }));
      assert.deepEqual([...statesOf(declined), declined.json['reason']], ['rejected', 'voided', 'busy']);
      assert.deepEqual(await stage.balanceOf(ACME), [earlier[0] - 600, earlier[1] + 600]);
    });

    test('S-34 a dispute freezes, and its arbiter decides for one side or the other', async () => {
      const rulings = [
        { side: 'payer', other: 'payee', end: ['rejected', 'refunded'], wrong: 'released' },
        { side: 'payee', other: 'payer', end: ['released', 'released'], wrong: 'rejected' },
      ];
      for (const { side, other, end, wrong } of rulings) {
        const execution = await stage.completed(`o-dispute-${side}`);
        const open = (): Promise<HttpAnswer> =>
          post(buyer, '/v1/disputes', { execution_id: execution, reason: 'torn' });
        const dispute = await twice(open, 201);
        assert.deepEqual(statesOf(dispute), ['open', 'frozen']);
        const at = `/v1/disputes/${String(dispute.json['dispute_id'])}`;
        assert.deepEqual(statesOf(await provider.ask(`/v1/executions/${execution}`)), ['disputed', 'frozen']);
        refused(await post(buyer, `/v1/executions/${execution}/accept`), 409, 'invalid_transition', {
          from: 'disputed',
        });
        refused(await post(buyer, `${at}/resolve`, { in_favour_of: side, reason: 'mine' }), 403, 'forbidden');
        refused(await otherBuyer.ask(at), 404, 'dispute_not_found');
        assert.ok((await buyer.all('/v1/disputes?state=open', 1)).some((item) => item['execution_id'] === execution));
        const resolve = (winner: string): Promise<HttpAnswer> =>
          post(operator, `${at}/resolve`, { in_favour_of: winner, reason: 'seen it' });
        const resolved = await twice(() => resolve(side));
        assert.deepEqual([...statesOf(resolved), resolved.json['in_favour_of']], ['resolved', end[1], side]);
        assert.deepEqual(statesOf(await buyer.ask(`/v1/executions/${execution}`)), end);
        refused(await resolve(other), 409, 'invalid_transition', { from: end[0], to: wrong });
        assert.equal((await provider.ask(at)).text, resolved.text);
        assert.equal(isAgain(await open()), true);
      }
      refused(
        await post(operator, '/v1/disputes/none/resolve', { in_favour_of: 'payer', reason: 'x' }),
        404,
        'dispute_not_found',
      );
      refused(await operator.ask('/v1/disputes/none'), 404, 'dispute_not_found');
      refused(await post(buyer, '/v1/disputes', { execution_id: 'none', reason: 'x' }), 404, 'execution_not_found');
    });

    test('S-34 the hold of an order shows the times by which its execution ends: from the result on, or as ordered', async () => {
      const timesOf = async (execution: string): Promise<Json[]> => {
        const { json } = await buyer.ask(`/v1/executions/${execution}`);
        const hold = `/v1/ledger/holds/${String(json['hold_id'])}`;
        const list = `/v1/ledger/holds?order_id=${String(json['order_id'])}`;
        const [listed] = (await buyer.ask(list)).json['items'] as Json[];
        const shown = [(await buyer.ask(hold)).json, json['hold'] as Json, listed!].map((each) => each['deadlines']);
        return [json['deadlines'], ...shown] as Json[];
      };
      const [waiting, ...holds] = await timesOf(await stage.opened('o-times-open'));
      assert.deepEqual([waiting?.['dispute_by'], waiting?.['auto_release_after']], [null, null]);
      for (const each of holds) assert.deepEqual(each, waiting);
      const [completed, ...others] = await timesOf(await stage.completed('o-times'));
      const [disputeBy, autoRelease] = [completed?.['dispute_by'], completed?.['auto_release_after']].map((at) =>
        Date.parse(String(at)),
      );
      assert.equal(disputeBy! - autoRelease!, 86_400_000, 'two days and one day behind the result (S-21)');
      for (const each of others) assert.deepEqual(each, completed);
    });

    test('S-34 the time to dispute passes', async () => {
      const deadlines = { dispute_by: past };
      const { json } = await post(buyer, '/v1/orders', orderBody('o-late', 'cloth', { deadlines }));
      refused(
        await post(buyer, '/v1/disputes', { execution_id: json['execution_id'], reason: 'x' }),
        409,
        'dispute_window_closed',
        {
          dispute_by: '2020-01-01T00:00:00.000Z',
        },
      );
    });

    test('S-20, S-23 an operator moves the hold of an order, and its execution goes along', async () => {
      const holdOf = async (execution: string): Promise<string> =>
        `/v1/ledger/holds/${String((await buyer.ask(`/v1/executions/${execution}`)).json['hold_id'])}`;
      const rows = [
        { verb: 'release', execution: await stage.completed('o-hold-release'), end: ['released', 'released'] },
        { verb: 'refund', execution: await stage.completed('o-hold-refund'), end: ['rejected', 'refunded'] },
        { verb: 'freeze', execution: await stage.completed('o-hold-freeze'), end: ['disputed', 'frozen'] },
        { verb: 'void', execution: await stage.opened('o-hold-void', 'asked'), end: ['rejected', 'voided'] },
      ];
      for (const { verb, execution, end } of rows) {
        const hold = await holdOf(execution);
        const moved = await twice(() => post(operator, `${hold}/${verb}`, { reason: 'by hand' }));
        assert.equal(moved.json['state'], end[1], verb);
        const history = moved.json['history'] as Json[];
        assert.deepEqual(
          history.map(({ state, reason }) => [state, reason]),
          [
            ['active', null],
            [end[1], 'by hand'],
          ],
        );
        assert.deepEqual(statesOf(await buyer.ask(`/v1/executions/${execution}`)), end, verb);
      }
      const frozen = await holdOf(rows[2]!.execution);
      assert.equal((await post(operator, `${frozen}/release`, { reason: 'ruled' })).json['state'], 'released');
      const [dispute] = await operator.all(`/v1/disputes?state=resolved`, 1);
      assert.deepEqual([dispute?.['execution_id'], dispute?.['in_favour_of']], [rows[2]!.execution, 'payee']);
      refused(await post(operator, `${frozen}/refund`, { reason: 'x' }), 409, 'invalid_transition', {
        from: 'released',
        to: 'refunded',
      });
      const open = await holdOf(await stage.opened('o-hold-open'));
      refused(await post(operator, `${open}/void`, { reason: 'x' }), 409, 'invalid_transition', {
        from: 'opened',
        to: 'voided',
      });
      refused(await post(buyer, `${open}/refund`, { reason: 'x' }), 403, 'forbidden');
      const asked = await holdOf(await stage.opened('o-hold-asked', 'asked'));
      for (const [verb, to] of [
        ['release', 'released'],
        ['freeze', 'disputed'],
      ])
        refused(await post(operator, `${asked}/${verb}`, { reason: 'x' }), 409, 'invalid_transition', {
          from: 'awaiting-provider',
          to,
        });
    });

    test('a hold that pretends to be an order’s cannot be made', async () => {
      const hold = {
        payer_account_id: ACME,
        payee_account_id: WEAVER,
        amount: 1,
        order_id: 'o-fake',
        policy_ref: 'execution',
      };
      refused(await post(operator, '/v1/ledger/holds', hold), 400, 'invalid_request', { field: 'policy_ref' });
    });

    test('S-40 a list of holds shows each with its own history', async () => {
      const rows = [await stage.completed('o-history-1'), await stage.opened('o-history-2')];
      await post(buyer, `/v1/executions/${rows[0]}/accept`);
      await post(operator, `/v1/executions/${rows[1]}/refund`, { reason: 'by hand' });
      const listed = await operator.all(`/v1/ledger/holds?account_id=${ACME}`, 7);
      assert.ok(listed.length > 7);
      for (const hold of listed)
        assert.deepEqual(hold, (await operator.ask(`/v1/ledger/holds/${String(hold['hold_id'])}`)).json);
      const [second, first] = listed.map(({ history }) => (history as Json[]).map(({ state }) => state));
      assert.deepEqual(
        [first, second],
        [
          ['active', 'released'],
          ['active', 'refunded'],
        ],
      );
    });

    test('what is answered has the documented form', async () => {
      const execution = await stage.completed('o-form');
      const dispute = await post(buyer, '/v1/disputes', { execution_id: execution, reason: 'torn' });
      const rejected = await post(buyer, '/v1/orders', orderBody('o-form-2', 'cloth', { max_price_amount: 1 }));
      const { json: document } = await operator.ask('/openapi.json');
      const complaintsAbout = ({ status, json }: HttpAnswer, method: string, path: string): string[] => {
        const { responses } = (document['paths'] as Paths)[path]![method]!;
        return misfits(responses[status]!.content['application/json'].schema, json, `${method} ${path}`);
      };
      const reads: readonly [path: string, id?: string][] = [
        ['/v1/orgs/{org_id}', 'acme'],
        ['/v1/orgs'],
        ['/v1/offers/{offer_id}', 'cloth'],
        ['/v1/offers'],
        ['/v1/orders/{order_id}', 'o-form'],
        ['/v1/orders/{order_id}', 'o-form-2'],
        ['/v1/orders'],
        ['/v1/executions/{execution_id}', execution],
        ['/v1/executions'],
        ['/v1/disputes/{dispute_id}', String(dispute.json['dispute_id'])],
        ['/v1/disputes'],
      ];
      const asked = reads.map(async ([path, id = '']) => {
        const answer = await buyer.ask(path.replace(/\{\w+\}/, id));
        assert.equal(answer.status, 200, answer.text);
        return complaintsAbout(answer, 'get', path);
      });
      assert.deepEqual((await Promise.all(asked)).flat(), []);
      assert.deepEqual(complaintsAbout(dispute, 'post', '/v1/disputes'), []);
      assert.deepEqual(complaintsAbout(rejected, 'post', '/v1/orders'), []);
    });

    test('what is accepted is moved on the operational ledger, too', async () => {
      const execution = await stage.completed('o-moved');
      const { json } = await post(buyer, `/v1/executions/${execution}/accept`);
      const sql = `select state, src, dst, amount from movements where movement_key = 'hold:${String(json['hold_id'])}:released'`;
      await until('the movement is made', async () => (await rail.readLedger(sql))[0]?.['state'] === 'done');
      const { src, dst, amount } = (await rail.readLedger(sql))[0] ?? {};
      assert.deepEqual([src, dst, amount], ['payout_available', 'settlement_bank', '600']);
    });
  });
}
