/** Instants inside and outside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elapsedMs, instantAt, timeOf, timeOrNull } from './time.ts';

test('an instant is told to the millisecond', () => {
  assert.equal(timeOf(1_795_267_659_254_999_808n), '2026-11-21T13:27:39.254Z');
});

test('no instant is no time', () => {
  assert.equal(timeOrNull(null), null);
  assert.equal(timeOrNull(0n), '1970-01-01T00:00:00.000Z');
});

test('time that has passed is never less than none', () => {
  assert.equal(elapsedMs(instantAt(1_000), 1_250), 250);
  assert.equal(elapsedMs(instantAt(1_000), 990), 0);
});

test('a clock may tell fractions of a millisecond', () => {
  assert.equal(instantAt(1_795_267_659_254.9), 1_795_267_659_254_000_000n);
});
