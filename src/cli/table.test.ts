/** What people see of amounts and of text that others wrote. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { column, majorMinor, printable, record, Table } from './table.ts';

test('S-01 amounts have two decimals for people, all their digits, and their sign', () => {
  const rows: readonly [number | bigint | null, string][] = [
    [0, '0.00'],
    [5, '0.05'],
    [1_250, '12.50'],
    [-5, '-0.05'],
    [Number.MAX_SAFE_INTEGER, '90071992547409.91'],
    [9_007_199_254_740_993n, '90071992547409.93'],
    [null, '-'],
  ];
  for (const [units, text] of rows) assert.equal(majorMinor(units), text);
});

test('control characters of others do not reach the terminal', () => {
  assert.equal(printable('a\u001b[2J\nb\u202ec'), 'a?[2J?b?c');
  assert.equal(printable(''), '-');
});

test('columns grow from page to page, and the titles stand once', () => {
  const table = new Table([column('NAME', (text: string) => text), column('SIZE', (text: string) => text.length)]);
  assert.equal(table.rows(['a', 'bb']), 'NAME  SIZE\na     1\nbb    2\n');
  assert.equal(table.rows(['longer']), 'longer  6\n');
  assert.equal(table.rows(['c']), 'c       1\n');
});

test('one thing is a line per column', () => {
  const columns = [column('NAME', (text: string) => text), column('LENGTH', (text: string) => text.length)];
  assert.equal(record('abc', columns), 'NAME    abc\nLENGTH  3\n');
});
