/** Cursors: what one list wrote it reads again, and nothing else is one. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readCursor, writeCursor } from './cursor.ts';

suite('cursors', () => {
  const cursor = writeCursor('transfers', 'tx-0000000007 é "');

  test('come back as the place that they were made of, and need no quoting in a query', () => {
    assert.equal(readCursor('transfers', cursor), 'tx-0000000007 é "');
    assert.match(cursor, /^[\w-]+$/);
  });

  const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const rows: readonly [what: string, cursor: string][] = [
    ['of another list', writeCursor('facts', '7')],
    ['with something behind it', `${cursor}x`],
    ['padded', `${cursor}=`],
    ['cut', cursor.slice(0, -2)],
    ['that is a number', '7'],
    ['that is empty', ''],
    ['with a place that is no text', text(['transfers', 7])],
    ['with too little', text(['transfers'])],
    ['that is no list', text('transfers')],
    ['with blanks inside', Buffer.from('["transfers", "7"]').toString('base64url')],
  ];
  for (const [what, wrong] of rows) {
    test(`one ${what} is none`, () => assert.equal(readCursor('transfers', wrong), undefined));
  }
});
