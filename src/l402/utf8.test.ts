/** Text and bytes are the same thing, or there is no text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8 } from './utf8.ts';

test('text comes back as it was, and other bytes are no text', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(decodeUtf8(Buffer.from(text)), text)));
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = decodeUtf8(bytes);
      if (text !== undefined) assert.deepEqual(Buffer.from(text), Buffer.from(bytes));
    }),
  );
  assert.equal(decodeUtf8(Uint8Array.of(0xff)), undefined);
  assert.equal(decodeUtf8(Uint8Array.of(0xc0, 0x80)), undefined, 'an overlong zero');
  assert.equal(decodeUtf8(Buffer.from('\uFEFFa')), '\uFEFFa', 'a mark at the beginning is kept');
});
