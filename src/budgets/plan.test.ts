/** B-20: the check values, and that rounding never gives away a cent. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { openingCommitments, planned, type Plan } from './plan.ts';

type Components = readonly [sales: bigint, reductions: bigint, closing: bigint, opening: bigint, onOrder: bigint];

const plan = ([sales, reductions, closing, opening, onOrder]: Components, markup: bigint | null = null): Plan => ({
  plannedSales: sales,
  plannedReductions: reductions,
  plannedClosingStock: closing,
  openingStock: opening,
  onOrder,
  initialMarkupBp: markup,
});

suite('B-20 check values', () => {
  // prettier-ignore
  const rows: readonly [components: Components, openToBuy: bigint][] = [
    [[100_000n, 10_000n, 150_000n, 120_000n, 30_000n], 110_000n],
    [[20_000n,  1_000n,  15_000n,  18_000n,  4_000n],  14_000n],
    [[100n,     0n,      500n,     200n,     200n],    200n],
  ];
  for (const [components, openToBuy] of rows)
    test(`${components.join(', ')} is ${openToBuy}`, () => {
      const found = planned(plan(components), 'retail');
      assert.equal(found.openToBuy, openToBuy);
      assert.equal(found.receiptBudget, openToBuy + components[4], 'the receipt budget is without on order');
      assert.equal(openingCommitments(found), components[4]);
    });

  test('50k at retail with 50 % markup is 25k at cost', () => {
    const components: Components = [5_000_000n, 0n, 0n, 0n, 0n];
    assert.equal(planned(plan(components, 5_000n), 'cost').openToBuy, 2_500_000n);
    assert.equal(planned(plan(components, 5_000n), 'retail').openToBuy, 5_000_000n);
    assert.equal(planned(plan(components), 'cost').openToBuy, 5_000_000n);
  });

  test('budgets round down, below zero too', () => {
    assert.equal(planned(plan([3n, 0n, 0n, 0n, 0n], 5_000n), 'cost').receiptBudget, 1n);
    assert.equal(planned(plan([0n, 0n, 0n, 3n, 0n], 5_000n), 'cost').receiptBudget, -2n);
  });
});

test('B-20: what is open and what is on order are the receipt budget, and at cost it is never more than its share', () => {
  const cents = fc.bigInt({ min: 0n, max: 1n << 53n });
  const components = fc.tuple(cents, cents, cents, cents, cents);
  fc.assert(
    fc.property(components, fc.bigInt({ min: 0n, max: 10_000n }), (each, markup) => {
      const [sales, reductions, closing, opening, onOrder] = each;
      const found = planned(plan(each, markup), 'cost');
      const receipts = sales + reductions + closing - opening;
      assert.equal(found.openToBuy + openingCommitments(found), found.receiptBudget);
      assert.ok(openingCommitments(found) >= 0n);
      for (const [cost, retail] of [
        [found.receiptBudget, receipts],
        [found.openToBuy, receipts - onOrder],
      ] as const) {
        const exact = retail * (10_000n - markup);
        assert.ok(cost * 10_000n <= exact && (cost + 1n) * 10_000n > exact);
      }
    }),
  );
});
