/** Root keys come out of their seals as they went in, for their own token only, also after keys were replaced. */
import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { NONCE_BYTES, reseal, seal, unseal, type KeyRing } from './sealing.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const tokenId = '0e'.repeat(32);
const nonce = Buffer.alloc(NONCE_BYTES, 3);
const rootKey = Buffer.alloc(32, 9);
const [first, second] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const old: KeyRing = { current: 1, keys: new Map([[1, first]]) };
const both: KeyRing = {
  current: 2,
  keys: new Map([
    [1, first],
    [2, second],
  ]),
};
const sealed = seal(old, rootKey, { tokenId, nonce });

suite('L-04: sealed root keys', () => {
  test('what was sealed is opened', () => {
    const parts = fc.record({
      key: bytes(32),
      root: bytes(32),
      token: bytes(32).map((id) => Buffer.from(id).toString('hex')),
      random: bytes(NONCE_BYTES),
      version: fc.integer({ min: 1, max: 999_999_999 }),
    });
    fc.assert(
      fc.property(parts, ({ key, root, token, random, version }) => {
        const ring = { current: version, keys: new Map([[version, key]]) };
        const text = seal(ring, root, { tokenId: token, nonce: random });
        assert.deepEqual(unseal(ring, text, token), Buffer.from(root));
        assert.ok(!text.includes(Buffer.from(root).toString('base64url')));
      }),
    );
  });

  test('the text is AES-256-GCM that any tool opens', () => {
    const [version, at, content] = sealed.split('.');
    assert.equal(version, 'v1');
    assert.equal(at, nonce.toString('base64url'));
    const data = Buffer.from(content!, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', first, nonce);
    decipher.setAAD(Buffer.from(tokenId, 'hex')).setAuthTag(data.subarray(32));
    assert.deepEqual(Buffer.concat([decipher.update(data.subarray(0, 32)), decipher.final()]), rootKey);
  });

  test('it opens with a ring of several keys, and not without its own', () => {
    assert.deepEqual(unseal(both, sealed, tokenId), rootKey);
    assert.equal(unseal({ current: 2, keys: new Map([[2, second]]) }, sealed, tokenId), 'unknown_key');
    assert.equal(unseal({ current: 1, keys: new Map([[1, second]]) }, sealed, tokenId), 'not_authentic');
  });

  test('it opens for its own token only', () => {
    assert.equal(unseal(old, sealed, '0f'.repeat(32)), 'not_authentic');
  });

  test('a changed text opens nothing', () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      assert.equal(typeof unseal(old, changed, tokenId), 'string', `character ${at}`);
    }
    for (const text of [
      '',
      'v1',
      sealed.slice(1),
      `${sealed}A`,
      sealed.slice(0, -1),
      `v0${sealed.slice(2)}`,
      `v01${sealed.slice(2)}`,
      ` ${sealed}`,
    ])
      assert.equal(unseal(old, text, tokenId), 'not_sealed', text);
  });

  test('resealing moves a root key to the current key, once', () => {
    const other = Buffer.alloc(NONCE_BYTES, 4);
    const moved = reseal(both, sealed, { tokenId, nonce: other });
    assert.ok(moved.outcome === 'resealed');
    assert.match(moved.text, /^v2\./);
    assert.deepEqual(unseal(both, moved.text, tokenId), rootKey);
    assert.equal(unseal(old, moved.text, tokenId), 'unknown_key');
    assert.deepEqual(reseal(both, moved.text, { tokenId, nonce: other }), { outcome: 'current' });
  });

  test('resealing refuses what does not open', () => {
    const wanted = { tokenId: '0f'.repeat(32), nonce };
    assert.deepEqual(reseal(both, sealed, wanted), { outcome: 'refused', reason: 'not_authentic' });
    assert.deepEqual(reseal(both, 'nothing', wanted), { outcome: 'refused', reason: 'not_sealed' });
  });

  test('nothing is sealed with a short key, a short nonce or a version that is missing', () => {
    assert.throws(() => seal({ current: 3, keys: both.keys }, rootKey, { tokenId, nonce }));
    assert.throws(() => seal({ current: 1, keys: new Map([[1, first.subarray(1)]]) }, rootKey, { tokenId, nonce }));
    assert.throws(() => seal(old, rootKey.subarray(1), { tokenId, nonce }));
    assert.throws(() => seal(old, rootKey, { tokenId, nonce: nonce.subarray(1) }));
  });
});
