/** Answers of decisions that record nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal, replayed } from './answers.ts';

test('a refusal names its code and details; a repeat is what was recorded, byte for byte', () => {
  assert.deepEqual(refusal('x', { from: 'a' }), { answer: '{"error":"x","from":"a"}', code: 'x' });
  assert.deepEqual(replayed('{"a": 1}'), { answer: '{"a": 1}', code: null, replayed: true });
  assert.equal(replayed({ a: 1 }).answer, '{"a":1}');
});
