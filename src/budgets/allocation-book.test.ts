/** B-22: a budget's split, against the same split reckoned from nothing. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { AllocationBook, relativesOf } from './allocation-book.ts';
import { noCounters } from './bucket.ts';
import { pathOf, type Placing } from './hierarchy.ts';
import type { BucketRow } from './tables.ts';

const hierarchy: readonly Placing[] = [
  { category: 'apparel', parent: null, from: null },
  { category: 'shoes', parent: 'apparel', from: null },
  { category: 'boots', parent: 'shoes', from: null },
  { category: 'clogs', parent: 'shoes', from: null },
  { category: 'home', parent: null, from: null },
];
const path = (category: string): readonly string[] => pathOf(hierarchy, category, '2026-11-21') ?? [];

const row = (category: string, allocated: bigint, over: Partial<BucketRow> = {}): BucketRow => ({
  bucket: `acme|2026-11|${category}`,
  allocation_id: `a-${category}`,
  merchant_id: 'acme',
  period: '2026-11',
  category,
  budget_id: 'b-1',
  parent: category === '' ? null : '',
  ...noCounters,
  allocated_cents: allocated,
  revision: 1n,
  alert_level: 0n,
  created_at: 1n,
  updated_at: 1n,
  version: 1n,
  ...over,
});

const children = (book: AllocationBook, category: string): bigint => book.share(category).children;

suite('B-22 allocations', () => {
  test('taken from the merchant, then from the nearest above', () => {
    const book = new AllocationBook([row('', 100n)], path);
    book.set('apparel', { amount: 60n });
    book.set('boots', { amount: 10n, holdback: 2n });
    assert.deepEqual([children(book, ''), children(book, 'apparel')], [60n, 10n]);
    assert.deepEqual(book.share('boots'), { parent: 'apparel', allocated: 10n, children: 0n, holdback: 2n });
    assert.equal(book.shortfall(), undefined);
  });

  test('what comes in between takes over what stands below it', () => {
    const book = new AllocationBook([row('', 100n)], path);
    book.set('boots', { amount: 10n });
    book.set('home', { amount: 5n });
    book.set('shoes', { amount: 30n });
    book.set('apparel', { amount: 50n });
    assert.deepEqual([children(book, ''), children(book, 'apparel'), children(book, 'shoes')], [55n, 30n, 10n]);
    assert.equal(book.share('boots').parent, 'shoes');
  });

  test('set again it moves by the difference, and what is left out stays', () => {
    const book = new AllocationBook([row('', 100n, { children_cents: 20n }), row('home', 20n)], path);
    book.set('home', { amount: 15n });
    book.set('home', { holdback: 3n });
    assert.deepEqual(book.share('home'), { parent: '', allocated: 15n, children: 0n, holdback: 3n });
    assert.equal(children(book, ''), 15n);
    assert.deepEqual(
      book.changed().map(({ category, before }) => [category, before.allocated]),
      [
        ['', 100n],
        ['home', 20n],
      ],
    );
  });

  test('a category that has moved is given back to the old parent', () => {
    const boots = row('boots', 10n, { parent: 'home' });
    const book = new AllocationBook(
      [row('', 100n, { children_cents: 40n }), row('home', 40n, { children_cents: 10n }), boots],
      path,
    );
    book.set('boots', { amount: 12n });
    assert.deepEqual([children(book, 'home'), children(book, ''), book.share('boots').parent], [0n, 52n, '']);
  });

  // prettier-ignore
  const short: readonly [what: string, sets: readonly [string, bigint, bigint?][], category: string | undefined][] = [
    ['children fit exactly',               [['home', 60n], ['apparel', 40n]],             undefined],
    ['one cent too many',                  [['home', 60n], ['apparel', 41n]],             ''],
    ['holdback counts',                    [['apparel', 40n, 11n], ['shoes', 30n]],       'apparel'],
    ['less than the children have',        [['apparel', 40n], ['shoes', 30n], ['apparel', 29n]], 'apparel'],
    ['the order does not matter',          [['shoes', 30n], ['apparel', 40n]],            undefined],
    ['lowered to nothing',                 [['home', 60n], ['home', 0n]],                 undefined],
  ];
  for (const [what, sets, category] of short)
    test(`children never exceed the parent: ${what}`, () => {
      const book = new AllocationBook([row('', 100n)], path);
      for (const [each, amount, holdback] of sets)
        book.set(each, { amount, ...(holdback === undefined ? {} : { holdback }) });
      assert.equal(book.shortfall()?.category, category);
    });

  test('a plan below zero has nothing to give, and that alone is no shortfall', () => {
    const book = new AllocationBook([row('', 0n)], path);
    book.set('', { amount: -5n });
    assert.equal(book.shortfall(), undefined);
    book.set('home', { amount: 1n });
    assert.equal(book.shortfall()?.category, '');
  });

  test('buckets that nobody planned do not count', () => {
    const book = new AllocationBook([row('', 100n), row('apparel', 0n, { budget_id: null })], path);
    book.set('shoes', { amount: 10n });
    assert.equal(book.share('shoes').parent, '');
  });
});

const categories = ['', 'apparel', 'shoes', 'boots', 'clogs', 'home'] as const;
const set = fc.record({ category: fc.constantFrom(...categories), amount: fc.bigInt({ min: 0n, max: 50n }) });

test('B-22: whatever is set in whatever order, parents and their children are those of the last amounts', () => {
  fc.assert(
    fc.property(fc.array(set, { maxLength: 20 }), (sets) => {
      const book = new AllocationBook([row('', 100n)], path);
      const amounts = new Map<string, bigint>([['', 100n]]);
      for (const { category, amount } of sets) {
        book.set(category, { amount });
        amounts.set(category, amount);
      }
      for (const [category, amount] of amounts) {
        const own = [...amounts].filter(
          ([below]) =>
            path(below)
              .slice(1)
              .find((each) => amounts.has(each)) === category,
        );
        const share = book.share(category);
        assert.equal(share.allocated, amount);
        assert.equal(
          share.children,
          own.reduce((sum, [, each]) => sum + each, 0n),
          category,
        );
      }
    }),
  );
});

test('relatives are enough: a book of them alone comes to the same', () => {
  fc.assert(
    fc.property(fc.array(set, { maxLength: 12 }), set, (sets, last) => {
      const whole = new AllocationBook([row('', 100n)], path);
      for (const { category, amount } of sets) whole.set(category, { amount });
      const rows = categories.flatMap((category) => {
        const { parent, allocated, children: below, holdback } = whole.share(category);
        const isPlanned = category === '' || sets.some((each) => each.category === category);
        return isPlanned ? [row(category, allocated, { parent, children_cents: below, holdback_cents: holdback })] : [];
      });
      const part = new AllocationBook(relativesOf(last.category, rows, path), path);
      const all = new AllocationBook(rows, path);
      for (const book of [part, all]) book.set(last.category, { amount: last.amount });
      const told = (book: AllocationBook): string[] =>
        book
          .changed()
          .map((each) => `${each.category} ${each.after.parent} ${each.after.allocated} ${each.after.children}`)
          .toSorted();
      assert.deepEqual(told(part), told(all));
    }),
  );
});
