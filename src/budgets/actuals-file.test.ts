/** A file of actuals: what is read, and how wrong places are named. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/limits.ts';
import { readActualsFile } from './actuals-file.ts';

const HEADER = 'merchant_id,document_id,kind,amount_cents,category,period,occurred_at,decision_id\r\n';
const line = (terms: Record<string, string> = {}): string => {
  const fields = {
    merchant_id: 'acme',
    document_id: 'v1:7:store-2',
    kind: 'receipt',
    amount_cents: '500',
    category: 'shoes',
    period: '2026-11',
    occurred_at: '2026-11-21T12:00:00Z',
    decision_id: '',
    ...terms,
  };
  return `${Object.values(fields).join(',')}\r\n`;
};

test('B-26: a file of actuals is read as the same items in JSON would be', () => {
  assert.deepEqual(readActualsFile(HEADER + line({ category: '' })), {
    merchantId: 'acme',
    items: [
      {
        document_id: 'v1:7:store-2',
        kind: 'receipt',
        amount_cents: 500n,
        category: null,
        period: '2026-11',
        occurred_at: '2026-11-21T12:00:00Z',
        decision_id: null,
      },
    ],
  });
});

test('B-26: wrong places are named by line and column, and nothing is taken', () => {
  // prettier-ignore
  const rows: readonly [what: string, file: string, line: number, column: number, field: string | null][] = [
    ['an empty file',                '',                                          1, 1, null],
    ['a header alone',               HEADER,                                      1, 1, null],
    ['a column is missing',          'merchant_id,document_id\r\n',               1, 2, 'kind'],
    ['a column is none',             HEADER.replace('category', 'colour') + line(), 1, 5, 'colour'],
    ['an amount with a fraction',    HEADER + line() + line({ amount_cents: '5.5' }), 3, 4, 'amount_cents'],
    ['an amount of nothing',         HEADER + line({ amount_cents: '0' }),        2, 4, 'amount_cents'],
    ['a kind that is none',          HEADER + line({ kind: 'gift' }),             2, 3, 'kind'],
    ['another merchant',             HEADER + line() + line({ merchant_id: 'other' }), 3, 1, 'merchant_id'],
    ['a day instead of a time',      HEADER + line({ occurred_at: '2026-11-21' }), 2, 7, 'occurred_at'],
    ['a day that is none',           HEADER + line({ occurred_at: '2026-13-41T12:00:00Z' }), 2, 7, 'occurred_at'],
    ['a quote that is never closed', `${HEADER}"acme`,                            2, 1, null],
  ];
  for (const [what, file, at, column, field] of rows) {
    const read = readActualsFile(file);
    assert.ok('errors' in read, what);
    const { line: found, column: where, field: name } = read.errors[0]!;
    assert.deepEqual([found, where, name], [at, column, field], what);
  }
  const long = readActualsFile(HEADER + line().repeat(limits.actualsMax + 1));
  assert.ok('errors' in long, 'too many lines');
});
