/** Tables are declared once: names, integers and the type of their rows come from the same lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { integer, integerOrNull, rowTable, text, textOrNull, type RowOf } from './row-table.ts';

test('columns are declared once, and rows have their types', () => {
  const things = rowTable('things', {
    key: 'thing_id',
    rows: 'replaced',
    columns: {
      thing_id: text(),
      state: text<'open' | 'closed'>(),
      due_at: integerOrNull(),
      note: textOrNull(),
      version: integer(),
    },
  });
  const row: RowOf<typeof things> = { thing_id: 'a', state: 'open', due_at: null, note: 'b', version: 1n };
  assert.deepEqual(things.columns, Object.keys(row));
  assert.deepEqual(things.integers, ['due_at', 'version']);
  assert.deepEqual(things.key, ['thing_id']);
});
