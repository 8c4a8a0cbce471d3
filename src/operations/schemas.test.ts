/** Fields of the HTTP API: what is an amount, an id, a number in a query, and how an instant is written. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type * as z from 'zod';
import { amount, id, instantText, wholeNumber } from './schemas.ts';

const read = (schema: z.ZodType, wire: unknown): unknown => {
  const result = schema.safeParse(wire);
  return result.success ? result.data : result.error.issues[0]?.message;
};

suite('R12 an amount', () => {
  const rows: readonly [json: string, value: unknown][] = [
    ['1', 1n],
    ['500.0', 500n],
    ['5e2', 500n],
    ['9007199254740991', 9_007_199_254_740_991n],
    ['9007199254740992', 'invalid_amount'],
    ['0', 'invalid_amount'],
    ['-0', 'invalid_amount'],
    ['-1', 'invalid_amount'],
    ['0.5', 'invalid_amount'],
    ['1e400', 'invalid_amount'],
    ['"5"', 'invalid_amount'],
    ['true', 'invalid_amount'],
    ['null', 'invalid_amount'],
    ['{}', 'invalid_amount'],
  ];
  for (const [json, value] of rows) test(json, () => assert.equal(read(amount, JSON.parse(json)), value));
});

suite('an id', () => {
  const rows: readonly [text: string, good: boolean][] = [
    ['a', true],
    ['account:org:acme.1_x-Y', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['', false],
    ['a b', false],
    ['a\n', false],
    ['a\u0000', false],
    ['é', false],
    ['a/b', false],
  ];
  for (const [text, good] of rows)
    test(JSON.stringify(text.slice(0, 20)), () => assert.equal(id.safeParse(text).success, good));
});

suite('a whole number in a query', () => {
  const rows: readonly [text: string, value: unknown][] = [
    ['1', 1],
    ['007', 7],
    ['100', 100],
    ['0', 'must be a whole number from 1 to 100'],
    ['101', 'must be a whole number from 1 to 100'],
    ['-1', 'must be a whole number from 1 to 100'],
    ['1.0', 'must be a whole number from 1 to 100'],
    ['1e2', 'must be a whole number from 1 to 100'],
    [' 1', 'must be a whole number from 1 to 100'],
  ];
  for (const [text, value] of rows) test(text, () => assert.equal(read(wholeNumber(1, 100), text), value));
});

suite('an instant', () => {
  const rows: readonly [at: bigint, text: string][] = [
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [1_795_271_667_788_999_936n, '2026-11-21T14:34:27.788999936Z'],
    [1_795_271_667_000_000_256n, '2026-11-21T14:34:27.000000256Z'],
  ];
  for (const [at, text] of rows) test(text, () => assert.equal(instantText(at), text));
});
