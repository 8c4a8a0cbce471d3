/** S-34: how the same result is known. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultContent, resultDigest } from './result.ts';

test('the same members in another order have the same digest, another status or output has not', () => {
  const digest = (status: 'completed' | 'failed', output: unknown): string =>
    resultDigest(resultContent({ status, output, error: undefined }));
  assert.equal(digest('completed', { a: 1, b: 2 }), digest('completed', { b: 2, a: 1 }));
  assert.notEqual(digest('completed', { a: 1 }), digest('completed', { a: 2 }));
  assert.notEqual(digest('completed', null), digest('failed', null));
  assert.match(digest('completed', null), /^[0-9a-f]{64}$/);
});
