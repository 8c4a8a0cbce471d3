/** The form of keys, what is stored of them, and how they are compared. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { formatKey, hashSecret, isSecretOf, parseKey } from './api-key.ts';

const keyId = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });

const ID = '0123456789abcdef';
const SECRET = 'ab'.repeat(32);

suite('keys', () => {
  test('what was written is read again, and says nothing else', () => {
    fc.assert(
      fc.property(keyId, secret, (id, bytes) => {
        const key = formatKey(id, bytes);
        assert.deepEqual(parseKey(key), { keyId: id, secret: Buffer.from(bytes).toString('hex') });
        assert.match(key, /^pk_[0-9a-f]{16}_[0-9a-f]{64}$/);
      }),
    );
  });

  test('a key that was changed in any place is another one or none', () => {
    fc.assert(
      fc.property(keyId, secret, fc.nat(83), fc.string({ unit: 'binary', maxLength: 2 }), (id, bytes, at, text) => {
        const key = formatKey(id, bytes);
        const changed = key.slice(0, at) + text + key.slice(at + 1);
        fc.pre(changed !== key);
        const hash = hashSecret(Buffer.from(bytes).toString('hex'));
        const parsed = parseKey(changed);
        assert.ok(parsed === undefined || parsed.keyId !== id || !isSecretOf(parsed.secret, hash));
      }),
    );
  });

  test('whatever is sent as a key is read or refused, never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 84, maxLength: 84 })), (text) => {
        assert.equal(parseKey(text), undefined);
      }),
    );
  });

  const rows: readonly [what: string, text: string][] = [
    ['nothing', ''],
    ['a secret that is too short', `pk_${ID}_${SECRET.slice(1)}`],
    ['a secret that is too long', `pk_${ID}_${SECRET}0`],
    ['an id that is too short', `pk_${ID.slice(1)}_${SECRET}`],
    ['as long, but cut elsewhere', `pk_${ID}0_${SECRET.slice(1)}`],
    ['capitals', `pk_${ID}_${SECRET.toUpperCase()}`],
    ['signs of base64', `pk_${ID}_${SECRET.slice(1)}+`],
    ['digits of another script', `pk_${ID}_${SECRET.slice(1)}٣`],
    ['a line end behind it', `pk_${ID}_${SECRET.slice(1)}\n`],
    ['another prefix', `sk_${ID}_${SECRET}`],
    ['no prefix', `${ID}_${SECRET}`],
  ];
  for (const [what, text] of rows) test(`no key: ${what}`, () => assert.equal(parseKey(text), undefined));

  test('it is not written from too few bytes', () => {
    assert.throws(() => formatKey(ID, new Uint8Array(31)));
    assert.throws(() => formatKey('ABCDEF', new Uint8Array(32)));
  });

  test('what is stored is the SHA-256 that any tool computes, and no part of the secret', () => {
    assert.equal(hashSecret('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('a secret belongs to its own hash only', () => {
    fc.assert(
      fc.property(secret, secret, (one, other) => {
        const [a, b] = [one, other].map((bytes) => Buffer.from(bytes).toString('hex')) as [string, string];
        assert.equal(isSecretOf(a, hashSecret(a)), true);
        assert.equal(isSecretOf(b, hashSecret(a)), a === b);
      }),
    );
  });

  test('a stored hash that is none opens nothing', () => {
    const hash = hashSecret(SECRET);
    for (const stored of ['', 'no hash', hash.slice(2), `${hash}00`, SECRET, hash.replace(/^./, 'x')])
      assert.equal(isSecretOf(SECRET, stored), false, stored);
  });
});
