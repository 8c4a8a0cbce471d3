/** Instants as callers see them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeOf, timeOrNull } from './time.ts';

test('nanoseconds are RFC 3339 UTC to the millisecond, and nothing stays nothing', () => {
  assert.equal(timeOf(1_795_267_659_254_999_808n), '2026-11-21T13:27:39.254Z');
  assert.deepEqual([timeOrNull(0n), timeOrNull(null)], ['1970-01-01T00:00:00.000Z', null]);
});
