/** What counts as an amount (R12), value by value. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { minorUnits } from './money.ts';

// Each is JSON text, because the wire decides what reaches the function: `500.0` and `5e2` are the number 500.
const rows: readonly [json: string, expected: bigint | 'invalid_amount'][] = [
  ['1', 1n],
  ['500', 500n],
  ['500.0', 500n],
  ['5e2', 500n],
  ['9007199254740991', 9_007_199_254_740_991n],
  ['9007199254740992', 'invalid_amount'],
  ['1e16', 'invalid_amount'],
  ['1e400', 'invalid_amount'],
  ['0', 'invalid_amount'],
  ['-0', 'invalid_amount'],
  ['-1', 'invalid_amount'],
  ['0.5', 'invalid_amount'],
  ['500.5', 'invalid_amount'],
  ['1e-7', 'invalid_amount'],
  ['true', 'invalid_amount'],
  ['false', 'invalid_amount'],
  ['"500"', 'invalid_amount'],
  ['null', 'invalid_amount'],
  ['[500]', 'invalid_amount'],
  ['{"valueOf":500}', 'invalid_amount'],
];

suite('J3, S-01, R12 an amount is a positive whole number that a double holds exactly', () => {
  for (const [json, expected] of rows) {
    test(`${json} is ${expected}`, () => assert.equal(minorUnits(JSON.parse(json)), expected));
  }

  test('nothing, NaN and a bigint are no amounts', () => {
    for (const value of [undefined, NaN, Infinity, 5n]) assert.equal(minorUnits(value), 'invalid_amount');
  });
});
