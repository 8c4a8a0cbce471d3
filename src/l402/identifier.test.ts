/** The layout of identifiers, and that nothing else is taken for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeIdentifier, encodeIdentifier } from './identifier.ts';

const part = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

test('L-09: version 0 in two bytes, payment hash, token id: 66 bytes', () => {
  const bytes = encodeIdentifier({ paymentHash: 'aa'.repeat(32), tokenId: 'bb'.repeat(32) });
  assert.equal(bytes.toString('hex'), `0000${'aa'.repeat(32)}${'bb'.repeat(32)}`);
  assert.equal(bytes.length, 66);
});

test('what was written is read again', () => {
  fc.assert(
    fc.property(part, part, (paymentHash, tokenId) =>
      assert.deepEqual(decodeIdentifier(encodeIdentifier({ paymentHash, tokenId })), { paymentHash, tokenId }),
    ),
  );
});

test('another version and every other length are refused', () => {
  const good = encodeIdentifier({ paymentHash: 'aa'.repeat(32), tokenId: 'bb'.repeat(32) });
  for (let length = 0; length < good.length; length++)
    assert.equal(decodeIdentifier(good.subarray(0, length)), undefined, `${length} bytes`);
  assert.equal(decodeIdentifier(Buffer.concat([good, Buffer.alloc(1)])), undefined);
  for (const version of [1, 256, 65_535]) {
    const other = Buffer.from(good);
    other.writeUInt16BE(version);
    assert.equal(decodeIdentifier(other), undefined, `version ${version}`);
  }
});

test('it is not written from parts of another length or in capitals', () => {
  const [paymentHash, tokenId] = ['aa'.repeat(32), 'bb'.repeat(32)];
  assert.throws(() => encodeIdentifier({ paymentHash: paymentHash.slice(2), tokenId }));
  assert.throws(() => encodeIdentifier({ paymentHash, tokenId: tokenId.toUpperCase() }));
});
