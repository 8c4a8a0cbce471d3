/** Bars are as wide as they say, whatever they show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bar } from './bar.ts';

test('parts in their order, each as wide as its share', () => {
  const parts = [
    { sign: '#', amount: 50 },
    { sign: '=', amount: 25 },
    { sign: '.', amount: 25 },
  ];
  assert.equal(bar(parts, 8), '####==..');
  assert.equal(bar([], 3), '   ');
  assert.equal(bar([{ sign: '#', amount: -5 }], 3), '   ', 'nothing is drawn of what is not there');
  assert.equal(
    bar(
      [
        { sign: '#', amount: 7 },
        { sign: '.', amount: -7 },
      ],
      4,
    ),
    '####',
  );
});

test('a bar is never wider or narrower than it should be', () => {
  const amount = fc.integer({ min: -10, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 6 }), fc.integer({ min: 1, max: 80 }), (amounts, width) => {
      assert.equal(
        bar(
          amounts.map((each) => ({ sign: '#', amount: each })),
          width,
        ).length,
        width,
      );
    }),
  );
});
