/** A receipt that a gateway wrote down: what may stand in it, and what the rest is called (S-12, S-13). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { receiptContent } from '../settlement/top-up.ts';
import { readReceipt } from './read-receipt.ts';

const receipt = {
  receipt_id: 'r1',
  account_id: 'account:org:acme',
  amount: 45_000,
  unit: 'ORC',
  gateway_node_id: 'gateway-1',
  external: { amount: 50_000, currency: 'EUR', payment_ref: 'bank-77' },
};

suite('S-12 the direction of a receipt', () => {
  test('inbound may be said, and makes no other receipt of it', () => {
    const silent = readReceipt(receipt);
    assert.ok('receiptId' in silent);
    const said = readReceipt({ ...receipt, direction: 'inbound' });
    assert.deepEqual(said, silent);
    assert.ok(!receiptContent(silent).includes('inbound'));
  });

  for (const direction of ['outbound', 'INBOUND', '', null, true])
    test(`${JSON.stringify(direction)} is no receipt that can be credited`, () => {
      const unfit = readReceipt({ ...receipt, direction });
      assert.ok('code' in unfit);
      assert.equal(unfit.code, 'invalid_receipt');
      assert.match(String((unfit.details['problems'] as string[])[0]), /^direction: /);
    });
});
