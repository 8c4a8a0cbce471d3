/** L-04: keys in a file of this user's alone, made once, rotated without losing a former one. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { temporaryDirectory } from '../../test/rig/temporary-directory.ts';
import { seal, unseal } from '../l402/sealing.ts';
import { keyRingFile, openKeyRing, rotateKeyRing } from './key-ring.ts';

const file = (): string => keyRingFile(temporaryDirectory());
const nonce = new Uint8Array(12);
const tokenId = 'ab'.repeat(32);
const rootKey = new Uint8Array(32).fill(7);

suite('the key ring', () => {
  test('is made once, with mode 0600, and is the same the next time', () => {
    const place = file();
    const first = openKeyRing(place);
    assert.equal(statSync(place).mode & 0o777, 0o600);
    assert.deepEqual(openKeyRing(place), first);
    assert.notDeepEqual(openKeyRing(file()).keys, first.keys);
  });

  test('rotated: what was sealed before is still readable, and new seals name the new key', () => {
    const place = file();
    const sealed = seal(openKeyRing(place), rootKey, { tokenId, nonce });
    assert.equal(rotateKeyRing(place), 2);
    const ring = openKeyRing(place);
    assert.deepEqual(unseal(ring, sealed, tokenId), Buffer.from(rootKey));
    assert.match(seal(ring, rootKey, { tokenId, nonce }), /^v2\./);
    assert.equal(statSync(place).mode & 0o777, 0o600);
  });

  test('may be kept elsewhere and linked, as mounted secrets are', () => {
    const [place, link] = [file(), file()];
    const ring = openKeyRing(place);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(place, link);
    assert.deepEqual(openKeyRing(link), ring);
  });

  test('refuses a file that others may read, or that holds no keys', () => {
    const place = file();
    openKeyRing(place);
    chmodSync(place, 0o640);
    assert.throws(() => openKeyRing(place), /chmod 600/);
    chmodSync(place, 0o600);
    const text = readFileSync(place, 'utf8');
    for (const broken of [
      '',
      '{}',
      text.replace('"current":1', '"current":2'),
      text.replace(/[0-9a-f]{64}/, 'short'),
    ]) {
      writeFileSync(place, broken);
      assert.throws(() => openKeyRing(place), /holds no keys/);
    }
  });
});
