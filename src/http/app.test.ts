/** The rules that every operation over HTTP follows, asked without a socket and with operations made for the purpose. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import type { Caller } from '../access/caller.ts';
import { limits } from '../base/limits.ts';
import {
  again,
  created,
  defineOperation,
  done,
  doneText,
  refused,
  type ApiOperation,
} from '../operations/api-operation.ts';
import { amount, id, integer, wholeNumber } from '../operations/schemas.ts';
import { StoreUnavailable } from '../store/store.ts';
import { createApp, type AppParts } from './app.ts';

const auditor: Caller = { keyId: 'a', role: 'auditor', merchant: null, account: null, controlPlane: false };
const payer: Caller = { keyId: 'p', role: 'payments', merchant: null, account: null, controlPlane: false };

const paid = new Map<string, bigint>();

const pay = defineOperation({
  name: 'pay',
  method: 'POST',
  path: '/pay/{payee}',
  chapter: 'Test',
  summary: 'Pays',
  permission: 'transfers:create',
  input: {
    path: z.strictObject({ payee: id }),
    query: z.strictObject({ copies: wholeNumber(1, 3).optional(), outcome: z.enum(['refused']).optional() }),
    body: z.strictObject({ amount, notes: z.array(z.strictObject({ text: z.string() })).optional() }),
  },
  idempotencyKey: 'required',
  creates: true,
  answer: z.strictObject({ payee: id, total: integer }),
  refusals: ['invalid_amount', 'insufficient_funds', 'invalid_idempotency_key'],
  run({ path: { payee }, query: { copies = 1 }, body, key }) {
    const before = paid.get(key);
    if (before !== undefined) return again({ payee, total: before });
    if (body.amount > 1_000n) return refused('insufficient_funds', { available: 1_000n });
    paid.set(key, body.amount * BigInt(copies));
    return created({ payee, total: body.amount * BigInt(copies) });
  },
});

let reads = '{"total":1}';
const read: ApiOperation = defineOperation({
  name: 'read',
  method: 'GET',
  path: '/read',
  chapter: 'Test',
  summary: 'Reads',
  permission: 'balances:read',
  input: {},
  polled: true,
  refusals: [],
  run: () => doneText(reads),
});

const lock = defineOperation({
  name: 'lock',
  method: 'POST',
  path: '/lock',
  chapter: 'Test',
  summary: 'Locks',
  permission: 'transfers:create',
  input: { body: z.strictObject({ reason: z.string().optional() }) },
  answer: z.strictObject({ reason: z.string() }),
  refusals: [],
  run: ({ body: { reason = 'none' } }) => done({ reason }),
});

const failing = (name: string, error: Error): ApiOperation =>
  defineOperation({ ...read, name, path: `/${name}`, run: () => Promise.reject(error) });

const big: ApiOperation = defineOperation({
  ...read,
  name: 'big',
  path: '/big',
  polled: false,
  answer: z.strictObject({ total: integer }),
  run: () => done({ total: 2n ** 63n - 1n }),
});

const silent: ApiOperation = defineOperation({
  ...read,
  name: 'silent',
  path: '/silent',
  polled: false,
  run: () => new Promise<never>(() => {}),
});

let ready = true;
const seen: string[] = [];
const reported: unknown[] = [];

const parts: AppParts = {
  health: { role: 'all', ready: () => ready, parts: () => ({ store: 'ok', risk: 'unreachable' }) },
  version: '1.2.3',
  operations: [
    pay,
    lock,
    read,
    big,
    silent,
    failing('broken', new Error('secret detail')),
    failing('away', new StoreUnavailable('x')),
  ],
  authenticate: ({ authorization, apiKey }) =>
    Promise.resolve(
      apiKey === 'again' ? 'limited' : { 'Bearer payer': payer, 'Bearer auditor': auditor }[authorization ?? ''],
    ),
  observe: (operation, status) => void seen.push(`${operation} ${status}`),
  report: (operation, _, error) => void reported.push([operation, error]),
};

const app = createApp(parts);

interface Envelope {
  readonly error: { readonly code: string; readonly message: string } & Record<string, unknown>;
  readonly request_id: string;
}

const json = async (response: Response): Promise<Envelope> => (await response.json()) as Envelope;

const bearer = { Authorization: 'Bearer payer' };
const asJson = { 'Content-Type': 'application/json' };

function post(
  body: string | Buffer | null,
  headers: Record<string, string> = {},
  path = '/pay/acme',
): Promise<Response> {
  const all = { ...bearer, ...asJson, 'Idempotency-Key': 'k', ...headers };
  return Promise.resolve(app.request(path, { method: 'POST', body, headers: all }));
}

suite('liveness and readiness', () => {
  test('/health says the role and how its parts are, without a key', async () => {
    const response = await app.request('/health');
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: 'ok', role: 'all', parts: { store: 'ok', risk: 'unreachable' } });
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  });

  test('/ready turns 503 while the server drains', async () => {
    assert.equal((await app.request('/ready')).status, 200);
    ready = false;
    const response = await app.request('/ready');
    ready = true;
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { ready: false });
  });
});

test('a body of which nothing has to be said may be left out', async () => {
  const response = await app.request('/lock', { method: 'POST', headers: bearer });
  assert.deepEqual([response.status, await response.json()], [200, { reason: 'none' }]);
});

suite('refusals before an operation runs', () => {
  interface Row {
    readonly what: string;
    readonly ask: () => Response | Promise<Response>;
    readonly status: number;
    readonly code: string;
    readonly details?: Record<string, unknown>;
  }
  const rows: readonly Row[] = [
    { what: 'no such path', ask: () => app.request('/nothing', { method: 'POST' }), status: 404, code: 'not_found' },
    {
      what: 'a slash behind a path',
      ask: () => app.request('/read/', { headers: bearer }),
      status: 404,
      code: 'not_found',
    },
    {
      what: 'another method',
      ask: () => app.request('/pay/x', { method: 'PUT' }),
      status: 405,
      code: 'method_not_allowed',
    },
    {
      what: 'another method on what needs no key',
      ask: () => app.request('/health', { method: 'POST' }),
      status: 405,
      code: 'method_not_allowed',
    },
    { what: 'no key', ask: () => app.request('/read'), status: 401, code: 'unauthorized' },
    {
      what: 'a wrong key',
      ask: () => app.request('/read', { headers: { Authorization: 'Bearer x' } }),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'too many wrong keys',
      ask: () => app.request('/read', { headers: { 'X-API-Key': 'again' } }),
      status: 429,
      code: 'too_many_attempts',
    },
    {
      what: 'a role that may not',
      ask: () => post('{}', { Authorization: 'Bearer auditor' }),
      status: 403,
      code: 'forbidden',
    },
    {
      what: 'another type of body',
      ask: () => post('a=b', { 'Content-Type': 'text/plain' }),
      status: 415,
      code: 'unsupported_media_type',
    },
    {
      what: 'another charset',
      ask: () => post('{}', { 'Content-Type': 'application/json; charset=latin1' }),
      status: 415,
      code: 'unsupported_media_type',
    },
    {
      what: 'a body without a type, though none has to come',
      ask: () => app.request('/lock', { method: 'POST', headers: bearer, body: Buffer.from('{}') }),
      status: 415,
      code: 'unsupported_media_type',
    },
    {
      what: 'no body, but another type of one',
      ask: () => post(null, { 'Content-Type': 'text/plain' }, '/lock'),
      status: 415,
      code: 'unsupported_media_type',
    },
    {
      what: 'no body and no type where something has to be said',
      ask: () => app.request('/pay/acme', { method: 'POST', headers: bearer }),
      status: 415,
      code: 'unsupported_media_type',
    },
    { what: 'no JSON', ask: () => post('{"amount":'), status: 400, code: 'malformed_json' },
    { what: 'no body', ask: () => post(null), status: 400, code: 'malformed_json' },
    {
      what: 'a broken byte',
      ask: () => post(Buffer.from('7b226b223a22ff227d', 'hex')),
      status: 400,
      code: 'malformed_json',
    },
    { what: 'a list', ask: () => post('[]'), status: 400, code: 'invalid_request' },
    {
      what: 'a body that is too large by its length',
      ask: () => post('{}', { 'Content-Length': String(limits.httpBodyBytesMax + 1) }),
      status: 413,
      code: 'body_too_large',
      details: { limit_bytes: limits.httpBodyBytesMax },
    },
    {
      what: 'a body that turns out too large',
      ask: () => post(' '.repeat(limits.httpBodyBytesMax + 1)),
      status: 413,
      code: 'body_too_large',
    },
    {
      what: 'no idempotency key',
      ask: () => post('{"amount":1}', { 'Idempotency-Key': '' }),
      status: 400,
      code: 'invalid_idempotency_key',
    },
    {
      what: 'an idempotency key that is too long',
      ask: () => post('{"amount":1}', { 'Idempotency-Key': 'k'.repeat(1_025) }),
      status: 400,
      code: 'invalid_idempotency_key',
    },
    {
      what: 'an idempotency key that is no UTF-8',
      ask: () => post('{"amount":1}', { 'Idempotency-Key': '\u00e9' }),
      status: 400,
      code: 'invalid_idempotency_key',
    },
    {
      what: 'an unknown field',
      ask: () => post('{"amount":0,"sum":1}'),
      status: 400,
      code: 'unknown_field',
      details: { field: 'sum' },
    },
    {
      what: 'an unknown field deep inside',
      ask: () => post('{"amount":1,"notes":[{"text":"a"},{"text":"b","by":1}]}'),
      status: 400,
      code: 'unknown_field',
      details: { field: 'notes.1.by' },
    },
    {
      what: 'a field that languages know',
      ask: () => post('{"amount":1,"__proto__":{}}'),
      status: 400,
      code: 'unknown_field',
      details: { field: '__proto__' },
    },
    {
      what: 'an unknown parameter',
      ask: () => post('{"amount":1}', {}, '/pay/acme?copy=2'),
      status: 400,
      code: 'unknown_field',
      details: { field: 'copy' },
    },
    {
      what: 'an unknown parameter where there are none',
      ask: () => app.request('/read?x=1', { headers: bearer }),
      status: 400,
      code: 'unknown_field',
      details: { field: 'x' },
    },
    {
      what: 'a parameter twice',
      ask: () => post('{"amount":1}', {}, '/pay/acme?copies=1&copies=2'),
      status: 400,
      code: 'invalid_request',
      details: { field: 'copies' },
    },
    {
      what: 'a parameter out of range',
      ask: () => post('{"amount":1}', {}, '/pay/acme?copies=4'),
      status: 400,
      code: 'invalid_request',
      details: { field: 'copies' },
    },
    {
      what: 'a control character in an id',
      ask: () => post('{"amount":1}', {}, '/pay/a%00b'),
      status: 400,
      code: 'invalid_request',
      details: { field: 'payee' },
    },
    {
      what: 'an id that is too long',
      ask: () => post('{"amount":1}', {}, `/pay/${'a'.repeat(129)}`),
      status: 400,
      code: 'invalid_request',
    },
    ...['0', '-1', '0.5', '1e16', '"5"', 'true', 'null', '[1]', '9007199254740992'].map((wire): Row => ({
      what: `the amount ${wire}`,
      ask: () => post(`{"amount":${wire}}`),
      status: 400,
      code: 'invalid_amount',
      details: { field: 'amount' },
    })),
    { what: 'no amount', ask: () => post('{}'), status: 400, code: 'invalid_amount', details: { field: 'amount' } },
  ];
  for (const { what, ask, status, code, details = {} } of rows) {
    test(`${what}: ${status} ${code}`, async () => {
      const response = await ask();
      assert.equal(response.status, status);
      const body = await json(response);
      assert.equal(body.error.code, code);
      assert.ok(body.error.message.length > 0);
      assert.match(body.request_id, /^[0-9a-f-]{36}$/);
      assert.equal(response.headers.get('x-request-id'), body.request_id);
      assert.equal(response.headers.get('www-authenticate'), null);
      assert.equal(response.headers.get('access-control-allow-origin'), null);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      for (const [name, value] of Object.entries(details)) assert.deepEqual(body.error[name], value);
      assert.equal(paid.size, 0, 'nothing was done');
    });
  }

  test('405 names the methods that there are', async () => {
    const allow = async (path: string, method: string): Promise<string | null> =>
      (await app.request(path, { method })).headers.get('allow');
    assert.equal(await allow('/pay/acme', 'DELETE'), 'POST');
    assert.equal(await allow('/read', 'POST'), 'GET, HEAD');
  });
});

suite('answers', () => {
  test('the first answer is 201, the same again 200 with a header and the same body', async () => {
    const first = await post('{"amount":500.0}', { 'Idempotency-Key': 'once' }, '/pay/acme?copies=2');
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    const second = await post('{"amount":5e2}', { 'Idempotency-Key': 'once' }, '/pay/acme?copies=2&unused=');
    assert.equal(second.status, 200);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    const text = await first.text();
    assert.equal(text, '{"payee":"acme","total":1000}');
    assert.equal(await second.text(), text);
  });

  test('a parameter that is called as answers are inside is only a parameter', async () => {
    const response = await post('{"amount":3}', { 'Idempotency-Key': 'named' }, '/pay/acme?outcome=refused');
    assert.deepEqual([response.status, paid.get('named')], [201, 3n]);
  });

  test('a key of bytes in UTF-8 is the text that they mean', async () => {
    const bytes = Buffer.from('clé', 'utf8').toString('latin1');
    assert.equal((await post('{"amount":1}', { 'Idempotency-Key': bytes })).status, 201);
    assert.equal(paid.get('clé'), 1n);
  });

  test('a refusal of the operation has its details beside the code', async () => {
    const response = await post('{"amount":1001}', { 'Idempotency-Key': 'much' });
    assert.equal(response.status, 409);
    assert.deepEqual((await json(response)).error, {
      code: 'insufficient_funds',
      message: 'the source holds less than the amount',
      available: 1_000,
    });
  });

  test('integers keep all their digits', async () => {
    const response = await app.request('/big', { headers: bearer });
    assert.equal(await response.text(), '{"total":9223372036854775807}');
  });

  test('the caller may name the request, but not with what would break a log line', async () => {
    const named = await app.request('/read', { headers: { 'X-Request-Id': 'order-7.1' } });
    assert.equal(named.headers.get('x-request-id'), 'order-7.1');
    assert.equal((await json(named)).request_id, 'order-7.1');
    for (const bad of ['with space', 'é', 'x'.repeat(limits.httpRequestIdBytesMax + 1)]) {
      const response = await app.request('/read', { headers: { 'X-Request-Id': bad } });
      assert.match(response.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    }
  });

  test('who polls gets 304 until something changes', async () => {
    const first = await app.request('/read', { headers: bearer });
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const same = await app.request('/read', { headers: { ...bearer, 'If-None-Match': known } });
      assert.equal(same.status, 304);
      assert.equal(await same.text(), '');
    }
    reads = '{"total":2}';
    const changed = await app.request('/read', { headers: { ...bearer, 'If-None-Match': etag } });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get('etag'), etag);
  });

  test('a bug is a typed 500 that tells nothing of the inside, and is reported', async () => {
    const response = await app.request('/broken', { headers: bearer });
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /secret|at /);
    assert.equal(reported.length, 1);
  });

  test('a store that cannot be read is no bug: 503, and when to ask again', async () => {
    const response = await app.request('/away', { headers: bearer });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '1');
    assert.equal((await json(response)).error.code, 'unavailable');
    assert.equal(reported.length, 1);
  });

  test('an operation that does not end is given up with a typed 504', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const asked = Promise.resolve(app.request('/silent', { headers: bearer }));
    t.mock.timers.tick(limits.httpAnswerMs);
    const response = await asked;
    assert.equal(response.status, 504);
    assert.equal((await json(response)).error.code, 'deadline_exceeded');
  });

  test('every answer is counted by operation and status', () => {
    for (const line of ['pay 201', 'pay 200', 'pay 409', 'read 304', 'read 401', 'none 404', 'none 405', 'silent 504'])
      assert.ok(seen.includes(line), line);
  });
});

suite('the documentation that the server brings', () => {
  test('a page without scripts, under a policy that would not run any', async () => {
    const response = await app.request('/docs');
    const policy = response.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|script-src/);
    const page = await response.text();
    assert.doesNotMatch(page, /<script|\sstyle=|\son\w+=|https?:/);
    for (const { name, path } of parts.operations) assert.ok(page.includes(`id="${name}"`) && page.includes(path));
    const style = /href="([^"]+\.css)"/.exec(page)?.[1] ?? '';
    const sheet = await app.request(style);
    assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8');
  });

  test('openapi.json needs no key', async () => {
    const response = await app.request('/openapi.json');
    const document = (await response.json()) as { openapi: string; info: { version: string } };
    assert.deepEqual([document.openapi, document.info.version], ['3.1.1', '1.2.3']);
  });
});
