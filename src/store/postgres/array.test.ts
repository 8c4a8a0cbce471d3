/** Columns as array literals: what is quoted, what is escaped, what stands bare. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrayLiteral } from './array.ts';

test('numbers stand bare, text is quoted, quotes and backslashes are escaped, null is NULL', () => {
  assert.equal(arrayLiteral([]), '{}');
  assert.equal(arrayLiteral([1, 2n, null, 'a', 'NULL', '']), '{1,2,NULL,"a","NULL",""}');
  assert.equal(arrayLiteral(['{"k":"a\\n"}', ',', '{}']), String.raw`{"{\"k\":\"a\\n\"}",",","{}"}`);
});
