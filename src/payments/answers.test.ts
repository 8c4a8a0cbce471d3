/** Answers to the byte: replays repeat them, and clients in any language parse them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compensationPending, entryAnswer, paymentErrors, refusal, transferred } from './answers.ts';

const rows: readonly [what: string, answer: string, bytes: string][] = [
  [
    'P-10 a success',
    transferred('tx-0000000001', 9_500n, 10_500n),
    '{"ok":true,"tx_id":"tx-0000000001","src_balance":9500,"dst_balance":10500}',
  ],
  [
    'P-10 the largest balances, with all their digits',
    transferred('tx-0000000002', 0n, 9_007_199_254_740_991n),
    '{"ok":true,"tx_id":"tx-0000000002","src_balance":0,"dst_balance":9007199254740991}',
  ],
  ['P-12 a validation error has no tx_id', refusal('invalid_amount'), '{"ok":false,"error":"invalid_amount"}'],
  [
    'P-12 a later refusal has one',
    refusal('insufficient_funds', 'tx-0000000003'),
    '{"ok":false,"error":"insufficient_funds","tx_id":"tx-0000000003"}',
  ],
  [
    'P-44 a pending compensation says so',
    compensationPending('credit_failed', 'tx-0000000004'),
    '{"ok":false,"error":"credit_failed","tx_id":"tx-0000000004","state":"compensation_pending"}',
  ],
  ['P-21 an entry', entryAnswer(9_500n), '{"ok":true,"balance":9500}'],
  ['P-23 a tombstone has no balance to tell', entryAnswer(null), '{"ok":true}'],
  [
    'an id that needs escaping stays valid JSON',
    refusal('rolled_back', 'a"b\\c\n'),
    '{"ok":false,"error":"rolled_back","tx_id":"a\\"b\\\\c\\n"}',
  ],
];

suite('answers of the payment rail', () => {
  for (const [what, answer, bytes] of rows) {
    test(what, () => {
      assert.equal(answer, bytes);
      assert.doesNotThrow(() => JSON.parse(answer));
    });
  }

  test('P-11 no error code is listed twice', () => assert.equal(new Set(paymentErrors).size, paymentErrors.length));
});
