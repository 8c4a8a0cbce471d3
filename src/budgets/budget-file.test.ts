/** B-26: budgets as files, read line by line, and refused with line and column. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../base/limits.ts';
import { readBudgetFile, writeBudgetFile } from './budget-file.ts';
import { noCounters } from './bucket.ts';
import type { BucketRow, PeriodRow } from './tables.ts';

const HEADER = 'merchant_id,period,category,amount_cents';

function linesOf(text: string): readonly object[] {
  const file = readBudgetFile(text);
  assert.ok('lines' in file, 'errors' in file ? JSON.stringify(file.errors) : '');
  return file.lines;
}

test('B-26: a file with the least columns, in any order', () => {
  assert.deepEqual(linesOf(`${HEADER}\nacme,2026-11,,1000\nacme,2026-11,shoes,250\n`), [
    {
      line: 2,
      merchantId: 'acme',
      period: '2026-11',
      category: '',
      amount: 1000n,
      holdback: null,
      basis: null,
      currency: null,
    },
    {
      line: 3,
      merchantId: 'acme',
      period: '2026-11',
      category: 'shoes',
      amount: 250n,
      holdback: null,
      basis: null,
      currency: null,
    },
  ]);
  const [line] = linesOf(
    'holdback_cents,category,currency,amount_cents,basis,period,merchant_id\r\n5,"home & garden",EUR,10,retail,2026-W40,a\r\n',
  );
  assert.deepEqual(line, {
    line: 2,
    merchantId: 'a',
    period: '2026-W40',
    category: 'home & garden',
    amount: 10n,
    holdback: 5n,
    basis: 'retail',
    currency: 'EUR',
  });
});

suite('B-26 refused, with line, column and field', () => {
  const good = 'acme,2026-11,shoes,250';
  // prettier-ignore
  const rows: readonly [what: string, text: string, line: number, column: number, field: string | null, said: RegExp][] = [
    ['nothing at all',        '',                                          1, 1, null,           /empty/],
    ['a header alone',        `${HEADER}\n`,                               1, 1, null,           /no lines/],
    ['a missing column',      'merchant_id,period,category\na,b,c\n',      1, 3, 'amount_cents', /missing/],
    ['a column that is none', `${HEADER},colour\n${good},red\n`,           1, 5, 'colour',       /no such column/],
    ['a column twice',        `period,${HEADER}\nx,${good}\n`,             1, 1, 'period',       /twice/],
    ['broken quotes',         `${HEADER}\n${good}\nacme,"2026`,            3, 2, null,           /never closed/],
    ['too few fields',        `${HEADER}\n${good}\nacme,2026-11,250\n`,    3, 3, null,           /3 fields, not 4/],
    ['no merchant',           `${HEADER}\n,2026-11,shoes,1\n`,             2, 1, 'merchant_id',  /letters/],
    ['two merchants',         `${HEADER}\n${good}\nother,2026-11,hats,1\n`, 3, 1, 'merchant_id', /one merchant/],
    ['a fraction',            `${HEADER}\nacme,2026-11,shoes,2.50\n`,      2, 4, 'amount_cents', /whole number/],
    ['below zero',            `${HEADER}\nacme,2026-11,shoes,-1\n`,        2, 4, 'amount_cents', /whole number/],
    ['too large',             `${HEADER}\nacme,2026-11,shoes,9007199254740992\n`, 2, 4, 'amount_cents', /whole number/],
    ['no amount',             `${HEADER}\nacme,2026-11,shoes,\n`,          2, 4, 'amount_cents', /whole number/],
    ['a category that is none', `${HEADER}\nacme,2026-11,a|b,1\n`,         2, 3, 'category',     /letters/],
    ['the same place twice',  `${HEADER}\n${good}\n${good}\n`,             3, 3, 'category',     /line before/],
    ['a basis that is none',  `${HEADER},basis\n${good},net\n`,            2, 5, 'basis',        /cost or retail/],
    ['a currency that is none', `${HEADER},currency\n${good},euro\n`,      2, 5, 'currency',     /code/],
    ['a holdback below zero', `${HEADER},holdback_cents\n${good},-1\n`,    2, 5, 'holdback_cents', /whole number/],
  ];
  for (const [what, text, line, column, field, said] of rows)
    test(what, () => {
      const file = readBudgetFile(text);
      assert.ok('errors' in file);
      const [first] = file.errors;
      assert.deepEqual([first?.line, first?.column, first?.field], [line, column, field]);
      assert.match(String(first?.message), said);
    });

  test('every wrong line is named, up to a hundred', () => {
    const file = readBudgetFile(`${HEADER}\n${'acme,2026-11,shoes,x\n'.repeat(300)}`);
    assert.ok('errors' in file);
    assert.equal(file.errors.length, 100);
  });

  test('a line too many', () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, i) => `acme,2026-11,c${i},1\n`).join('');
    assert.equal(linesOf(`${HEADER}\n${lines(limits.importLinesMax)}`).length, limits.importLinesMax);
    const file = readBudgetFile(`${HEADER}\n${lines(limits.importLinesMax + 1)}`);
    assert.ok('errors' in file && /records at most/.test(file.errors[0]?.message ?? ''));
  });
});

test('B-26: what was exported is imported again', () => {
  const cents = fc.bigInt({ min: 0n, max: 10n ** 12n });
  const category = fc.constantFrom('', 'shoes', 'home & garden', 'Größe 40', 'shoes@berlin');
  const bucket = fc.record({ category, allocated_cents: cents, holdback_cents: cents, reserved_cents: cents });
  const period: PeriodRow = {
    period_key: 'acme|2026-11',
    merchant_id: 'acme',
    period: '2026-11',
    status: 'locked',
    budget_id: 'b',
    basis: 'retail',
    currency: 'EUR',
    created_at: 1n,
    updated_at: 1n,
    version: 1n,
  };
  const rowOf = (given: Partial<BucketRow> & { category: string }): BucketRow => ({
    bucket: `acme|2026-11|${given.category}`,
    allocation_id: 'a',
    merchant_id: 'acme',
    period: '2026-11',
    budget_id: 'b',
    parent: null,
    ...noCounters,
    revision: 1n,
    alert_level: 0n,
    created_at: 1n,
    updated_at: 1n,
    version: 1n,
    ...given,
  });
  fc.assert(
    fc.property(fc.uniqueArray(bucket, { selector: (each) => each.category, minLength: 1 }), (buckets) => {
      const lines = linesOf(writeBudgetFile(buckets.map((each) => ({ bucket: rowOf(each), period }))));
      const expected = buckets.map((each, index) => ({
        line: index + 2,
        merchantId: 'acme',
        period: '2026-11',
        category: each.category,
        amount: each.allocated_cents,
        holdback: each.holdback_cents,
        basis: 'retail',
        currency: 'EUR',
      }));
      assert.deepEqual(lines, expected);
    }),
  );
});
