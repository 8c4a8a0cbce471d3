/** The payment rail over HTTP, in both deployments and on both engines, as real processes asked from outside. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { deployments, engines, Rail } from '../rig/deployment.ts';
import { askJson, type Json } from '../rig/frame-client.ts';
import { errorOf, HttpClient, type HttpAnswer } from '../rig/http-client.ts';

const body = (amount: unknown, src = 'ops_float', dst = 'settlement_bank'): Json => ({ src, dst, amount });

for (const engine of engines)
  for (const deployment of deployments)
    suite(`${deployment} on ${engine}: the rail over HTTP`, () => {
      let rail: Rail;
      let gateway: HttpClient;
      let ledger: HttpClient;
      before(async () => {
        rail = await Rail.start(deployment, { BANK_SINGLE_TX_LIMIT: '9000' }, engine, { http: true });
        gateway = new HttpClient(await rail.httpOf('gateway'));
        ledger = new HttpClient(await rail.httpOf('ledger'));
      });
      after(() => rail.stop());

      test('P-10, P-14 a transfer is made once; the same again has the same bytes', async () => {
        const first = await gateway.transfer('once', body(100));
        assert.equal(first.status, 201);
        assert.deepEqual(Object.keys(first.json), ['ok', 'tx_id', 'src_balance', 'dst_balance']);
        const again = await gateway.transfer('once', body(100));
        assert.deepEqual([again.status, again.text], [200, first.text]);
        assert.equal(again.headers.get('idempotency-replayed'), 'true');
        // One key, one outcome, whichever way it is asked for.
        const overTcp = await rail.transferText({ ...body(100), idempotency_key: 'once' });
        assert.equal(overTcp, first.text);
      });

      test('P-14 the same key with other content is a conflict that names what differs', async () => {
        await gateway.transfer('taken', body(5));
        const conflict = await gateway.transfer('taken', body(6, 'ops_float', 'dispute_reserve'));
        assert.equal(conflict.status, 409);
        const { code, fields, tx_id: txId } = errorOf(conflict);
        assert.deepEqual([code, fields, txId], ['idempotency_conflict', ['dst', 'amount'], undefined]);
      });

      const invalid: readonly [what: string, key: string, wire: unknown, status: number, code: string][] = [
        ['no key', '', body(5), 400, 'invalid_idempotency_key'],
        ['an unknown balance, whatever the amount', 'v', body(0, 'nowhere'), 404, 'unknown_balance'],
        ['a balance that is no text', 'v', body(5, 7 as never), 404, 'unknown_balance'],
        ['the same balance, whatever the amount', 'v', body(0, 'ops_float', 'ops_float'), 400, 'same_balance_transfer'],
        ['no amount', 'v', body('5'), 400, 'invalid_amount'],
        ['an unknown field', 'v', { ...body(5), memo: 'x' }, 400, 'unknown_field'],
      ];
      for (const [what, key, wire, status, code] of invalid) {
        test(`P-12 ${what}: ${code}, without tx_id, and counted`, async () => {
          const earlier = await gateway.ask('/v1/stats');
          const answer = await gateway.transfer(key, wire);
          assert.deepEqual([answer.status, errorOf(answer)['code']], [status, code]);
          assert.equal('tx_id' in errorOf(answer), false);
          const { json } = await gateway.ask('/v1/stats');
          assert.equal(json['invalid'], Number(earlier.json['invalid']) + 1);
        });
      }

      test('P-11 refusals have the code and a tx_id, and are the outcome of their key', async () => {
        const poor = await gateway.transfer('poor', body(8_999, 'collection_pending'));
        assert.equal(poor.status, 201);
        const refused = await gateway.transfer('poorer', body(8_999, 'collection_pending'));
        assert.deepEqual([refused.status, errorOf(refused)['code']], [409, 'insufficient_funds']);
        assert.match(String(errorOf(refused)['tx_id']), /^tx-\d{4,}$/);
        const again = await gateway.transfer('poorer', body(8_999, 'collection_pending'));
        assert.deepEqual(errorOf(again), errorOf(refused));
        assert.equal(again.headers.get('idempotency-replayed'), 'true');
        const denied = await gateway.transfer('large', body(9_001));
        assert.deepEqual([denied.status, errorOf(denied)['code']], [422, 'transfer_amount_exceeds_limit']);
      });

      test('a batch has one outcome per item, in order, as over TCP', async () => {
        const transfers = [
          { ...body(1), idempotency_key: 'item-1' },
          { ...body(0), idempotency_key: 'item-2' },
          { ...body(1), idempotency_key: 'item-1' },
          { ...body(1), idempotency_key: 'item-4', memo: 'x' },
          'no object',
          { ...body(9_001), idempotency_key: 'item-6' },
          { ...body(1), idempotency_key: 'item-7' },
        ];
        const { status, json } = await gateway.ask('/v1/transfers/batch', { method: 'POST', body: { transfers } });
        assert.equal(status, 200);
        const results = json['results'] as Json[];
        assert.deepEqual(
          results.map(({ ok, error }) => error ?? ok),
          [true, 'invalid_amount', true, 'unknown_field', 'invalid_request', 'transfer_amount_exceeds_limit', true],
        );
        assert.deepEqual(results[0], results[2]);
        assert.deepEqual(await rail.transfer(transfers[6] as Json), results[6]);
      });

      test('a batch of 1,000 is taken, and 1,001 are refused by name', async () => {
        const transfers = Array.from({ length: 1_001 }, (_, i) => ({ ...body(1), idempotency_key: `many-${i}` }));
        const ask = (count: number): Promise<HttpAnswer> =>
          gateway.ask('/v1/transfers/batch', { method: 'POST', body: { transfers: transfers.slice(0, count) } });
        const whole = await ask(1_000);
        assert.equal((whole.json['results'] as Json[]).filter(({ ok }) => ok === true).length, 1_000);
        const more = await ask(1_001);
        assert.deepEqual([more.status, errorOf(more)['field']], [400, 'transfers']);
      });

      test('a transfer is found by id and key, with all its steps', async () => {
        const { json: made } = await gateway.transfer('seen', body(7));
        const { status, json } = await gateway.ask(`/v1/transfers/${String(made['tx_id'])}`);
        assert.equal(status, 200);
        assert.deepEqual(
          [json['tx_id'], json['idempotency_key'], json['src'], json['dst'], json['amount'], json['outcome']],
          [made['tx_id'], 'seen', 'ops_float', 'settlement_bank', 7, 'ok'],
        );
        assert.deepEqual(json['risk'], { verdict: 'approved', reason: null });
        assert.equal((json['debit'] as Json)['balance_after'], made['src_balance']);
        assert.equal((json['credit'] as Json)['balance_after'], made['dst_balance']);
        assert.equal(json['compensation'], null);
        const byKey = await gateway.ask('/v1/transfers?idempotency_key=seen&balance=&outcome=');
        assert.deepEqual(byKey.json, { items: [json], next_cursor: null });
        assert.deepEqual((await gateway.ask('/v1/transfers?idempotency_key=unseen')).json['items'], []);
        const none = await gateway.ask('/v1/transfers/tx-0000099999');
        assert.deepEqual([none.status, errorOf(none)['code']], [404, 'transfer_not_found']);
      });

      test('transfers by page: each once, the newest first, and by balance and outcome', async () => {
        const all = await gateway.all('/v1/transfers', 1_000);
        const ids = all.map((item) => String(item['tx_id']));
        assert.ok(ids.length > 1_000);
        assert.deepEqual(ids, [...new Set(ids)].toSorted().toReversed());
        assert.deepEqual(await gateway.all('/v1/transfers', 117), all);
        for (const [filter, fits] of [
          ['outcome=ok', ({ outcome }: Json) => outcome === 'ok'],
          ['outcome=insufficient_funds', ({ outcome }: Json) => outcome === 'insufficient_funds'],
          ['balance=collection_pending', ({ src, dst }: Json) => [src, dst].includes('collection_pending')],
        ] as const) {
          const found = await gateway.all(`/v1/transfers?${filter}`, 500);
          assert.deepEqual(found, all.filter(fits), filter);
          assert.ok(found.length > 0);
        }
        const strange = await gateway.ask('/v1/transfers?cursor=abc');
        assert.equal(errorOf(strange)['code'], 'invalid_cursor');
      });

      test('balances: as BALANCE, with an ETag that changes when they do', async () => {
        for (const part of [gateway, ledger]) {
          const first = await part.ask('/v1/balances');
          assert.deepEqual(first.json, await askJson(rail.ledger, { op: 'BALANCE' }));
          const known = { 'If-None-Match': first.headers.get('etag') ?? '' };
          assert.equal((await part.ask('/v1/balances', { headers: known })).status, 304);
          await gateway.transfer(`changes ${first.text}${part === ledger}`, body(1));
          assert.equal((await part.ask('/v1/balances', { headers: known })).status, 200);
        }
      });

      test('stats as over TCP, and nothing to compensate', async () => {
        const overHttp = await gateway.ask('/v1/stats');
        assert.deepEqual(overHttp.json, await rail.stats());
        const { status, json } = await gateway.ask('/v1/compensations?state=open');
        assert.deepEqual([status, json], [200, { items: [], next_cursor: null }]);
      });

      test('facts: numbers without gaps, by page and by type', async () => {
        const facts = await ledger.all('/v1/facts', 1_000);
        assert.deepEqual(
          facts.map(({ seq }) => seq),
          facts.map((_, i) => i + 1),
        );
        assert.deepEqual(Object.keys(facts[0]!), ['seq', 'at', 'type', 'subject', 'key', 'body']);
        const opened = await ledger.all('/v1/facts?type=ledger/opened.v1', 2);
        assert.deepEqual(
          opened,
          facts.filter(({ type }) => type === 'ledger/opened.v1'),
        );
        assert.equal(opened.length, 5);
        const { json } = await ledger.ask('/v1/facts?after=2&limit=1');
        assert.deepEqual(json['items'], [facts[2]]);
      });

      test('the stream: past facts, new ones, and on from the last one that was seen', async () => {
        const facts = await gateway.all('/v1/facts', 1_000);
        const stream = await gateway.stream('/v1/facts/stream?after=0');
        for (const fact of facts) assert.deepEqual((await stream.next())?.data, fact);
        const next = stream.next();
        const { json: made } = await gateway.transfer('streamed', body(3));
        const seen = await next;
        assert.equal(seen?.data['subject'], made['tx_id']);
        stream.close();
        await gateway.transfer('missed', body(3));
        const resumed = await gateway.stream('/v1/facts/stream', { 'Last-Event-ID': seen?.id ?? '' });
        assert.equal((await resumed.next())?.data['seq'], Number(seen?.id) + 1);
        resumed.close();
        const wrong = await gateway.ask('/v1/facts/stream', { headers: { 'Last-Event-ID': 'x' } });
        assert.equal(wrong.status, 400);
      });

      test('metrics count what was asked', async () => {
        const { status, text } = await gateway.ask('/metrics');
        assert.equal(status, 200);
        assert.match(text, /^purser_http_requests_total\{operation="createTransfer",status="201"\} \d+$/m);
        assert.match(text, /^purser_transfers_total\{outcome="insufficient_funds"\} 1$/m);
        assert.match(text, /^purser_store_queue_commands \d+$/m);
        assert.match(text, /^purser_nodejs_eventloop_lag_seconds \S+$/m);
      });
    });

suite('HTTP when things go wrong', () => {
  test('P-44 an open compensation is listed, and not the completed answer', async () => {
    const rail = await Rail.start('split', { BANK_ACCT_TIMEOUT: '0.3', BANK_ROLLBACK_RETRIES: '1' }, 'SQLite', {
      http: true,
    });
    const gateway = new HttpClient(await rail.httpOf('gateway'));
    await rail.kill(['ledger']);
    const pending = await gateway.transfer('stuck', body(5));
    assert.equal(pending.status, 409);
    assert.deepEqual([errorOf(pending)['code'], errorOf(pending)['state']], ['debit_timeout', 'compensation_pending']);
    const unreachable = await gateway.ask('/v1/balances');
    assert.deepEqual([unreachable.status, errorOf(unreachable)['code']], [503, 'accounts_unreachable']);
    assert.notEqual(unreachable.headers.get('retry-after'), null);
    const open = await gateway.all('/v1/compensations', 10);
    assert.deepEqual(
      open.map(({ tx_id: txId, state, cause }) => [txId, state, cause]),
      [[errorOf(pending)['tx_id'], 'open', 'debit_timeout']],
    );
    const { json } = await gateway.ask(`/v1/transfers/${String(errorOf(pending)['tx_id'])}`);
    assert.deepEqual([json['state'], json['outcome']], ['compensation_pending', null]);
    await rail.stop();
  });

  test('streams end when the server is asked to stop, and it stops', async () => {
    const rail = await Rail.start('all-in-one');
    const client = new HttpClient(await rail.httpOf('gateway'));
    const stream = await client.stream('/v1/facts/stream?after=end');
    const stopped = rail.stop();
    assert.equal(await stream.next(), undefined);
    assert.deepEqual(await stopped, [0]);
  });
});
