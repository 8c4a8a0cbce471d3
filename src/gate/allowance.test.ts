/** L-06: so many at once, then one after each pause; one name does not use up another's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance } from './allowance.ts';

test('so many at once, then one more after each pause', () => {
  const allowance = new Allowance({ atOnceMax: 2, refillMs: 1_000 });
  assert.equal(allowance.has('a', 0), true);
  allowance.take('a', 0);
  allowance.take('a', 0);
  assert.deepEqual([allowance.has('a', 999), allowance.has('a', 1_000), allowance.has('b', 0)], [false, true, true]);
  allowance.take('a', 1_000);
  assert.equal(allowance.has('a', 1_500), false);
  // It never saves up more than it began with.
  allowance.take('a', 1_000_000);
  allowance.take('a', 1_000_000);
  assert.equal(allowance.has('a', 1_000_000), false);
});

test('what was not used is given back, and it never becomes more than there was', () => {
  const allowance = new Allowance({ atOnceMax: 1, refillMs: 1_000 });
  allowance.giveBack('a', 0);
  allowance.take('a', 0);
  allowance.giveBack('a', 0);
  assert.equal(allowance.has('a', 0), true);
  allowance.giveBack('a', 0);
  allowance.take('a', 0);
  assert.equal(allowance.has('a', 0), false);
});
