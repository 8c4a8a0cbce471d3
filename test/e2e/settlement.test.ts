/** The settlement ledger over HTTP, with real keys, on both engines (S-10, S-11, S-20, S-40): first, again, different, forbidden. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { engines, Rail } from '../rig/deployment.ts';
import type { Json } from '../rig/frame-client.ts';
import { until } from '../rig/until.ts';

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Json;
}

const receipt = {
  receipt_id: 'r1',
  account_id: 'account:org:acme',
  amount: 45_000,
  unit: 'ORC',
  gateway_node_id: 'gateway-1',
  external: { amount: 50_000, currency: 'EUR', payment_ref: 'bank-77' },
  fee: { basis_points: 1_000, amount: 5_000, account_id: 'account:community-pool' },
};

const hold = {
  hold_id: 'h1',
  payer_account_id: 'account:org:acme',
  payee_account_id: 'account:participant:did:key:z6Mk',
  amount: 1_200,
  order_id: 'o1',
};

test('S-21, S-34 the escrow policy of the environment: a hold without deadlines is refunded when its work-by has passed', async () => {
  const rail = await Rail.start('all-in-one', { PURSER_ESCROW_WORK_S: '1' });
  const { url, key } = await rail.httpOf('gateway');
  const headers = { 'X-API-Key': key, 'content-type': 'application/json' };
  const call = async (path: string, body?: Json): Promise<Json> => {
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await (await fetch(url + path, { headers, ...sent })).json()) as Json;
  };
  await call('/v1/ledger/top-up', receipt);
  const { created_at: created, deadlines } = await call('/v1/ledger/holds', hold);
  const { work_by: workBy } = deadlines as Record<string, string>;
  assert.ok(Math.abs(Date.parse(workBy!) - Date.parse(String(created)) - 1_000) < 1_000);
  await until('the hold is refunded', async () => (await call('/v1/ledger/holds/h1'))['state'] === 'refunded');
  const { history } = (await call('/v1/ledger/holds/h1')) as { history: Json[] };
  assert.deepEqual([history[1]?.['actor'], history[1]?.['reason']], ['deadline', 'the work-by time has passed']);
  const { available, held } = await call('/v1/ledger/account?account_id=account:org:acme');
  assert.deepEqual([available, held], [45_000, 0]);
  await rail.stop();
});

for (const engine of engines) {
  suite(`${engine}: the settlement ledger over HTTP`, () => {
    let rail: Rail;
    let base = '';
    before(async () => {
      rail = await Rail.start('all-in-one', {}, engine);
      const { host, port } = await rail.process('gateway').address('http');
      base = `http://${host}:${port}`;
    });
    after(() => rail.stop());

    async function call(path: string, body?: unknown, key = rail.operatorToken): Promise<Answer> {
      const response = await fetch(base + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'X-API-Key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return {
        status: response.status,
        replayed: response.headers.get('Idempotency-Replayed') === 'true',
        body: (await response.json()) as Json,
      };
    }

    const newKey = async (role: string, rest: Json = {}): Promise<string> =>
      String((await call('/v1/keys', { role, ...rest })).body['key']);

    const errorOf = ({ body }: Answer): Json => body['error'] as Json;

    test('S-10 a receipt: applied, already applied, conflict by the names of the fields', async () => {
      const first = await call('/v1/ledger/top-up', receipt);
      assert.deepEqual([first.status, first.replayed, first.body['outcome']], [201, false, 'applied']);
      assert.deepEqual(first.body['balance'], { available: 45_000, held: 0, total: 45_000 });
      const again = await call('/v1/ledger/top-up', receipt);
      assert.deepEqual([again.status, again.replayed, again.body['outcome']], [200, true, 'already_applied']);
      const other = await call('/v1/ledger/top-up', { ...receipt, amount: 45_001 });
      assert.equal(other.status, 409);
      const { code, fields } = errorOf(other);
      assert.deepEqual([code, fields], ['receipt_conflict', ['amount']]);
      const pool = await call('/v1/ledger/account?account_id=account:community-pool');
      assert.equal(pool.body['available'], 5_000);
    });

    test('S-11 no key can top up, whatever its role', async () => {
      for (const role of ['operator', 'payments', 'finance', 'service']) {
        const answer = await call('/v1/ledger/top-up', { ...receipt, receipt_id: `of-${role}` }, await newKey(role));
        assert.deepEqual([answer.status, errorOf(answer)['code']], [403, 'forbidden'], role);
      }
    });

    test('S-12 a receipt may say that it is inbound: it is the same receipt; no other direction is one', async () => {
      const again = await call('/v1/ledger/top-up', { ...receipt, direction: 'inbound' });
      assert.deepEqual([again.status, again.body['outcome']], [200, 'already_applied']);
      const other = { account_id: 'account:org:inbound', receipt_id: 'r-inbound' };
      const inbound = { ...receipt, ...other, direction: 'inbound', amount: 1, fee: undefined };
      assert.equal((await call('/v1/ledger/top-up', inbound)).status, 201);
      for (const direction of ['outbound', '', null, 1]) {
        const refused = await call('/v1/ledger/top-up', { ...receipt, receipt_id: 'r-out', direction });
        assert.deepEqual([refused.status, errorOf(refused)['code']], [400, 'invalid_request'], String(direction));
      }
      const { direction: _, ...silent } = inbound;
      assert.deepEqual((await call('/v1/ledger/top-up', silent)).body['outcome'], 'already_applied');
    });

    test('R4 an unknown account has zero in settlement; in payments there is no such balance', async () => {
      const name = 'account:org:nobody';
      assert.equal((await call(`/v1/ledger/account?account_id=${name}`)).body['total'], 0);
      const response = await fetch(`${base}/v1/transfers`, {
        method: 'POST',
        headers: { 'X-API-Key': rail.operatorToken, 'content-type': 'application/json', 'Idempotency-Key': 'r4' },
        body: JSON.stringify({ src: name, dst: 'ops_float', amount: 1 }),
      });
      const { error } = (await response.json()) as { error: Json };
      assert.deepEqual([response.status, error['code']], [404, 'unknown_balance']);
    });

    test('S-02 an unknown account reads as zero', async () => {
      const { status, body } = await call('/v1/ledger/account?account_id=account:org:nobody');
      assert.deepEqual(
        [status, body],
        [200, { account_id: 'account:org:nobody', unit: 'ORC', available: 0, held: 0, total: 0 }],
      );
    });

    test('S-20, S-21 a hold: created once, moved once, refused by both states; its movement is made', async () => {
      const first = await call('/v1/ledger/holds', hold);
      assert.deepEqual([first.status, first.body['state']], [201, 'active']);
      const again = await call('/v1/ledger/holds', hold);
      assert.deepEqual([again.status, again.replayed, again.body], [200, true, first.body]);
      const other = await call('/v1/ledger/holds', { ...hold, amount: 1 });
      assert.deepEqual([other.status, errorOf(other)['fields']], [409, ['amount']]);
      const dear = await call('/v1/ledger/holds', { ...hold, hold_id: 'h2', order_id: 'o2', amount: 43_801 });
      assert.deepEqual([dear.status, errorOf(dear)['code']], [409, 'insufficient_funds']);
      const released = await call('/v1/ledger/holds/h1/release', { reason: 'delivered' });
      assert.deepEqual([released.status, released.body['state']], [200, 'released']);
      assert.deepEqual(await call('/v1/ledger/holds/h1/release', { reason: 'again' }), { ...released, replayed: true });
      const back = await call('/v1/ledger/holds/h1/refund', { reason: 'too late' });
      const { code, from, to } = errorOf(back);
      assert.deepEqual([back.status, code, from, to], [409, 'invalid_transition', 'released', 'refunded']);
      const { history } = (await call('/v1/ledger/holds/h1')).body as { history: Json[] };
      assert.deepEqual(
        history.map(({ state, reason }) => [state, reason]),
        [
          ['active', null],
          ['released', 'delivered'],
        ],
      );
      await until('the movement is made', async () => (await rail.balances())['settlement_bank'] === 11_200);
      // The receipt of 1 that only said its direction moved, too.
      assert.equal((await rail.balances())['payout_available'], 58_801);
    });

    const movementsOf = async (query: string): Promise<Json[]> =>
      (await call(`/v1/movements?${query}`)).body['items'] as Json[];

    test('J1, S-42 a receipt and a hold lead to their movements and transfers, and those back', async () => {
      const [paid, ...others] = await movementsOf('cause=h1');
      assert.deepEqual(others, []);
      const { tx_id: txId, created_at: _, updated_at: __, ...rest } = paid!;
      assert.deepEqual(rest, {
        movement_key: 'hold:h1:released',
        cause: 'h1',
        src: 'payout_available',
        dst: 'settlement_bank',
        amount: 1_200,
        inflow_tx_id: null,
        state: 'done',
        refusals: 0,
        last_refusal: null,
      });
      const { body: transfer } = await call(`/v1/transfers/${String(txId)}`);
      assert.deepEqual(
        [transfer['movement'], transfer['idempotency_key'], transfer['risk']],
        ['hold:h1:released', 'hold:h1:released', { verdict: 'exempt', reason: 'authorised by hold:h1:released' }],
      );

      const [topUp] = await movementsOf('cause=r1&state=done');
      assert.deepEqual(
        [topUp?.['movement_key'], topUp?.['inflow_tx_id'], topUp?.['amount']],
        ['receipt:r1', 'in-r1', 50_000],
      );
      const { body: inflow } = await call('/v1/transfers/in-r1');
      assert.deepEqual(
        [inflow['src'], inflow['dst'], inflow['amount'], inflow['debit'], inflow['movement'], inflow['outcome']],
        [null, 'collection_pending', 50_000, null, 'receipt:r1', 'ok'],
      );
      const { balance, balance_after: left } = inflow['credit'] as Json;
      assert.deepEqual([balance, left], ['collection_pending', 60_000]);
      assert.equal((await call(`/v1/transfers/${String(topUp?.['tx_id'])}`)).body['movement'], 'receipt:r1');
      for (const none of ['in-none', 'in-', 'r1']) {
        const answer = await call(`/v1/transfers/${none}`);
        assert.deepEqual([answer.status, errorOf(answer)['code']], [404, 'transfer_not_found'], none);
      }
    });

    test('S-40 movements by state and by cause, the newest first and page by page; not for every key', async () => {
      const all = (await movementsOf('')).map(({ movement_key: key }) => key);
      assert.deepEqual(all, ['hold:h1:released', 'receipt:r-inbound', 'receipt:r1']);
      const { body } = await call('/v1/movements?limit=2&state=done');
      const rest = await call(`/v1/movements?limit=2&state=done&cursor=${String(body['next_cursor'])}`);
      const keys = [...(body['items'] as Json[]), ...(rest.body['items'] as Json[])].map(
        (item) => item['movement_key'],
      );
      assert.deepEqual([keys, rest.body['next_cursor']], [all, null]);
      assert.deepEqual(await movementsOf('state=pending'), []);
      assert.deepEqual(await movementsOf('cause=none'), []);
      assert.equal((await call('/v1/movements?state=lost')).status, 400);
      assert.equal(errorOf(await call('/v1/movements?cursor=x'))['code'], 'invalid_cursor');
      assert.equal((await call('/v1/movements', undefined, await newKey('auditor'))).status, 200);
      assert.equal((await call('/v1/movements', undefined, await newKey('buyer'))).status, 403);
      assert.equal((await call('/v1/movements', undefined, await newKey('auditor', { merchant: 'acme' }))).status, 403);
    });

    test('S-21 a field that a hold leaves out may be null', async () => {
      const deadlines = { work_by: null, accept_by: null, dispute_by: null, auto_release_after: null };
      const empty = { hold_id: null, contract_id: null, policy_ref: null };
      const { hold_id: _, ...unnamed } = { ...hold, order_id: 'o-null', amount: 1 };
      const first = await call('/v1/ledger/holds', { ...unnamed, ...empty, deadlines });
      assert.deepEqual([first.status, first.body['contract_id'], first.body['policy_ref']], [201, null, null]);
      assert.equal(typeof (first.body['deadlines'] as Json)['work_by'], 'string', 'that of the escrow policy');
      for (const same of [{ ...empty, deadlines: null }, {}, { deadlines: { work_by: null } }]) {
        const again = await call('/v1/ledger/holds', { ...unnamed, ...same });
        assert.deepEqual([again.status, again.replayed], [200, true], JSON.stringify(again.body));
      }
      const voided = await call(`/v1/ledger/holds/${String(first.body['hold_id'])}/void`, { reason: 'only to see' });
      assert.equal(voided.body['state'], 'voided');
    });

    test('lists go by page, and a history adds up', async () => {
      for (const i of [1, 2, 3, 4, 5])
        await call('/v1/ledger/holds', { ...hold, hold_id: `p${i}`, order_id: `page-${i}`, amount: i });
      const seen: unknown[] = [];
      let cursor = '';
      do {
        const { body } = await call(`/v1/ledger/holds?state=active&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        seen.push(...(body['items'] as Json[]).map((item) => item['hold_id']));
        cursor = (body['next_cursor'] as string | null) ?? '';
      } while (cursor !== '');
      assert.deepEqual(seen, ['p5', 'p4', 'p3', 'p2', 'p1']);
      const { body } = await call('/v1/ledger/entries?account_id=account:org:acme');
      const [newest] = body['items'] as Json[];
      const account = await call('/v1/ledger/account?account_id=account:org:acme');
      assert.deepEqual(
        [newest?.['available_after'], newest?.['held_after']],
        [account.body['available'], account.body['held']],
      );
    });

    test('R7 another account is forbidden by name, and its holds are not there', async () => {
      const key = await newKey('buyer', { account: 'account:org:other' });
      const named = await call('/v1/ledger/account?account_id=account:org:acme', undefined, key);
      assert.deepEqual([named.status, errorOf(named)['code']], [403, 'forbidden']);
      const single = await call('/v1/ledger/holds/h1', undefined, key);
      assert.deepEqual([single.status, errorOf(single)['code']], [404, 'hold_not_found']);
      const listed = await call('/v1/ledger/holds', undefined, key);
      assert.deepEqual([listed.status, listed.body['items']], [200, []]);
      const move = await call('/v1/ledger/holds/h1/release', { reason: 'mine' }, key);
      assert.equal(move.status, 403);
    });

    // prettier-ignore
    const senseless: readonly [what: string, path: string, body: Json, status: number, code: string][] = [
      ['an amount with a fraction',   '/v1/ledger/holds',   { ...hold, amount: 0.5 },                              400, 'invalid_amount'],
      ['an amount as text',           '/v1/ledger/holds',   { ...hold, amount: '5' },                              400, 'invalid_amount'],
      ['an amount of nothing',        '/v1/ledger/top-up',  { ...receipt, receipt_id: 'x', amount: 0 },            400, 'invalid_amount'],
      ['an account that is none',     '/v1/ledger/holds',   { ...hold, payer_account_id: 'acme' },                 400, 'invalid_account'],
      ['the pool as payer',           '/v1/ledger/holds',   { ...hold, payer_account_id: 'account:community-pool' }, 400, 'invalid_account'],
      ['an id with a line break',     '/v1/ledger/holds',   { ...hold, hold_id: 'a\nb' },                          400, 'invalid_request'],
      ['a field that is none',        '/v1/ledger/holds',   { ...hold, color: 'red' },                             400, 'unknown_field'],
      ['a fee that is no share',      '/v1/ledger/top-up',  { ...receipt, receipt_id: 'x', fee: { ...receipt.fee, amount: 1 } }, 400, 'fee_mismatch'],
      ['a move without a reason',     '/v1/ledger/holds/h1/release', {},                                           400, 'invalid_request'],
      ['a reason of spaces',          '/v1/ledger/holds/h1/release', { reason: '  ' },                             400, 'invalid_request'],
      ['a reason nobody can see',     '/v1/ledger/holds/h1/void',    { reason: '\u00a0\u200b\u2060' },              400, 'invalid_request'],
      ['a hold that is none',         '/v1/ledger/holds/none/release', { reason: 'x' },                            404, 'hold_not_found'],
    ];
    for (const [what, path, body, status, code] of senseless) {
      test(`S-01, S-40, J3 refused: ${what}`, async () => {
        const answer = await call(path, body);
        assert.deepEqual([answer.status, errorOf(answer)['code']], [status, code], JSON.stringify(answer.body));
      });
    }
  });
}
