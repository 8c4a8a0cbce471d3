/** The encoding of text for PostgreSQL: injective, and invisible for ordinary text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromStored, toStored } from './text.ts';

test('every text comes back as it was, and is stored without NUL', () => {
  const text = fc.string({ unit: fc.constantFrom('\0', '\u2400', '0', 'a', '\\', '\n') });
  fc.assert(
    fc.property(text, (original) => {
      const stored = toStored(original);
      assert.equal(fromStored(stored), original);
      assert.ok(!stored.includes('\0'));
    }),
  );
});

test('only NUL and its sign are rewritten', () => {
  assert.equal(toStored('a\\0"\n'), 'a\\0"\n');
  assert.equal(toStored('\0'), '\u24000');
  assert.equal(toStored('\u24000'), '\u2400\u24000');
});
