/** The time series: slots of 100 ms, silences between replies, and stalls counted from slots. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { countStalls, Series } from './series.ts';

suite('time series of a load', () => {
  test('adds up operations and keeps the worst latency of each slot', () => {
    const series = new Series(1_000);
    series.add(1_000, 2, 3);
    series.add(1_099.9, 1, 1);
    series.add(1_100, 7, 1);
    assert.deepEqual(series.end(1_200), {
      slots: [
        { operations: 4, worstMs: 2 },
        { operations: 1, worstMs: 7 },
      ],
      silencesMs: [],
    });
  });

  test('hears a silence in the middle and one at the end', () => {
    const series = new Series(0);
    series.add(50, 1, 1);
    series.add(350, 1, 1);
    const { slots, silencesMs } = series.end(600);
    assert.deepEqual(silencesMs, [300, 250]);
    assert.deepEqual(
      slots.map(({ operations }) => operations),
      [1, 0, 0, 1, 0, 0],
    );
  });

  const rows: [what: string, slots: [operations: number, worstMs: number][], stalls: number][] = [
    [
      'nothing to see',
      [
        [5, 1],
        [5, 100],
      ],
      0,
    ],
    [
      'one long wait',
      [
        [5, 1],
        [5, 101],
        [5, 1],
      ],
      1,
    ],
    [
      'a stall over several slots',
      [
        [5, 1],
        [0, 0],
        [0, 0],
        [5, 250],
        [5, 1],
      ],
      1,
    ],
    [
      'two stalls',
      [
        [0, 0],
        [5, 1],
        [5, 180],
      ],
      2,
    ],
  ];
  for (const [what, slots, stalls] of rows) {
    test(`counts stalls: ${what}`, () => {
      assert.equal(
        countStalls(
          slots.map(([operations, worstMs]) => ({ operations, worstMs })),
          100,
        ),
        stalls,
      );
    });
  }
});
