/** All four variants of base64 mean the same bytes, and nothing that is half one is read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from './base64.ts';

test('L-02: either alphabet, with padding or without, gives the bytes that were written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const padded = Buffer.from(bytes).toString('base64');
      const urlSafe = Buffer.from(bytes).toString('base64url');
      const variants = [padded, padded.replaceAll('=', ''), urlSafe, urlSafe.padEnd(padded.length, '=')];
      for (const text of variants) assert.deepEqual(decodeBase64(text), Buffer.from(bytes), text);
    }),
  );
});

test('no two texts of one variant mean the same bytes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9+/]{0,12}={0,2}$/), (text) => {
      const bytes = decodeBase64(text);
      if (bytes !== undefined)
        assert.equal(bytes.toString('base64').slice(0, text.replace(/=+$/, '').length), text.replace(/=+$/, ''));
    }),
  );
});

const rows: readonly [what: string, text: string][] = [
  ['both alphabets mixed', '+_+_'],
  ['a blank', 'AA AA'],
  ['a line end', 'AAAA\n'],
  ['padding that is too short', 'AA='],
  ['padding that is too long', 'AAA=='],
  ['padding alone', '='],
  ['padding in the middle', 'AA==AA=='],
  ['three signs of padding', 'A==='],
  ['a single sign', 'A'],
  ['bits that belong to no byte', 'AB=='],
  ['a sign of its own', 'AA*A'],
];
for (const [what, text] of rows) test(`no base64: ${what}`, () => assert.equal(decodeBase64(text), undefined));
