/** How fresh the change feed is, in colours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshness } from './records.ts';

test('B-08: the watermark is green below the interval, amber below twice, red beyond', () => {
  const rows: readonly [ageMs: number | null, colour: string][] = [
    [0, 'green'],
    [899_999, 'green'],
    [900_000, 'amber'],
    [1_799_999, 'amber'],
    [1_800_000, 'red'],
    [null, 'red'],
  ];
  for (const [ageMs, colour] of rows) assert.equal(freshness(ageMs, 900_000), colour, String(ageMs));
});
