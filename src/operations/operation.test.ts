/** What operations share: the dispatch by `op` (P-17, P-30) and the shape of ledger calls (P-21). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BAD_OP, dispatch, readMove, readTxId } from './operation.ts';

suite('P-17 dispatch', () => {
  const answer = dispatch({ operations: { BALANCE: () => 'balance' }, badOp: BAD_OP });
  const rows: readonly [op: unknown, expected: string][] = [
    ['BALANCE', 'balance'],
    ['balance', '{"ok":false,"error":"bad op"}'],
    ['BALANCE ', '{"ok":false,"error":"bad op"}'],
    ['', '{"ok":false,"error":"bad op"}'],
    [undefined, '{"ok":false,"error":"bad op"}'],
    [null, '{"ok":false,"error":"bad op"}'],
    [1, '{"ok":false,"error":"bad op"}'],
    [['BALANCE'], '{"ok":false,"error":"bad op"}'],
    ['constructor', '{"ok":false,"error":"bad op"}'],
    ['__proto__', '{"ok":false,"error":"bad op"}'],
    ['toString', '{"ok":false,"error":"bad op"}'],
  ];
  for (const [op, expected] of rows) {
    test(`op ${JSON.stringify(op) ?? 'missing'}`, () => assert.equal(answer({ op }), expected));
  }
});

suite('P-21 a transaction id', () => {
  const rows: readonly [what: string, value: unknown, valid: boolean][] = [
    ['missing', undefined, false],
    ['null', null, false],
    ['a number', 1, false],
    ['empty', '', false],
    ['one character', 't', true],
    ['128 bytes', 't'.repeat(128), true],
    ['129 bytes', 't'.repeat(129), false],
    ['128 bytes in 64 characters', 'é'.repeat(64), true],
    ['130 bytes in 65 characters', 'é'.repeat(65), false],
    ['half a character', 'a\ud83d', false],
  ];
  for (const [what, value, valid] of rows) {
    test(what, () => assert.equal(readTxId(value), valid ? value : undefined));
  }
});

suite('P-21 the shape of DEBIT and CREDIT', () => {
  const good = { op: 'DEBIT', account: 'a', amount: 5, tx_id: 't' };

  test('a good one is taken over', () => {
    assert.deepEqual(readMove(good), { account: 'a', amount: 5n, txId: 't' });
  });

  const rows: readonly Record<string, unknown>[] = [
    { account: undefined },
    { account: null },
    { account: 1 },
    { account: ['a'] },
    { amount: undefined },
    { amount: 0 },
    { amount: -5 },
    { amount: 1.5 },
    { amount: '5' },
    { amount: true },
    { amount: 2 ** 53 },
    { tx_id: undefined },
    { tx_id: 1 },
    { tx_id: '' },
  ];
  for (const changes of rows) {
    test(`not with ${JSON.stringify(changes)}`, () => assert.equal(readMove({ ...good, ...changes }), undefined));
  }
});
