/** The signing key: made once, kept to its user, replaced only by itself. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryDirectory } from '../../test/rig/temporary-directory.ts';
import { isKeyChain, isSignedBy } from '../evidence/statements.ts';
import { openSigningKey } from './signing-key.ts';

const now = new Date('2026-11-21T12:00:00Z');
const folder = (): string => join(temporaryDirectory(), 'keys');

suite('B-06: the signing key', () => {
  test('is made once, readable for its user alone, and the same after opening again', () => {
    const place = folder();
    const first = openSigningKey(place, now);
    assert.equal(statSync(join(place, 'signing.keys')).mode & 0o777, 0o600);
    assert.equal(openSigningKey(place, new Date(0)).keyId, first.keyId);
    const signed = first.sign('["purser-checkpoint/1"]');
    assert.ok(isSignedBy(signed, first.keys[0]!));
    assert.ok(!isSignedBy({ ...signed, text: `${signed.text} ` }, first.keys[0]!));
  });

  test('a new one is introduced by the former, whose private half is gone from the file', () => {
    const place = folder();
    const key = openSigningKey(place, now);
    const former = key.keyId;
    key.rotate(now);
    const next = key.rotate(now);
    assert.equal(key.keyId, next.key_id);
    assert.notEqual(key.keyId, former);
    assert.equal(key.keys.length, 3);
    assert.ok(isKeyChain(key.keys));
    assert.ok(!isKeyChain(key.keys.with(1, { ...key.keys[1]!, introduced: null })));
    assert.ok(!isKeyChain(key.keys.toSpliced(1, 1)), 'none may be left out');
    const file = readFileSync(join(place, 'signing.keys'), 'utf8');
    assert.equal(file.match(/BEGIN PRIVATE KEY/g)?.length, 1);
    assert.equal(openSigningKey(place, now).keyId, next.key_id);
    assert.ok(!JSON.stringify(key.keys).includes('PRIVATE'));
  });

  test('what others may read, a link, and a damaged file stop the start, each by its name', () => {
    const place = folder();
    openSigningKey(place, now);
    const file = join(place, 'signing.keys');
    chmodSync(file, 0o644);
    assert.throws(() => openSigningKey(place, now), /may be read by others/);
    chmodSync(file, 0o600);
    writeFileSync(file, '{"keys":[]}');
    assert.throws(() => openSigningKey(place, now), /holds no signing keys/);
    const other = folder();
    execFileSync('mkdir', ['-p', other]);
    symlinkSync(file, join(other, 'signing.keys'));
    assert.throws(() => openSigningKey(other, now), /cannot read/);
  });
});
