/** The token file: made once, for its owner only, known to the database, replaced when it is gone, refused when it is open. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { testKey } from '../../test/rig/key-commands.ts';
import { sqlitePlace } from '../../test/rig/sqlite-place.ts';
import { policy } from '../../test/rig/store-place.ts';
import { temporaryDirectory } from '../../test/rig/temporary-directory.ts';
import { apiKeys, type KeyRow } from '../access/tables.ts';
import { createDecisions } from '../flows/commands.ts';
import { StoreError, type Store } from '../store/store.ts';
import { ensureOperatorToken } from './operator-token.ts';

const rowsOf = (store: Store): Promise<readonly KeyRow[]> =>
  store.rows({ table: apiKeys, by: 'created_at', limit: 100 });

const live = (rows: readonly KeyRow[]): string[] =>
  rows.filter((row) => row.revoked_at === null).map((row) => row.key_id);

const idIn = (data: string): string => readFileSync(join(data, 'operator.token'), 'utf8').slice(3, 19);

async function stage(): Promise<{ store: Store; data: string; file: string }> {
  const data = join(temporaryDirectory(), 'data');
  return {
    store: await sqlitePlace().open({ decisions: createDecisions(policy) }),
    data,
    file: join(data, 'operator.token'),
  };
}

suite('operator.token', () => {
  test('is made at the first start, for its owner only, and stays', async () => {
    const { store, data, file } = await stage();
    assert.equal(await ensureOperatorToken({ store, data, shared: false }), 'created');
    assert.deepEqual([statSync(file).mode & 0o777, statSync(data).mode & 0o777], [0o600, 0o700]);
    const written = readFileSync(file, 'utf8');
    assert.match(written, /^pk_[0-9a-f]{16}_[0-9a-f]{64}\n$/);
    assert.equal(await ensureOperatorToken({ store, data, shared: false }), 'kept');
    assert.equal(readFileSync(file, 'utf8'), written);
    assert.deepEqual(readdirSync(data), ['operator.token']);
    const [row, ...others] = await rowsOf(store);
    assert.deepEqual([row?.key_id, row?.role, row?.created_by, others], [idIn(data), 'control-plane', 'server', []]);
    assert.ok(
      !JSON.stringify(await store.facts({ after: 0, limit: 100 }), (_, v: unknown) =>
        typeof v === 'bigint' ? '' : v,
      ).includes(written.slice(20, 84)),
    );
  });

  test('its mode does not depend on the mask of the process', async () => {
    const { store, data, file } = await stage();
    const mask = process.umask(0);
    try {
      await ensureOperatorToken({ store, data, shared: false });
    } finally {
      process.umask(mask);
    }
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test('gone: another one takes its place, and the old one opens nothing any more', async () => {
    const { store, data, file } = await stage();
    await ensureOperatorToken({ store, data, shared: false });
    const first = idIn(data);
    rmSync(file);
    assert.equal(await ensureOperatorToken({ store, data, shared: false }), 'created');
    assert.notEqual(idIn(data), first);
    assert.deepEqual(live(await rowsOf(store)), [idIn(data)]);
  });

  test('revoked: replaced at the next start', async () => {
    const { store, data } = await stage();
    await ensureOperatorToken({ store, data, shared: false });
    const first = idIn(data);
    await store.submit({ type: 'revoke-key', keyId: first, actor: 'ann' });
    assert.equal(await ensureOperatorToken({ store, data, shared: false }), 'created');
    assert.notEqual(idIn(data), first);
    assert.deepEqual(live(await rowsOf(store)), [idIn(data)]);
  });

  test('unknown to the database, as after a restore: taken over, the ones before are revoked, keys are not', async () => {
    const { store, data } = await stage();
    await ensureOperatorToken({ store, data, shared: false });
    const restored = (await stage()).store;
    const { command } = testKey({ role: 'operator' });
    await restored.submit(command);
    const before = join(temporaryDirectory(), 'before');
    await ensureOperatorToken({ store: restored, data: before, shared: false });
    assert.equal(await ensureOperatorToken({ store: restored, data, shared: false }), 'created');
    assert.deepEqual(live(await rowsOf(restored)), [command.keyId, idIn(data)]);
  });

  test('servers that share a database have one each; a new one replaces only that of its own place', async () => {
    const { store, data } = await stage();
    const other = join(temporaryDirectory(), 'other');
    await ensureOperatorToken({ store, data, shared: true });
    await ensureOperatorToken({ store, data: other, shared: true });
    rmSync(join(data, 'operator.token'));
    await ensureOperatorToken({ store, data, shared: true });
    assert.deepEqual(live(await rowsOf(store)), [idIn(other), idIn(data)]);
  });

  test('servers that start at once in one directory agree on one', async () => {
    const { store, data } = await stage();
    await Promise.all([1, 2, 3].map(() => ensureOperatorToken({ store, data, shared: true })));
    assert.deepEqual(live(await rowsOf(store)), [idIn(data)]);
  });

  for (const mode of [0o644, 0o640, 0o604, 0o620, 0o610, 0o601])
    test(`of mode ${mode.toString(8)} is refused by name`, async () => {
      const { store, data, file } = await stage();
      await ensureOperatorToken({ store, data, shared: false });
      chmodSync(file, mode);
      await assert.rejects(
        ensureOperatorToken({ store, data, shared: false }),
        (error) => error instanceof StoreError && error.message.includes(file) && error.message.includes('chmod 600'),
      );
    });

  // prettier-ignore
  const rows: readonly [what: string, make: (file: string) => void, says: RegExp][] = [
    ['empty',        (file) => writeFileSync(file, '', { mode: 0o600 }),                       /holds no token/],
    ['no token',     (file) => writeFileSync(file, 'password', { mode: 0o600 }),               /holds no token/],
    ['a link',       (file) => symlinkSync('/etc/hostname', file),                             /ELOOP/],
    ['a directory',  (file) => mkdirSync(file, { mode: 0o700 }),                               /chmod 600/],
  ];
  for (const [what, make, says] of rows)
    test(`${what}: refused, not replaced`, async () => {
      const { store, data, file } = await stage();
      mkdirSync(data);
      make(file);
      await assert.rejects(ensureOperatorToken({ store, data, shared: false }), says);
      assert.ok(existsSync(file));
      assert.deepEqual(await rowsOf(store), []);
    });

  test('a key of another role, or of the same id and another secret, is no token', async () => {
    const { store, data, file } = await stage();
    mkdirSync(data);
    const { command, key } = testKey({ role: 'operator' });
    await store.submit(command);
    const token = testKey({ role: 'control-plane' });
    await store.submit(token.command);
    for (const text of [key, token.key.slice(0, -4) + (token.key.endsWith('0000') ? '1111' : '0000')]) {
      writeFileSync(file, text, { mode: 0o600 });
      await assert.rejects(ensureOperatorToken({ store, data, shared: false }), /another key/);
    }
  });

  test('a directory that cannot be: the message says what to do', async () => {
    const { store, data } = await stage();
    writeFileSync(data, '');
    await assert.rejects(
      ensureOperatorToken({ store, data, shared: false }),
      (error) =>
        error instanceof StoreError && /ENOTDIR|EEXIST/.test(error.message) && error.message.includes('--data'),
    );
  });
});
