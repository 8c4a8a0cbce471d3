/** The gate over real HTTP, on a real server with a real Lightning node: what is allowed, what it costs, and what became of it. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Json } from '../rig/frame-client.ts';
import { runCommand } from '../rig/command.ts';
import { challengeOf, GateServer, purchase } from '../rig/gate-server.ts';
import { codeOf } from '../rig/http-client.ts';

suite('the gate', () => {
  const server = new GateServer();
  before(() => server.start());
  after(() => server.stop());

  const decision = async (id: unknown): Promise<Json> =>
    (await server.client().ask(`/l402-otb/decisions/${String(id)}`)).json;

  test('B-09, L-01 on a fresh start the first gate answers 402 in the one form that wallets read, and after paying it 200', async () => {
    const first = await server.gate(purchase(5_000, 'fresh'));
    const { macaroon, invoice } = challengeOf(first);
    const { json, headers } = first;
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.deepEqual(
      [json['allowed'], json['reason'], json['l402_invoice'], json['price_sats']],
      [false, 'budget_exhausted', invoice, 100],
    );
    assert.ok(Date.parse(String(json['expires_at'])) > Date.now());
    // The contract's fields stand there once.
    assert.deepEqual(Object.keys(json['error'] as Json).toSorted(), ['code', 'decision_id', 'message']);
    const preimage = await server.pay(invoice);
    const second = await server.gate(purchase(5_000, 'fresh'), { credential: `L402 ${macaroon}:${preimage}` });
    assert.deepEqual(
      [second.status, second.json['allowed'], second.json['decision_id']],
      [200, true, json['decision_id']],
    );
    assert.equal(second.headers.get('www-authenticate'), null);
    const { state, paid, invoice: bill } = await decision(json['decision_id']);
    assert.deepEqual([state, paid, (bill as Json)['state']], ['reserved', true, 'settled']);
  });

  test('L-06 an unpaid repeat has the same challenge, to the letter', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => server.gate(purchase(1, 'same'))));
    const later = await server.gate(purchase(1, 'same'));
    const lines = new Set([...answers, later].map(({ headers }) => headers.get('www-authenticate')));
    assert.equal(lines.size, 1);
    challengeOf(later);
  });

  test('B-04 who paid with a phone repeats the request without a credential; it is used once', async () => {
    const { invoice } = challengeOf(await server.gate(purchase(7)));
    await server.pay(invoice);
    assert.equal((await server.gate(purchase(7))).status, 200);
    assert.equal((await server.gate(purchase(7))).status, 402);
  });

  test('L-02, L-04 the credential in every spelling: the same answer, and one use of it', async () => {
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(8)));
    const preimage = await server.pay(invoice);
    const url = macaroon.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const spellings = [
      `L402 ${macaroon}:${preimage}`,
      `l402   ${url}:${preimage.toUpperCase()}`,
      `LSAT ${macaroon.replaceAll('=', '')}:${preimage}`,
      `LSAT ${macaroon}:${preimage}, L402 ${macaroon}:${preimage}`,
    ];
    const answers = [];
    for (const credential of spellings) answers.push(await server.gate(purchase(8), { credential }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    assert.equal(new Set(answers.map(({ json }) => json['decision_id'])).size, 1);
    assert.deepEqual(
      answers.map(({ headers }) => headers.get('idempotency-replayed')),
      [null, 'true', 'true', 'true'],
    );
  });

  test('L-02 the caller’s key and the token on two Authorization lines', async () => {
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(9)));
    const preimage = await server.pay(invoice);
    const headers = new Headers({ 'Content-Type': 'application/json' });
    headers.append('Authorization', `Bearer ${server.token}`);
    headers.append('Authorization', `L402 ${macaroon}:${preimage}`);
    const response = await fetch(`${server.url}/l402-otb/gate`, {
      method: 'POST',
      headers,
      body: JSON.stringify(purchase(9)),
    });
    assert.equal(response.status, 200);
  });

  test('L-03 a used token with another request, a bad one, garbage: a fresh challenge, never an error', async () => {
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(10, 'used')));
    const preimage = await server.pay(invoice);
    const credential = `L402 ${macaroon}:${preimage}`;
    assert.equal((await server.gate(purchase(10, 'used'), { credential })).status, 200);
    const others = [
      await server.gate(purchase(11, 'other'), { credential }),
      await server.gate(purchase(12, 'used'), { credential }),
      await server.gate(purchase(13), { credential: `L402 ${macaroon}:${'0'.repeat(64)}` }),
      await server.gate(purchase(14), { credential: 'L402 nonsense' }),
      await server.gate(purchase(15), { credential: `L402 ${'A'.repeat(6_000)}:${preimage}` }),
      await server.gate(purchase(16), { credential: `L402 ${macaroon},${macaroon}:${preimage}` }),
      await server.gate(purchase(10, 'used'), { credential, key: await server.key('buyer', 'acme') }),
    ];
    for (const each of others.slice(0, 6)) challengeOf(each);
    // Another caller of the merchant repeats the document: that is allowed already.
    assert.equal(others[6]?.status, 200);
    // B-05: what was paid for is fixed, so another amount is another decision.
    const id = others[6]?.json['decision_id'];
    const more = await server.gate(purchase(12, 'used'));
    challengeOf(more);
    assert.notEqual(more.json['decision_id'], id);
    const { amount_cents: cents, state, paid } = await decision(id);
    assert.deepEqual([cents, state, paid], [10, 'reserved', true]);
    const less = await server.gate(purchase(9, 'used'));
    assert.deepEqual([less.status, codeOf(less)], [409, 'amount_fixed']);
  });

  test('L-03 an irrelevant credential never spoils a yes', async () => {
    await server.budget('rich', 1_000_000);
    const credential = `L402 ${'x'.repeat(100)}:zz`;
    assert.equal((await server.gate(purchase(10, 'p', { merchant_id: 'rich' }), { credential })).status, 200);
  });

  test('B-05 a key names one request; a document names a reservation that is amended by the difference', async () => {
    await server.budget('desk', 1_000);
    const of = (cents: number, po?: string): object => purchase(cents, po, { merchant_id: 'desk' });
    const first = await server.gate(of(600, 'p'), { idempotencyKey: 'k1' });
    assert.deepEqual([first.status, first.json['remaining_budget_cents']], [200, 400]);
    const again = await server.gate(of(600, 'p'), { idempotencyKey: 'k1' });
    assert.deepEqual([again.text, again.headers.get('idempotency-replayed')], [first.text, 'true']);
    const other = await server.gate(of(601, 'p'), { idempotencyKey: 'k1' });
    assert.deepEqual(
      [other.status, codeOf(other), (other.json['error'] as Json)['fields']],
      [409, 'idempotency_conflict', ['amount_cents']],
    );
    const more = await server.gate(of(900, 'p'));
    assert.deepEqual(
      [more.status, more.json['decision_id'], more.json['remaining_budget_cents']],
      [200, first.json['decision_id'], 100],
    );
    challengeOf(await server.gate(of(1_200, 'p')));
    const less = await server.gate(of(500, 'p'));
    assert.deepEqual([less.status, less.json['remaining_budget_cents']], [200, 500]);
  });

  test('B-05 a thousand gates at once on one budget: nobody is let through beyond it', async () => {
    await server.budget('crowd', 50_000);
    const key = await server.key('service', 'crowd');
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => server.gate(purchase(100, `c${i}`, { merchant_id: 'crowd' }), { key })),
    );
    const counts = Object.groupBy(answers, ({ status }) => String(status));
    assert.equal(counts['200']?.length, 500);
    assert.deepEqual(
      Object.keys(counts).filter((status) => !['200', '402', '429', '503'].includes(status)),
      [],
    );
    // B-24: at most 100 challenges are open for one merchant.
    assert.ok((counts['402']?.length ?? 0) <= 100 && (counts['429']?.length ?? 0) > 0);
    for (const { headers } of counts['429'] ?? []) assert.ok(Number(headers.get('retry-after')) >= 1);
    const { json } = await server.client().ask('/l402-otb/budget?merchant_id=crowd');
    assert.deepEqual([json['reserved_cents'], json['open_to_buy_cents']], [50_000, 0]);
  });

  test('B-24 what money cannot buy is 422 with the policy, and no challenge', async () => {
    await server.budget('strict', 1_000);
    const policy = {
      merchant_id: 'strict',
      mode: 'enforce',
      price: { kind: 'toll', sats: 50 },
      max_excess_cents: 100,
      role_limits: { buyer: 700 },
    };
    const set = await server.post('policies', policy);
    assert.ok(set.status < 300, set.text);
    const key = await server.key('buyer', 'strict');
    const of = (cents: number, more: object = {}): object =>
      purchase(cents, undefined, { merchant_id: 'strict', ...more });
    const refused = [
      [await server.gate(of(701), { key }), 'policy_violation', 'role_limit'],
      [await server.gate(of(1_101)), 'policy_violation', 'max_excess'],
      [await server.gate(of(1, { currency: 'EUR' })), 'currency_mismatch', undefined],
      [await server.gate(of(1, { basis: 'retail' })), 'basis_mismatch', undefined],
    ] as const;
    for (const [answer, code, reason] of refused) {
      assert.deepEqual([answer.status, codeOf(answer), (answer.json['error'] as Json)['reason']], [422, code, reason]);
      assert.equal(answer.headers.get('www-authenticate'), null);
    }
    assert.match(String((refused[0][0].json['error'] as Json)['policy_id']), /^strict/);
    assert.equal((await server.gate(of(1_100))).json['price_sats'], 50);
  });

  test('B-03 a bad body is 400, a foreign merchant 403, no key 401', async () => {
    const key = await server.key('buyer', 'acme');
    const bodies: readonly (readonly [object, string])[] = [
      [purchase(0), 'invalid_amount'],
      [purchase(1.5), 'invalid_amount'],
      [purchase(1, undefined, { surprise: 1 }), 'unknown_field'],
      [purchase(1, undefined, { action_kind: 'steal' }), 'invalid_request'],
      [purchase(1, undefined, { period: '2026-13' }), 'invalid_period'],
      [purchase(1, undefined, { delivery_date: 'soon' }), 'invalid_request'],
      [{}, 'invalid_request'],
    ];
    for (const [body, code] of bodies) {
      const answer = await server.gate(body, { key });
      assert.deepEqual([answer.status, codeOf(answer)], [400, code], JSON.stringify(body));
    }
    assert.equal((await server.gate(purchase(1, undefined, { merchant_id: 'bolt' }), { key })).status, 403);
    const none = await server.gate(purchase(1), { key: 'pk_nobody' });
    assert.deepEqual([none.status, none.headers.get('www-authenticate')], [401, null]);
    assert.equal((await server.gate(purchase(1), { key: await server.key('auditor') })).status, 403);
  });

  test('R7 what another merchant’s caller must not see is not there', async () => {
    const own = await server.gate(purchase(20, 'mine'));
    const stranger = server.client(await server.key('planner', 'bolt'));
    const id = String(own.json['decision_id']);
    for (const path of [`decisions/${id}`, `decisions/${id}/explain`])
      assert.equal((await stranger.ask(`/l402-otb/${path}`)).status, 404);
    assert.equal((await stranger.ask('/l402-otb/decisions?merchant_id=acme')).status, 403);
    assert.deepEqual((await stranger.ask('/l402-otb/decisions')).json['items'], []);
    assert.equal((await stranger.ask(`/l402-otb/decisions/${id}/cancel`, { method: 'POST', body: {} })).status, 404);
  });

  test('B-05 ordered, received short, sent back: decision and budget in each answer', async () => {
    await server.budget('shop', 1_000);
    const { json } = await server.gate(purchase(600, 'p', { merchant_id: 'shop' }));
    const id = String(json['decision_id']);
    const steps: readonly (readonly [string, object, string, readonly number[]])[] = [
      ['commit', {}, 'committed', [0, 600, 0]],
      ['receive', { amount_cents: 500, reference: 'grn-1' }, 'committed', [0, 100, 500]],
      ['receive', { amount_cents: 500, reference: 'grn-1' }, 'committed', [0, 100, 500]],
      ['cancel', {}, 'received', [0, 0, 500]],
      ['return', { amount_cents: 50 }, 'received', [0, 0, 450]],
      ['chargeback', { amount_cents: 450 }, 'cancelled', [0, 0, 0]],
    ];
    for (const [verb, body, state, held] of steps) {
      const { status, json: said, text } = await server.post(`decisions/${id}/${verb}`, body);
      assert.equal(status, 200, text);
      const budget = said['budget'] as Json;
      assert.deepEqual(
        [said['state'], [budget['reserved_cents'], budget['committed_cents'], budget['received_cents']]],
        [state, held],
        verb,
      );
    }
    const wrong = await server.post(`decisions/${id}/commit`);
    assert.deepEqual([wrong.status, codeOf(wrong)], [409, 'invalid_report']);
    const { json: told } = await server.client().ask(`/l402-otb/decisions/${id}/explain`);
    assert.deepEqual(
      [(told['before'] as Json)['open_to_buy_cents'], (told['after'] as Json)['open_to_buy_cents']],
      [1_000, 400],
    );
  });

  test('a report without a body is one without fields; a wrong type of body stays one', async () => {
    await server.budget('bodiless', 1_000);
    const { json } = await server.gate(purchase(600, 'p', { merchant_id: 'bodiless' }));
    const send = (verb: string, init: { body?: string; headers?: Record<string, string> }): Promise<Response> =>
      fetch(`${server.url}/l402-otb/decisions/${String(json['decision_id'])}/${verb}`, {
        method: 'POST',
        ...init,
        headers: { 'X-API-Key': server.token, ...init.headers },
      });
    assert.equal((await send('commit', { headers: { 'Content-Type': 'text/plain' } })).status, 415);
    assert.equal((await send('commit', { body: 'amount_cents=1' })).status, 415);
    assert.equal((await decision(json['decision_id']))['state'], 'reserved');
    const committed = await send('commit', {});
    assert.deepEqual([committed.status, ((await committed.json()) as Json)['state']], [200, 'committed']);
    // Where something has to be said, nothing is not enough.
    const nothing = await fetch(`${server.url}/l402-otb/gate`, {
      method: 'POST',
      headers: { 'X-API-Key': server.token },
    });
    assert.equal(nothing.status, 415);
  });

  test('B-22 a category that moves next month: the gate debits the budget that stands above it in each month', async () => {
    const merchant = 'mover';
    const [now = '', next = ''] = [0, 1].map((months) => {
      const day = new Date();
      return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1)).toISOString().slice(0, 7);
    });
    const hierarchy = [
      { category: 'shoes', parent: null },
      { category: 'outdoor', parent: null },
      { category: 'boots', parent: 'shoes' },
      { category: 'boots', parent: 'outdoor', from: `${next}-01` },
    ];
    const body = { name: 'Mover', currency: 'USD', calendar: 'calendar', hierarchy };
    const set = await server.client().ask(`/l402-otb/merchants/${merchant}`, { method: 'PUT', body });
    assert.ok(set.status < 300, set.text);
    for (const period of [now, next]) {
      const draft = { merchant_id: merchant, period, basis: 'cost', currency: 'USD', amount_cents: 1_000 };
      const { json } = await server.post('budgets', draft);
      const id = String(json['budget_id']);
      const { status, text } = await server.post(`budgets/${id}/activate`);
      assert.equal(status, 200, text);
      for (const category of ['shoes', 'outdoor']) {
        const allocated = await server.post('allocations', { budget_id: id, category, amount_cents: 300 });
        assert.ok(allocated.status < 300, allocated.text);
      }
    }
    for (const [period, category] of [
      [now, 'shoes'],
      [next, 'outdoor'],
    ]) {
      const asked = purchase(100, `boots-${period}`, { merchant_id: merchant, category: 'boots', period });
      const { json, text } = await server.gate(asked);
      assert.deepEqual(json['bucket'], { merchant_id: merchant, period, category }, text);
    }
  });

  test('B-28 a challenge that is called off cannot be paid any more', async () => {
    const { json } = await server.gate(purchase(31, 'called-off'));
    const { status } = await server.post(`decisions/${String(json['decision_id'])}/cancel`);
    assert.equal(status, 200);
    await assert.rejects(server.pay(json['l402_invoice']));
  });

  test('B-25, R8 a special release: asked for by a buyer, accepted by a planner, with a reason each', async () => {
    const { json } = await server.gate(purchase(30, 'special'));
    const decisionId = String(json['decision_id']);
    const buyer = server.client(await server.key('buyer', 'acme'));
    const asked = await buyer.ask('/l402-otb/releases', {
      method: 'POST',
      body: { decision_id: decisionId, reason: 'season' },
    });
    assert.equal(asked.status, 201, asked.text);
    const path = `/l402-otb/releases/${String(asked.json['release_id'])}/accept`;
    assert.equal((await buyer.ask(path, { method: 'POST', body: { reason: 'me' } })).status, 403);
    const planner = server.client(await server.key('planner', 'acme'));
    const own = await server.gate(purchase(33, 'own'));
    const mine = { decision_id: String(own.json['decision_id']), reason: 'mine' };
    const { json: request } = await planner.ask('/l402-otb/releases', { method: 'POST', body: mine });
    const refused = await planner.ask(`/l402-otb/releases/${String(request['release_id'])}/accept`, {
      method: 'POST',
      body: { reason: 'mine' },
    });
    assert.deepEqual([refused.status, codeOf(refused)], [403, 'forbidden'], refused.text);
    assert.equal((await planner.ask(path, { method: 'POST', body: {} })).status, 400);
    const accepted = await planner.ask(path, { method: 'POST', body: { reason: 'so be it' } });
    assert.deepEqual([accepted.status, accepted.json['state']], [200, 'accepted'], accepted.text);
    assert.equal((await server.gate(purchase(30, 'special'))).status, 200);
    const listed = await planner.ask('/l402-otb/releases?merchant_id=acme');
    assert.equal((listed.json['items'] as Json[])[1]?.['release_id'], asked.json['release_id']);
  });

  test('B-25 beside a request stand the other orders of its budget, however many ended since, and never itself', async () => {
    const draft = { merchant_id: 'beside', period: '2031-05', basis: 'cost', currency: 'USD', amount_cents: 1_000 };
    const { json: planned } = await server.post('budgets', draft);
    assert.equal((await server.post(`budgets/${String(planned['budget_id'])}/activate`)).status, 200);
    const ask = async (cents: number, po: string): Promise<string> => {
      const { json, text } = await server.gate(purchase(cents, po, { merchant_id: 'beside', period: '2031-05' }));
      assert.equal(typeof json['decision_id'], 'string', text);
      return String(json['decision_id']);
    };
    const standing = await ask(600, 'standing');
    for (let i = 0; i < 21; i++) {
      const { status, text } = await server.post(`decisions/${await ask(1, `ended-${i}`)}/cancel`);
      assert.equal(status, 200, text);
    }
    const blocked = await ask(900, 'blocked');
    assert.equal((await server.post('releases', { decision_id: blocked, reason: 'season' })).status, 201);
    const others = async (): Promise<unknown[]> => {
      const { json } = await server.client().ask('/l402-otb/releases?merchant_id=beside');
      return (json['items'] as Json[]).map((each) => (each['others'] as Json[]).map(({ decision_id: id }) => id));
    };
    assert.deepEqual(await others(), [[standing]]);
    const accepted = await server.post(`releases/${blocked}/accept`, { reason: 'so be it' });
    assert.equal(accepted.status, 200, accepted.text);
    assert.deepEqual(await others(), [[standing]]);
  });

  test('B-25 the command line: a release is asked for, listed, and decided', async () => {
    const env = { PURSER_URL: server.url, PURSER_DATA: server.data };
    const { json } = await server.gate(purchase(32, 'by-hand', { merchant_id: 'released' }));
    const id = String(json['decision_id']);
    const run = async (...words: string[]): Promise<Json> => {
      const { code, out, err } = await runCommand(['release', ...words, '--json'], env);
      assert.equal(code, 0, err);
      return JSON.parse(out) as Json;
    };
    assert.equal((await run('ask', id, '--reason', 'season'))['state'], 'requested');
    const listed = await runCommand(['release', 'list', '--merchant', 'released', '--table'], env);
    assert.ok(listed.out.includes(id), listed.out);
    assert.equal((await run('reject', id, '--reason', 'not now'))['state'], 'rejected');
    assert.equal((await run('ask', id, '--reason', 'again'))['state'], 'requested');
    // An operator may let pass what he asked for himself.
    assert.equal((await run('accept', id, '--reason', 'so be it'))['state'], 'accepted');
    assert.equal((await decision(id))['state'], 'reserved');
  });

  test('an empty wallet pays nothing: the gate stays at 402', async () => {
    const policy = { merchant_id: 'dear', mode: 'enforce', price: { kind: 'toll', sats: 100_000_000 } };
    const set = await server.post('policies', policy);
    assert.ok(set.status < 300, set.text);
    const asked = purchase(1, 'p', { merchant_id: 'dear' });
    const { invoice } = challengeOf(await server.gate(asked));
    await assert.rejects(server.pay(invoice));
    assert.equal(challengeOf(await server.gate(asked)).invoice, invoice);
  });

  test('the command line: asks, says how to pay, pays, and asks again', async () => {
    const env = { PURSER_URL: server.url, PURSER_DATA: server.data, PURSER_PAYER_ADDR: server.payer };
    const asks = ['gate', 'ask', '--merchant', 'cli', '--amount', '1250', '--po', 'po-1', '--json'];
    const first = await runCommand(asks, env);
    assert.equal(first.code, 1);
    const { error } = JSON.parse(first.out || first.err) as { error: Json };
    assert.equal(error['code'], 'payment_required');
    const [said, next, invoice] = first.err.split('\n');
    assert.match(String(said), /\(payment_required\) price_sats=100 /);
    assert.match(String(next), /purser pay INVOICE/);
    assert.equal(invoice, error['l402_invoice'], 'on a line of its own');
    const paid = await runCommand(['pay', String(error['l402_invoice']), '--json'], env);
    assert.deepEqual([paid.code, (JSON.parse(paid.out) as Json)['amount_sats']], [0, 100]);
    const second = await runCommand(asks, env);
    assert.equal(second.code, 0, second.err);
    const id = String((JSON.parse(second.out) as Json)['decision_id']);
    for (const command of [
      ['decision', 'show', id],
      ['decision', 'explain', id],
      ['decision', 'commit', id],
      ['invoice', 'list', '--merchant', 'cli'],
      ['decision', 'list', '--merchant', 'cli'],
      ['gate', 'preview', '--merchant', 'cli', '--amount', '1'],
    ]) {
      const { code, out, err } = await runCommand([...command, '--table'], env);
      assert.deepEqual(
        [code, out.includes('cli') || out.includes(id) || out.includes('require_payment')],
        [0, true],
        `${command.join(' ')}: ${err}${out}`,
      );
    }
    const late = await runCommand(['decision', 'list', '--overdue', '--merchant', 'cli', '--json'], env);
    assert.deepEqual([late.code, (JSON.parse(late.out) as Json)['items']], [0, []], late.err);
    assert.equal((await runCommand(['decision', 'list', '--overdue=yes'], env)).code, 2);
  });

  test('B-03 a preview records nothing', async () => {
    const earlier = await server.client().ask('/l402-otb/decisions?merchant_id=quiet');
    const { json } = await server.post('preview', purchase(5, undefined, { merchant_id: 'quiet' }));
    assert.deepEqual(
      [json['would'], json['price_sats'], json['open_to_buy_cents_after']],
      ['require_payment', 100, -5],
    );
    assert.deepEqual((await server.client().ask('/l402-otb/decisions?merchant_id=quiet')).text, earlier.text);
  });

  test('A.7 pages of other origins may ask: what is allowed, and what they may read', async () => {
    const options = await fetch(`${server.url}/l402-otb/gate`, { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    for (const name of [
      'Authorization',
      'Content-Type',
      'Accept-Authenticate',
      'Idempotency-Key',
      'X-API-Key',
      'WWW-Authenticate',
    ])
      assert.ok(options.headers.get('access-control-allow-headers')?.includes(name), name);
    const { headers } = await server.gate(purchase(1, 'same'));
    assert.equal(headers.get('access-control-allow-origin'), '*');
    assert.ok(headers.get('access-control-expose-headers')?.includes('WWW-Authenticate'));
    assert.equal(headers.get('access-control-allow-credentials'), null);
    assert.equal(headers.get('set-cookie'), null);
  });

  test('A.7 nothing else is open to pages of other origins', async () => {
    for (const path of ['/v1/balances', '/v1/keys', '/metrics', '/health', '/docs', '/nowhere']) {
      const options = await fetch(server.url + path, { method: 'OPTIONS', headers: { Origin: 'https://example.com' } });
      assert.ok([404, 405].includes(options.status), `${path}: ${options.status}`);
      const answer = await fetch(server.url + path, { headers: { 'X-API-Key': server.token } });
      for (const { headers } of [options, answer]) assert.equal(headers.get('access-control-allow-origin'), null, path);
    }
  });

  test('L-08 neither a preimage nor a token in the log, in a list or in the journal', async () => {
    const { macaroon, invoice } = challengeOf(await server.gate(purchase(40)));
    const preimage = await server.pay(invoice);
    assert.equal((await server.gate(purchase(40), { credential: `L402 ${macaroon}:${preimage}` })).status, 200);
    const facts = await server
      .client()
      .all('/v1/facts', 1_000)
      .catch(async () => (await server.client().ask('/v1/facts?limit=1000')).json['items']);
    const texts = [
      JSON.stringify(facts),
      (await server.client().ask('/l402-otb/invoices?limit=1000')).text,
      (await server.client().ask('/l402-otb/decisions?limit=1000')).text,
      server.process.lines.join('\n') + server.process.errors,
    ];
    for (const text of texts) assert.ok(!text.includes(preimage) && !text.includes(macaroon));
  });
});

test('B-03 without a Lightning node over budget is 503, never allowed, and nothing is reserved', async () => {
  const server = await new GateServer({ lightning: 'none' }).start();
  const answer = await server.gate(purchase(1, 'p'));
  assert.deepEqual(
    [answer.status, codeOf(answer), answer.headers.get('www-authenticate')],
    [503, 'lightning_unavailable', null],
  );
  assert.ok(Number(answer.headers.get('retry-after')) >= 1);
  await server.budget('acme', 10);
  assert.equal((await server.gate(purchase(1, 'p'))).status, 200);
  assert.equal(((await server.client().ask('/health')).json['parts'] as Json)['lightning'], 'off');
  await server.stop();
});
