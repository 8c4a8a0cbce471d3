/** What is thrown is told in a sentence, and known by its code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, reasonOf } from './failure.ts';

test('anything may be thrown', () => {
  assert.deepEqual([new Error('it broke'), 'so it goes', undefined].map(reasonOf), [
    'it broke',
    'so it goes',
    'undefined',
  ]);
});

test('only an error has a code, and only one that is text', () => {
  const coded = (code: unknown): Error => Object.assign(new Error('it broke'), { code });
  assert.deepEqual([coded('ENOENT'), coded(13), new Error('plain'), { code: 'ENOENT' }, null].map(codeOf), [
    'ENOENT',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
