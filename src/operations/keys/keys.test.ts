/** Making, listing and revoking keys, as the HTTP API asks for it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { sqlitePlace } from '../../../test/rig/sqlite-place.ts';
import { policy } from '../../../test/rig/store-place.ts';
import { parseKey } from '../../access/api-key.ts';
import type { Caller } from '../../access/caller.ts';
import { createDecisions } from '../../flows/commands.ts';
import type { Store } from '../../store/store.ts';
import type { ApiAnswer, ApiOperation } from '../api-operation.ts';
import { createKey } from './create-key.ts';
import { listKeys } from './list-keys.ts';
import { revokeKey } from './revoke-key.ts';

const operator: Caller = { keyId: 'a1'.repeat(8), role: 'operator', merchant: null, account: null, controlPlane: true };
const KEY_ID = '00000000000000a1';

type Body = Readonly<Record<string, unknown>>;

interface Input {
  readonly path?: Body;
  readonly query?: Body;
  readonly body?: Body;
}

const open = (): Promise<Store> => sqlitePlace().open({ decisions: createDecisions(policy) });

/** Input that the operation's own schemas let pass. */
function parsed(operation: ApiOperation, part: 'path' | 'query' | 'body', input: Body = {}): unknown {
  return operation.input[part]?.parse(input) ?? {};
}

/** Runs an operation, and checks its answer against its own schema. */
async function run(operation: ApiOperation, { path, query, body }: Input = {}): Promise<ApiAnswer> {
  const answer = await operation.run({
    path: parsed(operation, 'path', path),
    query: parsed(operation, 'query', query),
    body: parsed(operation, 'body', body),
    key: '',
    caller: operator,
    headers: new Headers(),
  });
  if ('body' in answer) operation.answer?.parse(answer.body);
  return answer;
}

function bodyOf(answer: ApiAnswer, outcome: ApiAnswer['outcome']): Body {
  assert.equal(answer.outcome, outcome);
  assert.ok('body' in answer);
  return answer.body as Body;
}

const itemsOf = (answer: ApiAnswer): readonly Body[] => bodyOf(answer, 'done')['items'] as Body[];

suite('POST /v1/keys', () => {
  test('answers with the key once, and with a record of who made it', async () => {
    const store = await open();
    const wanted = {
      role: 'buyer',
      merchant: 'acme',
      account: 'account:org:acme',
      label: 'till 3',
      expires_at: '2100-01-31T00:00:00Z',
    };
    const {
      key,
      key_id: keyId,
      created_at: createdAt,
      ...rest
    } = bodyOf(await run(createKey(store), { body: wanted }), 'created');
    assert.equal(parseKey(String(key))?.keyId, keyId);
    assert.match(String(createdAt), /^20\d\d-/);
    assert.deepEqual(rest, {
      ...wanted,
      expires_at: '2100-01-31T00:00:00.000Z',
      created_by: operator.keyId,
      revoked_at: null,
      revoked_by: null,
    });
    const facts = await store.facts({ after: 0, limit: 10 });
    const secret = String(key).slice(-64);
    for (const { body, answer, request } of facts) assert.ok(![body, answer, request].join().includes(secret));
  });

  test('again under the same id: the record, but no key, because the one just drawn opens nothing', async () => {
    const store = await open();
    const body = { key_id: KEY_ID, role: 'auditor' };
    const { key, ...record } = bodyOf(await run(createKey(store), { body }), 'created');
    assert.ok(key !== undefined);
    assert.deepEqual(bodyOf(await run(createKey(store), { body }), 'again'), record);
    const conflict = await run(createKey(store), { body: { ...body, role: 'operator' } });
    assert.deepEqual(conflict, { outcome: 'refused', code: 'idempotency_conflict', details: { fields: ['role'] } });
  });

  test('no two keys are alike', async () => {
    const store = await open();
    const keys = await Promise.all(
      Array.from({ length: 20 }, () => run(createKey(store), { body: { role: 'buyer' } })),
    );
    assert.equal(new Set(keys.map((answer) => bodyOf(answer, 'created')['key'])).size, 20);
  });

  // prettier-ignore
  const rows: readonly [what: string, body: Body][] = [
    ['no role',                          {}],
    ['a role that is none',              { role: 'owner' }],
    ['the role of tokens',               { role: 'control-plane' }],
    ['a hash of the caller’s',           { role: 'buyer', hash: 'ab'.repeat(32) }],
    ['a merchant that is none',          { role: 'buyer', merchant: 'a b' }],
    ['an account that is none',          { role: 'buyer', account: 'acme' }],
    ['a label of two lines',             { role: 'buyer', label: 'a\nSERVICE name=x' }],
    ['a label that is empty',            { role: 'buyer', label: '' }],
    ['a time that is none',              { role: 'buyer', expires_at: 'tomorrow' }],
    ['a time that no column holds',      { role: 'buyer', expires_at: '2300-01-01T00:00:00Z' }],
    ['an id that is none',               { role: 'buyer', key_id: 'A1' }],
  ];
  for (const [what, body] of rows)
    test(`${what}: not taken`, async () => {
      const store = await open();
      await assert.rejects(run(createKey(store), { body }), z.ZodError);
    });

  test('what the ledger of keys refuses, by field', async () => {
    const store = await open();
    for (const [body, field] of [
      [{ role: 'operator', merchant: 'acme' }, 'role'],
      [{ role: 'buyer', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ] as const) {
      const answer = await run(createKey(store), { body });
      assert.ok(answer.outcome === 'refused');
      assert.deepEqual([answer.code, answer.details], ['invalid_request', { field }]);
    }
    assert.deepEqual(itemsOf(await run(listKeys(store))), []);
  });
});

suite('GET /v1/keys and POST /v1/keys/{key_id}/revoke', () => {
  test('pages hold every key once, the newest first, and nothing secret', async () => {
    const store = await open();
    const made: string[] = [];
    for (const role of ['buyer', 'auditor', 'buyer', 'finance', 'buyer'])
      made.unshift(String(bodyOf(await run(createKey(store), { body: { role } }), 'created')['key_id']));
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const page = bodyOf(
        await run(listKeys(store), { query: { limit: '2', ...(cursor === null ? {} : { cursor }) } }),
        'done',
      );
      const items = page['items'] as Body[];
      for (const item of items) assert.ok(!('hash' in item) && !('key' in item));
      seen.push(...items.map((item) => item['key_id']));
      cursor = page['next_cursor'] as string | null;
    } while (cursor !== null);
    assert.deepEqual(seen, made);
    assert.equal(itemsOf(await run(listKeys(store), { query: { role: 'buyer' } })).length, 3);
  });

  test('a cursor of another list, or one that was made up, is refused', async () => {
    const store = await open();
    for (const place of [
      ['facts', '1'],
      ['keys', '1 or 1=1'],
      ['keys', '-1'],
    ]) {
      const cursor = Buffer.from(JSON.stringify(place)).toString('base64url');
      assert.deepEqual(await run(listKeys(store), { query: { cursor } }), {
        outcome: 'refused',
        code: 'invalid_cursor',
      });
    }
  });

  test('revoking tells this server at once, may be repeated, and knows what never was', async () => {
    const store = await open();
    await run(createKey(store), { body: { key_id: KEY_ID, role: 'buyer' } });
    const told: string[] = [];
    const revoke = revokeKey(store, (keyId) => told.push(keyId));
    const first = bodyOf(await run(revoke, { path: { key_id: KEY_ID } }), 'done');
    assert.equal(first['revoked_by'], operator.keyId);
    assert.deepEqual(bodyOf(await run(revoke, { path: { key_id: KEY_ID } }), 'done'), first);
    assert.deepEqual(told, [KEY_ID, KEY_ID]);
    const unknown = await run(revoke, { path: { key_id: 'ff'.repeat(8) } });
    assert.deepEqual(unknown, { outcome: 'refused', code: 'not_found', details: {} });
    assert.equal(told.length, 2);
  });
});
