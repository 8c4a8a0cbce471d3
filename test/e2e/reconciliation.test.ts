/** Actuals, reconciliation, exports and tiers over HTTP, with real keys, on both engines (B-07, B-08, B-26, B-27). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { engines, Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { errorOf, HttpClient, type HttpAnswer } from '../rig/http-client.ts';
import { until } from '../rig/until.ts';

const PERIOD = '2026-11';
const HEADER = 'merchant_id,document_id,kind,amount_cents,category,period,occurred_at,decision_id';

const receipt = (document_id: string, amount_cents: number, more: Json = {}): Json => ({
  document_id,
  kind: 'receipt',
  amount_cents,
  period: PERIOD,
  occurred_at: '2026-11-21T12:00:00Z',
  ...more,
});

const itemsOf = ({ json }: HttpAnswer): Json[] => json['items'] as Json[];

for (const engine of engines) {
  suite(`${engine}: reconciliation over HTTP`, () => {
    let rail: Rail;
    let operator: HttpClient;
    let finance: HttpClient;
    let feed: HttpClient;
    let buyer: HttpClient;
    let other: HttpClient;

    before(async () => {
      rail = await Rail.start('all-in-one', {}, engine);
      operator = new HttpClient(await rail.httpOf('gateway'));
      [finance, feed, buyer, other] = await Promise.all([
        operator.keyFor('finance', { merchant: 'acme' }),
        operator.keyFor('service', { merchant: 'acme' }),
        operator.keyFor('buyer', { merchant: 'acme' }),
        operator.keyFor('finance', { merchant: 'other' }),
      ]);
      for (const merchant of ['acme', 'other']) {
        const terms = { merchant_id: merchant, period: PERIOD, basis: 'cost', currency: 'USD', amount_cents: 100_000 };
        const { json } = await post('/l402-otb/budgets', terms, operator);
        await post(`/l402-otb/budgets/${String(json['budget_id'])}/activate`, {}, operator);
      }
    });
    after(() => rail.stop());

    const post = (path: string, body: unknown, who = finance): Promise<HttpAnswer> =>
      who.ask(path, { method: 'POST', body });
    const get = (path: string, who = finance): Promise<HttpAnswer> => who.ask(path);
    const actuals = (items: readonly Json[], who = feed, merchant = 'acme'): Promise<HttpAnswer> =>
      post('/l402-otb/actuals', { merchant_id: merchant, items }, who);
    const reconcile = (who = finance): Promise<HttpAnswer> => who.ask('/l402-otb/reconcile', { method: 'POST' });
    const left = async (merchant = 'acme'): Promise<unknown> => {
      const { json } = await get(`/l402-otb/budget?merchant_id=${merchant}&period=${PERIOD}`, operator);
      return json['open_to_buy_cents'];
    };

    test('B-07 actuals: recorded once, a conflict names the fields, all or nothing', async () => {
      const first = await actuals([receipt('v1:7:berlin', 700), receipt('v1:8:berlin', 300)]);
      assert.equal(first.status, 200, first.text);
      const outcomes = (answer: HttpAnswer): unknown[] => {
        const { results } = answer.status === 200 ? answer.json : errorOf(answer);
        return (results as Json[]).map(({ outcome }) => outcome);
      };
      assert.deepEqual(outcomes(first), ['recorded', 'recorded']);
      const again = await actuals([receipt('v1:7:berlin', 700)]);
      assert.deepEqual([again.status, outcomes(again)], [200, ['already_recorded']]);
      const conflict = await actuals([receipt('v1:9:berlin', 10), receipt('v1:7:berlin', 701)]);
      const { code, fields } = errorOf(conflict);
      assert.deepEqual([conflict.status, code, fields], [409, 'idempotency_conflict', ['amount_cents']]);
      assert.deepEqual(outcomes(conflict), ['not_recorded', 'not_recorded']);
      const list = await get('/l402-otb/actuals');
      assert.deepEqual(
        itemsOf(list).map(({ document_id: id }) => id),
        ['v1:8:berlin', 'v1:7:berlin'],
      );
      assert.equal(await left(), 100_000, 'actuals feed the next run only');
    });

    test('B-07 a run books the difference with its cause, raises an alert, and a second one books nothing', async () => {
      const run = await reconcile();
      assert.equal(run.status, 200, run.text);
      const { state, adjustments, drift_cents: drift, changes } = run.json;
      assert.deepEqual([state, adjustments, drift], ['done', 1, 1_000]);
      const [change] = changes as Json[];
      const { cause, amount_cents: cents, expected_cents: expected, actual_cents: actual } = change!;
      assert.deepEqual([cause, cents, expected, actual], ['received_without_gate', -1_000, 0, 1_000]);
      assert.equal(await left(), 99_000);
      const open = await get('/l402-otb/alerts?kind=drift&state=open');
      assert.deepEqual(
        itemsOf(open).map(({ level }) => level),
        ['received_without_gate'],
      );
      const second = await reconcile();
      assert.deepEqual([second.json['adjustments'], second.json['changes']], [0, []]);
      assert.deepEqual(itemsOf(await get('/l402-otb/alerts?kind=drift&state=open')), []);
      assert.equal(await left(), 99_000);
    });

    test('B-07 actuals under a key: the batch is answered as it was, and other items are a conflict', async () => {
      const under = (key: string, items: readonly Json[]): Promise<HttpAnswer> =>
        feed.ask('/l402-otb/actuals', {
          method: 'POST',
          body: { merchant_id: 'acme', items },
          headers: { 'Idempotency-Key': key },
        });
      const billed = (id: string): Json => receipt(id, 1, { kind: 'invoice' });
      const first = await under('batch-1', [billed('v9:1:berlin')]);
      assert.equal(first.status, 200, first.text);
      const again = await under('batch-1', [billed('v9:1:berlin')]);
      assert.deepEqual(
        [again.status, again.headers.get('idempotency-replayed'), again.json],
        [200, 'true', first.json],
      );
      const further = await under('batch-1', [billed('v9:1:berlin'), billed('v9:2:berlin')]);
      const { code, fields } = errorOf(further);
      assert.deepEqual([further.status, code, fields], [409, 'idempotency_conflict', ['items']]);
      const known = await under('batch-2', [billed('v9:1:berlin')]);
      assert.deepEqual((known.json['results'] as Json[])[0]?.['outcome'], 'already_recorded');
    });

    test('B-07 what a gate allowed and a document confirms is counted once', async () => {
      const gate = {
        merchant_id: 'acme',
        actor_id: 'b',
        action_kind: 'po_submit',
        amount_cents: 5_000,
        period: PERIOD,
      };
      const { json } = await post('/l402-otb/gate', { ...gate, context: { po_id: 'po-1' } }, buyer);
      assert.equal(json['allowed'], true);
      const decision = String(json['decision_id']);
      await post(`/l402-otb/decisions/${decision}/commit`, {}, buyer);
      assert.equal(await left(), 94_000);
      await actuals([receipt('v2:1:berlin', 5_000, { decision_id: decision })]);
      const early = await reconcile();
      assert.equal(early.json['adjustments'], 0, 'it is on order, and the gate was not told yet');
      await post(`/l402-otb/decisions/${decision}/receive`, {}, buyer);
      const late = await reconcile();
      assert.equal(late.json['adjustments'], 0);
      assert.equal(await left(), 94_000);
      const unknown = await actuals([receipt('v2:2:berlin', 1, { decision_id: 'nobody' })]);
      assert.deepEqual([unknown.status, errorOf(unknown)['code']], [404, 'decision_not_found']);
    });

    test('B-07 the change feed goes on where it was left, and begins where it is told to', async () => {
      const all = await get('/l402-otb/reconciliations?limit=1000');
      const ids = itemsOf(all).map(({ run_id: id }) => id);
      assert.ok(ids.length >= 4);
      assert.equal(all.json['next_cursor'], null);
      const paged: unknown[] = [];
      let cursor = '';
      do {
        const { json } = await get(`/l402-otb/reconciliations?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        paged.push(...(json['items'] as Json[]).map(({ run_id: id }) => id));
        cursor = (json['next_cursor'] as string | null) ?? '';
      } while (cursor !== '');
      assert.deepEqual(paged, ids);
      const nothing = await get(`/l402-otb/reconciliations?cursor=${String(all.json['feed_cursor'])}`);
      assert.deepEqual(itemsOf(nothing), []);
      assert.equal(nothing.json['feed_cursor'], all.json['feed_cursor']);
      const { json: run } = await reconcile();
      const news = await get(`/l402-otb/reconciliations?cursor=${String(all.json['feed_cursor'])}`);
      assert.deepEqual(
        itemsOf(news).map(({ run_id: id }) => id),
        [run['run_id']],
      );
      const since = String(itemsOf(all).at(-1)?.['started_at']);
      const later = await get(`/l402-otb/reconciliations?since=${since}`);
      assert.ok(itemsOf(later).some(({ run_id: id }) => id === run['run_id']));
      assert.ok(itemsOf(later).length <= 2);
    });

    test('B-26 actuals as a file: taken whole, or wrong places by line and column', async () => {
      const file = `${HEADER}\r\nacme,csv-1,receipt,250,,${PERIOD},2026-11-21T12:00:00Z,\r\n`;
      const key = String((await post('/v1/keys', { role: 'service', merchant: 'acme' }, operator)).json['key']);
      const csv = (text: string): Promise<Response> =>
        fetch(`${operator.url}/l402-otb/actuals`, {
          method: 'POST',
          headers: { 'X-API-Key': key, 'content-type': 'text/csv' },
          body: text,
        });
      const taken = await csv(file);
      assert.equal(taken.status, 200);
      const wrong = await csv(`${file}acme,csv-2,gift,250,,${PERIOD},2026-11-21T12:00:00Z,\r\n`);
      const { code, line, column, field } = ((await wrong.json()) as { error: Json }).error;
      assert.deepEqual([wrong.status, code, line, column, field], [400, 'invalid_csv', 3, 3, 'kind']);
      const list = await get('/l402-otb/actuals');
      assert.ok(itemsOf(list).some(({ document_id: id }) => id === 'csv-1'));
      assert.ok(!itemsOf(list).some(({ document_id: id }) => id === 'csv-2'));
    });

    test('B-27, R7 another merchant sees nothing of it, and may not speak for it', async () => {
      const foreign = await actuals([receipt('x', 1)], other);
      assert.deepEqual([foreign.status, errorOf(foreign)['code']], [403, 'forbidden']);
      assert.deepEqual(itemsOf(await get('/l402-otb/actuals', other)), []);
      const runs = itemsOf(await get('/l402-otb/reconciliations', other));
      assert.ok(runs.length > 0);
      for (const { adjustments, drift_cents: drift, changes, buckets } of runs)
        assert.deepEqual([adjustments, drift, changes, buckets], [0, 0, [], null]);
      const named = await get('/l402-otb/reconciliations?merchant_id=acme', other);
      assert.equal(named.status, 403);
      const buyerRuns = await reconcile(buyer);
      assert.equal(buyerRuns.status, 403);
    });

    test('B-08 an export: a job with progress, files with checksums, a window that is completed', async () => {
      const asked = await finance.ask('/exports/otb-state', {
        method: 'POST',
        body: { period: PERIOD },
        headers: { 'Idempotency-Key': 'close-2026-11' },
      });
      assert.equal(asked.status, 201, asked.text);
      const again = await finance.ask('/exports/otb-state', {
        method: 'POST',
        body: { period: PERIOD },
        headers: { 'Idempotency-Key': 'close-2026-11' },
      });
      assert.deepEqual([again.status, again.json['job_id']], [200, asked.json['job_id']]);
      const path = `/exports/${String(asked.json['job_id'])}`;
      await until('the window is completed', async () => (await get(path)).json['window'] === 'completed');
      const { json } = await get(path);
      const files = json['files'] as { name: string; rows: number; bytes: number; sha256: string }[];
      assert.deepEqual(
        files.map(({ name }) => name),
        ['budgets', 'buckets', 'decisions', 'actuals', 'adjustments'].flatMap((name) => [
          `${name}.csv`,
          `${name}.jsonl`,
        ]),
      );
      for (const { name, rows, bytes, sha256 } of files) {
        const { text, status } = await get(`${path}/files/${name}`);
        assert.equal(status, 200);
        assert.equal(Buffer.byteLength(text), bytes);
        assert.equal(createHash('sha256').update(text).digest('hex'), sha256);
        assert.equal(text.trimEnd().split('\n').length - (name.endsWith('.csv') ? 1 : 0), rows, name);
        assert.ok(!text.includes('other'), 'a confined key exports its own merchant');
      }
      assert.equal((await get(path, other)).status, 404);
      assert.equal((await get(`${path}/files/budgets.csv`, other)).status, 404);
      const odd = await get(`${path}/files/passwords.csv`);
      assert.deepEqual([odd.status, errorOf(odd)['code']], [404, 'export_not_found']);
      assert.equal((await get(`${path}/files/..%2f..%2foperator.token`)).status, 400);
    });

    test('B-08 health tells each tier: what may be kept, that it lives, how fresh it is, which window was completed', async () => {
      const { json } = await get('/health');
      const tiers = json['tiers'] as Record<string, Json>;
      assert.deepEqual(Object.keys(tiers), ['reference', 'stream', 'change-feed', 'bulk-window']);
      assert.equal(tiers['reference']?.['kept_seconds'], 60);
      assert.ok(Date.parse(String(tiers['stream']?.['heartbeat_at'])) > 0);
      assert.equal(tiers['change-feed']?.['state'], 'green');
      assert.equal(tiers['bulk-window']?.['window'], 'completed');
      const { json: document } = await get('/openapi.json');
      const paths = document['paths'] as Record<string, Record<string, Json>>;
      const otb = Object.entries(paths).filter(([path]) => path.startsWith('/l402-otb') || path.startsWith('/exports'));
      for (const [path, methods] of otb)
        for (const [method, operation] of Object.entries(methods))
          assert.match(
            String(operation['x-tier']),
            /^(reference|stream|change-feed|bulk-window)$/,
            `${method} ${path}`,
          );
    });
  });
}
