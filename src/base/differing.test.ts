/** Which fields differ, by name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differingFields } from './differing.ts';

test('names of differing, missing and nested fields', () => {
  const rows: readonly [first: object, second: object, names: string[]][] = [
    [{ a: 1 }, { a: 1 }, []],
    [{ a: 1, b: 2 }, { a: 2, b: 2 }, ['a']],
    [{ a: 1 }, { b: 1 }, ['a', 'b']],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, ['a.c']],
    [{ a: [1] }, { a: [2] }, ['a']],
    [{ a: null }, { a: { b: 1 } }, ['a']],
  ];
  for (const [first, second, names] of rows)
    assert.deepEqual(differingFields(JSON.stringify(first), JSON.stringify(second)), names);
});
