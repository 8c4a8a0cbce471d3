/** What text and values are taken for when they come from somebody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isArray, isObject, parseJson } from './json.ts';

test('text that is no JSON is told from every value', () => {
  for (const text of ['', ' ', '{', '{}}', "{'a':1}", 'undefined', 'NaN', '01'])
    assert.equal(parseJson(text), undefined, text);
  for (const value of [null, false, 0, '', [], {}, { a: [null] }])
    assert.deepEqual(parseJson(JSON.stringify(value)), value);
});

test('an object is neither a list nor null', () => {
  for (const value of [null, undefined, [], 'text', 1]) assert.equal(isObject(value), false, JSON.stringify(value));
  assert.deepEqual([isObject({}), isArray([]), isArray({ length: 0 })], [true, true, false]);
});
