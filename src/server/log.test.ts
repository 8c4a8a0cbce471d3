/** SERVICE lines (P-03, P-44): scripts split them at blanks and equal signs, whatever the values are. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { serviceLine } from './log.ts';

suite('SERVICE lines', () => {
  const rows: readonly [line: string, expected: string][] = [
    [
      serviceLine('gateway', 'listening', { addr: '127.0.0.1:9100', pid: 7 }),
      'SERVICE name=gateway event=listening addr=127.0.0.1:9100 pid=7',
    ],
    [
      serviceLine('gateway', 'compensation_failed', { tx_id: 'tx-0000000001' }),
      'SERVICE name=gateway event=compensation_failed tx_id=tx-0000000001',
    ],
    [serviceLine('store', 'crashed'), 'SERVICE name=store event=crashed'],
    [serviceLine('x', 'y', { path: '/a b/c' }), 'SERVICE name=x event=y path="/a b/c"'],
    [serviceLine('x', 'y', { text: 'a"b' }), 'SERVICE name=x event=y text="a\\"b"'],
    [serviceLine('x', 'y', { text: 'a=b' }), 'SERVICE name=x event=y text="a=b"'],
    [serviceLine('x', 'y', { text: 'two\nlines' }), 'SERVICE name=x event=y text="two\\nlines"'],
    [serviceLine('x', 'y', { text: '' }), 'SERVICE name=x event=y text=""'],
  ];
  for (const [line, expected] of rows) test(expected, () => assert.equal(line, expected));
});
