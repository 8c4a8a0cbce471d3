/** Who gets in: headers, dead keys, what is remembered for how long, and what too many wrong keys lead to. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { testKey, type TestKey } from '../../test/rig/key-commands.ts';
import type { Caller } from '../access/caller.ts';
import type { KeyRow } from '../access/tables.ts';
import { limits } from '../base/limits.ts';
import type { CreateKeyCommand } from '../flows/access.ts';
import { StoreUnavailable, type RowQuery } from '../store/store.ts';
import { Authenticator, type Credentials } from './authenticate.ts';

const NOW_MS = 1_800_000_000_000;
const { keyFailuresPerPeerMax: PEER_MAX, keyCacheMs: CACHE_MS } = limits;
const ACME: Partial<CreateKeyCommand> = { role: 'buyer', merchant: 'acme' };

/** Keys as other servers change them, a clock that stands still, and how often anybody looked. */
class Stage {
  readonly rows = new Map<string, KeyRow>();
  nowMs = NOW_MS;
  uptimeMs = 0;
  looks = 0;
  broken = false;
  /** Look-ups wait for this. */
  gate: Promise<void> = Promise.resolve();
  readonly server = new Authenticator(
    { rows: async (query) => this.#look(query) },
    { nowMs: () => this.nowMs, uptimeMs: () => this.uptimeMs },
  );

  add(over: Partial<CreateKeyCommand> = {}): TestKey & { readonly keyId: string } {
    const made = testKey(over);
    const { keyId, role, merchant, account, label, hash, expiresAt, actor } = made.command;
    this.rows.set(keyId, {
      key_id: keyId,
      role,
      merchant,
      account,
      label,
      hash,
      created_at: 1n,
      expires_at: expiresAt,
      revoked_at: null,
      created_by: actor,
      revoked_by: null,
      version: 1n,
    });
    return { ...made, keyId };
  }

  revokeElsewhere(keyId: string): void {
    this.rows.set(keyId, { ...this.rows.get(keyId)!, revoked_at: 2n });
  }

  ask(credentials: Partial<Credentials>): Promise<Caller | undefined | 'limited'> {
    return this.server.authenticate({ peer: '10.0.0.1', ...credentials });
  }

  /** `in`, `out` or `limited`. */
  async try(apiKey: string, peer = '10.0.0.1'): Promise<string> {
    const found = await this.ask({ apiKey, peer });
    return found === undefined ? 'out' : found === 'limited' ? 'limited' : 'in';
  }

  async #look<R extends Record<string, unknown>>({ where }: RowQuery): Promise<readonly R[]> {
    this.looks += 1;
    const row = this.rows.get(String(where?.['key_id']));
    await this.gate;
    if (this.broken) throw new StoreUnavailable('no database');
    return (row === undefined ? [] : [row]) as unknown as R[];
  }
}

const changed = (key: string): string => key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');

suite('headers', () => {
  const stage = new Stage();
  const { key, keyId } = stage.add(ACME);
  const other = stage.add().key;
  const expected = { keyId, role: 'buyer', merchant: 'acme', account: null, controlPlane: false };

  // prettier-ignore
  const rows: readonly [what: string, credentials: Partial<Credentials>, isIn: boolean][] = [
    ['none',                                   {},                                                       false],
    ['X-API-Key',                              { apiKey: key },                                          true],
    ['Bearer',                                 { authorization: `Bearer ${key}` },                       true],
    ['bearer in another case, more spaces',    { authorization: `bEARER   ${key} ` },                    true],
    ['both, the same',                         { authorization: `Bearer ${key}`, apiKey: key },          true],
    ['both, two good keys',                    { authorization: `Bearer ${key}`, apiKey: other },        false],
    ['both, one wrong',                        { authorization: `Bearer ${key}`, apiKey: changed(key) }, false],
    ['both, one empty',                        { authorization: `Bearer ${key}`, apiKey: '' },           false],
    ['Bearer without a key',                   { authorization: 'Bearer' },                              false],
    ['Basic',                                  { authorization: `Basic ${key}` },                        false],
    ['the key without a scheme',               { authorization: key },                                   false],
    ['L402 beside a key',                      { authorization: 'L402 bWFj:00', apiKey: key },           true],
    ['L402 alone',                             { authorization: 'L402 bWFj:00' },                        false],
    ['two lines that were joined',             { apiKey: `${key}, ${key}` },                             false],
    ['a wrong secret',                         { apiKey: changed(key) },                                 false],
    ['the id of another key',                  { apiKey: key.slice(0, 19) + other.slice(19) },           false],
    ['an id that no key has',                  { apiKey: testKey().key },                                false],
    ['no key at all',                          { apiKey: '{"$gt":""}' },                                 false],
  ];
  for (const [what, credentials, isIn] of rows)
    test(`${what}: ${isIn ? 'in' : 'out'}`, async () =>
      assert.deepEqual(await stage.ask(credentials), isIn ? expected : undefined));

  test('the token of a data directory comes in as the operator that may top up', async () => {
    const token = stage.add({ role: 'control-plane' });
    const caller = await stage.ask({ authorization: `Bearer ${token.key}` });
    assert.deepEqual(caller, {
      keyId: token.keyId,
      role: 'operator',
      merchant: null,
      account: null,
      controlPlane: true,
    });
  });
});

suite('what is remembered', () => {
  test('a key is looked up once while it is remembered, however many ask at once', async () => {
    const stage = new Stage();
    const { key } = stage.add();
    assert.deepEqual(
      new Set(await Promise.all(Array.from({ length: PEER_MAX }, () => stage.try(key)))),
      new Set(['in']),
    );
    stage.uptimeMs = CACHE_MS - 1;
    assert.equal(await stage.try(key), 'in');
    assert.equal(stage.looks, 1);
    stage.uptimeMs = CACHE_MS;
    assert.equal(await stage.try(key), 'in');
    assert.equal(stage.looks, 2);
  });

  test('a key that another server revokes stops within that time, one revoked here at once', async () => {
    const stage = new Stage();
    const there = stage.add();
    const here = stage.add();
    assert.deepEqual([await stage.try(there.key), await stage.try(here.key)], ['in', 'in']);
    stage.revokeElsewhere(there.keyId);
    stage.server.revoked(here.keyId);
    assert.equal(await stage.try(here.key), 'out');
    stage.uptimeMs = CACHE_MS;
    assert.equal(await stage.try(there.key), 'out');
  });

  test('a look-up that began before the key was revoked here does not bring it back', async () => {
    const stage = new Stage();
    const { key, keyId } = stage.add();
    const gate = Promise.withResolvers<void>();
    stage.gate = gate.promise;
    const asked = stage.try(key);
    stage.server.revoked(keyId);
    gate.resolve();
    assert.deepEqual([await asked, await stage.try(key)], ['out', 'out']);
  });

  test('a key that expires does so at its instant, remembered or not', async () => {
    const stage = new Stage();
    const { key } = stage.add({ expiresAt: BigInt(NOW_MS + 10) * 1_000_000n });
    stage.nowMs = NOW_MS + 9;
    assert.equal(await stage.try(key), 'in');
    stage.nowMs = NOW_MS + 10;
    assert.equal(await stage.try(key), 'out');
  });

  test('a key that is new on another server is good at once, also where it was tried before', async () => {
    const stage = new Stage();
    const { key, keyId } = stage.add();
    const row = stage.rows.get(keyId)!;
    stage.rows.delete(keyId);
    assert.equal(await stage.try(key), 'out');
    stage.rows.set(keyId, row);
    assert.equal(await stage.try(key), 'in');
  });

  test('while the database cannot be read nobody is let in on what was remembered before, and nobody is blamed', async () => {
    const stage = new Stage();
    const { key } = stage.add();
    assert.equal(await stage.try(key), 'in');
    stage.broken = true;
    stage.uptimeMs = CACHE_MS;
    await assert.rejects(stage.try(key), StoreUnavailable);
    for (let i = 0; i <= PEER_MAX; i++) await assert.rejects(stage.try(testKey().key), StoreUnavailable);
    stage.broken = false;
    assert.deepEqual([await stage.try(key), await stage.try(testKey().key)], ['in', 'out']);
  });
});

suite('failed attempts', () => {
  const exhaust = async (stage: Stage, apiKey: () => string, peer?: string): Promise<number> => {
    for (let failed = 0; failed < 2 * PEER_MAX; failed++)
      if ((await stage.try(apiKey(), peer)) === 'limited') return failed;
    return Infinity;
  };

  // prettier-ignore
  const rows: readonly [what: string, apiKey: (stage: Stage, key: string) => string][] = [
    ['ids that no key has',    () => testKey().key],
    ['wrong secrets',          (_, key) => changed(key)],
    ['what is no key',         () => 'x'],
    ['a revoked key',          (stage, key) => (stage.server.revoked(key.slice(3, 19)), key)],
    ['an expired key',         (stage, key) => ((stage.nowMs = NOW_MS + 10), key)],
  ];
  for (const [what, apiKey] of rows)
    test(`with ${what} are limited by address`, async () => {
      const stage = new Stage();
      const { key } = stage.add({ expiresAt: BigInt(NOW_MS + 10) * 1_000_000n });
      await stage.try(key);
      assert.equal(await exhaust(stage, () => apiKey(stage, key)), PEER_MAX);
      assert.equal(await stage.try(testKey().key, '10.0.0.2'), 'out');
    });

  test('hold up nobody whose key is good, seen before or not', async () => {
    const stage = new Stage();
    const { key } = stage.add();
    const fresh = stage.add().key;
    assert.equal(await stage.try(key), 'in');
    await exhaust(stage, () => testKey().key);
    assert.equal(await stage.try(testKey().key), 'limited');
    assert.equal(await stage.try(fresh), 'in');
    stage.uptimeMs = CACHE_MS;
    assert.equal(await stage.try(key), 'in');
  });

  test('good keys cost nothing, and neither does asking without one', async () => {
    const stage = new Stage();
    for (let i = 0; i < PEER_MAX * 2; i++) {
      assert.equal(await stage.try(stage.add().key), 'in');
      assert.equal(await stage.ask({}), undefined);
    }
    assert.equal(await exhaust(stage, () => 'x'), PEER_MAX);
  });

  test('a crowd with one good key that nobody has seen here is let in, with one look-up', async () => {
    const stage = new Stage();
    const { key } = stage.add();
    assert.deepEqual(new Set(await Promise.all(Array.from({ length: 200 }, () => stage.try(key)))), new Set(['in']));
    assert.equal(stage.looks, 1);
    assert.equal(await exhaust(stage, () => 'x'), PEER_MAX);
  });

  test('a crowd of good keys, each seen for the first time, is let in', async () => {
    const stage = new Stage();
    const keys = Array.from({ length: 200 }, () => stage.add().key);
    assert.deepEqual(new Set(await Promise.all(keys.map((key) => stage.try(key)))), new Set(['in']));
  });

  test('a crowd with one good key is let in beside a crowd with wrong ones', async () => {
    const stage = new Stage();
    const { key } = stage.add();
    const crowd = Array.from({ length: 200 }, (_, i) => stage.try(i % 2 === 0 ? key : testKey().key));
    const found = await Promise.all(crowd);
    assert.deepEqual(new Set(found.filter((_, i) => i % 2 === 0)), new Set(['in']));
    assert.equal(found.filter((one) => one === 'out').length, PEER_MAX);
  });

  test('many at once: the first are told no, the others to stop', async () => {
    const stage = new Stage();
    const tried = await Promise.all(Array.from({ length: 500 }, () => stage.try(testKey().key)));
    assert.equal(tried.filter((found) => found === 'out').length, PEER_MAX);
    assert.equal(tried.filter((found) => found === 'limited').length, 500 - PEER_MAX);
  });
});
