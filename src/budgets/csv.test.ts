/** B-26: files come back as they were written, and what is broken is named by line and column. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readCsv, writeCsv } from './csv.ts';

function fieldsOf(text: string): readonly (readonly string[])[] {
  const found = readCsv(text, 100);
  assert.ok(!('message' in found), JSON.stringify(found));
  return found.map(({ fields }) => fields);
}

suite('reading', () => {
  // prettier-ignore
  const rows: readonly [what: string, text: string, fields: readonly (readonly string[])[]][] = [
    ['nothing',               '',                       []],
    ['two records',           'a,b\r\nc,d\r\n',         [['a', 'b'], ['c', 'd']]],
    ['no end of line',        'a,b\nc,d',               [['a', 'b'], ['c', 'd']]],
    ['empty fields',          ',\na,\n,b',              [['', ''], ['a', ''], ['', 'b']]],
    ['empty lines are left out', 'a\n\n\r\nb\n',        [['a'], ['b']]],
    ['quotes',                '"a,b","c ""d""","\r\n"', [['a,b', 'c "d"', '\r\n']]],
    ['a byte order mark',     '\uFEFFa,b',              [['a', 'b']]],
    ['spaces belong to it',   ' a , b ',                [[' a ', ' b ']]],
  ];
  for (const [what, text, fields] of rows) test(what, () => assert.deepEqual(fieldsOf(text), fields));

  test('records know their lines, behind quoted line ends, too', () => {
    const found = readCsv('a\n"b\nc",d\n\ne\n', 100);
    assert.ok(!('message' in found));
    assert.deepEqual(
      found.map(({ line }) => line),
      [1, 2, 5],
    );
  });
});

suite('B-26 broken files are named by line and column', () => {
  // prettier-ignore
  const rows: readonly [text: string, line: number, column: number, said: RegExp][] = [
    ['a,"b',            1, 2, /never closed/],
    ['a\n"b" c\n',      2, 1, /whole field/],
    ['a\nb,c,d"e\n',    2, 3, /never closed/],
    ['a\nb,c"d"\n',     2, 2, /whole field/],
    ['"a\nb",c,d""e\n', 2, 3, /whole field/],
    ['a\rb',            1, 1, /whole field/],
  ];
  for (const [text, line, column, said] of rows)
    test(JSON.stringify(text), () => {
      const found = readCsv(text, 100);
      assert.ok('message' in found);
      assert.deepEqual([found.line, found.column], [line, column]);
      assert.match(found.message, said);
    });
});

test('a file that is too long is not read to its end', () => {
  assert.equal(fieldsOf('a\n'.repeat(100)).length, 100);
  const found = readCsv('a\n'.repeat(101), 100);
  assert.ok('message' in found);
  assert.deepEqual([found.line, found.message], [101, 'a file has 100 records at most']);
});

test('B-26: what was written is read again', () => {
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', ',', '\r\n', '\n', 'a"b', ''));
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 5 }), { maxLength: 8 }), (records) => {
      fc.pre(records[0]?.[0]?.startsWith('\uFEFF') !== true);
      assert.deepEqual(fieldsOf(writeCsv(records)), records);
    }),
  );
  assert.equal(writeCsv([['a', 1n, null, -2]]), 'a,1,,-2\r\n');
});
