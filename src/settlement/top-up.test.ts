/** S-12: net, fee and gross fit to the minor unit; the content of a receipt is what its repeat is compared with. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMUNITY_POOL, type AccountId } from './accounts.ts';
import { feeFits, receiptContent, receiptOfContent, type GatewayReceiptRecord } from './top-up.ts';

const pool = COMMUNITY_POOL as AccountId;
const fee = (basisPoints: bigint, amount: bigint): GatewayReceiptRecord['fee'] => ({
  basisPoints,
  amount,
  accountId: pool,
});

suite('S-12, R9 gross = net + fee', () => {
  const rows: readonly [net: bigint, fee: GatewayReceiptRecord['fee'], fits: boolean][] = [
    [50_000n, null, true],
    [45_000n, fee(1_000n, 5_000n), true],
    [45_000n, fee(1_000n, 5_002n), false],
    [45_000n, fee(1_000n, 0n), false],
    [50_000n, fee(0n, 0n), true],
    [50_000n, fee(0n, 1n), false],
    [2n, fee(3_333n, 1n), true],
    [BigInt(Number.MAX_SAFE_INTEGER), fee(1n, 1n), false],
  ];
  for (const [net, share, fits] of rows)
    test(`${net} and ${share === null ? 'no fee' : `${share.amount} at ${share.basisPoints} bp`}`, () =>
      assert.equal(feeFits({ amount: net, fee: share }), fits));
});

test('the content is canonical JSON, and the id is not part of it', () => {
  const receipt: GatewayReceiptRecord = {
    receiptId: 'r',
    accountId: pool,
    amount: 1n,
    unit: 'ORC',
    gatewayNodeId: 'g',
    external: { amount: 2n, currency: 'EUR', paymentRef: 'p' },
    fee: fee(0n, 0n),
    occurredAt: null,
    policyRef: null,
    signature: null,
  };
  assert.equal(
    receiptContent(receipt),
    '{"account_id":"account:community-pool","amount":1,"unit":"ORC","gateway_node_id":"g",' +
      '"external":{"amount":2,"currency":"EUR","payment_ref":"p"},' +
      '"fee":{"basis_points":0,"amount":0,"account_id":"account:community-pool"},' +
      '"occurred_at":null,"policy_ref":null,"signature":null}',
  );
  assert.equal(receiptContent({ ...receipt, receiptId: 's' }), receiptContent(receipt));
  assert.deepEqual(receiptOfContent('r', receiptContent(receipt)), receipt);
  assert.deepEqual(receiptOfContent('r', receiptContent({ ...receipt, fee: null })), { ...receipt, fee: null });
});
