/** One spelling for equal JSON values, and different ones for different values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonical } from './canonical.ts';

test('members are sorted at every depth, elements of arrays are not', () => {
  assert.equal(canonical({ b: { d: 1, c: [{ f: 2, e: 1 }] }, a: null }), '{"a":null,"b":{"c":[{"e":1,"f":2}],"d":1}}');
  assert.equal(canonical([2, 1]), '[2,1]');
});

test('it loses nothing', () => {
  const isSame = (value: unknown): void =>
    assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)));
  fc.assert(fc.property(fc.jsonValue(), isSame), { seed: 3, numRuns: 200 });
});
