/** Transfer ids: their form (P-13), and which foreign ids push the counter. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { txId, txNumber } from './tx-id.ts';

suite('P-13 transfer ids', () => {
  const ids: readonly [number: bigint, id: string][] = [
    [1n, 'tx-0000000001'],
    [9_999n, 'tx-0000009999'],
    [9_999_999_999n, 'tx-9999999999'],
    [10_000_000_000n, 'tx-10000000000'], // grows on, and is never reused
  ];
  for (const [number, id] of ids) {
    test(`number ${number} is ${id}, and back`, () => {
      assert.equal(txId(number), id);
      assert.match(id, /^tx-\d{4,}$/);
      assert.equal(txNumber(id), number);
    });
  }

  const foreign: readonly [id: string, why: string][] = [
    ['tx-0001', 'fewer digits than the server writes'],
    ['tx-000000001', 'one digit short'],
    ['tx-00000000001', 'a leading zero too many'],
    ['tx-1000000000000001', 'beyond what may push the counter'],
    ['tx-99999999999999999', 'far beyond'],
    ['TX-0000000001', 'another prefix'],
    ['tx-000000000a', 'no number'],
    ['tx-0000000001 ', 'something behind'],
    ['tx-0000000001\n', 'a line end behind'],
    ['xtx-0000000001', 'something in front'],
    ['tx--000000001', 'a sign'],
    ['tx-٠٠٠٠٠٠٠٠٠١', 'digits of another script'],
    ['in-receipt-1', 'an id of another kind'],
    ['', 'nothing'],
  ];
  for (const [id, why] of foreign) {
    test(`${JSON.stringify(id)} will never be given out: ${why}`, () => assert.equal(txNumber(id), undefined));
  }

  test('the last number that pushes the counter', () => {
    assert.equal(txNumber('tx-1000000000000000'), 10n ** 15n);
  });
});
