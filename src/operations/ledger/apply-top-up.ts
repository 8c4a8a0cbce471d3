/** `POST /v1/ledger/top-up` (S-10..S-12): credits a funding gateway's receipt, once. The control-plane token alone may (S-11). */
import * as z from 'zod';
import type { GatewayReceiptRecord } from '../../settlement/top-up.ts';
import type { Store } from '../../store/store.ts';
import { again, created, defineOperation, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { amount, id } from '../schemas.ts';
import { account, balance, text, time } from './schemas.ts';

const fee = z.strictObject({
  basis_points: z.int().min(0).max(10_000),
  amount: z.int('invalid_amount').min(0, 'invalid_amount').max(Number.MAX_SAFE_INTEGER, 'invalid_amount'),
  account_id: account,
});

const body = z.strictObject({
  receipt_id: id,
  account_id: account,
  amount: amount.meta({ description: 'net, in minor units; the gross is this and the fee together' }),
  unit: z.literal('ORC'),
  gateway_node_id: text(128),
  external: z.strictObject({ amount, currency: text(16), payment_ref: text(256) }),
  fee: fee.optional(),
  occurred_at: time.optional(),
  policy_ref: text(256).optional(),
  signature: text(256).optional(),
});

const credited = z.strictObject({ receipt_id: id, account_id: z.string(), amount: z.int(), balance });

/** `applied` is told of it: there is a movement to make. */
export function applyTopUp(store: Pick<Store, 'submit'>, applied: () => void): ApiOperation {
  return defineOperation({
    name: 'applyTopUp',
    method: 'POST',
    path: '/v1/ledger/top-up',
    chapter: 'Settlement',
    summary: 'Credit a receipt of the funding gateway',
    description:
      'The receipt id is the key: the same receipt again is `already_applied` and credits nothing; with other content it is ' +
      '`receipt_conflict`, which names the fields that differ. Takes the control-plane token; no key can do it.',
    permission: 'top-ups:create',
    creates: true,
    input: { body },
    answer: credited.extend({ outcome: z.enum(['applied', 'already_applied']) }),
    refusals: ['invalid_account', 'invalid_amount', 'receipt_conflict', 'fee_mismatch', 'balance_too_large'],
    async run({ body: receipt }) {
      const { external, fee: share } = receipt;
      const outcome = await store.submit({
        type: 'apply-top-up',
        receipt: {
          receiptId: receipt.receipt_id,
          accountId: receipt.account_id,
          amount: receipt.amount,
          unit: receipt.unit,
          gatewayNodeId: receipt.gateway_node_id,
          external: { amount: external.amount, currency: external.currency, paymentRef: external.payment_ref },
          fee: share === undefined ? null : feeOf(share),
          occurredAt: receipt.occurred_at ?? null,
          policyRef: receipt.policy_ref ?? null,
          signature: receipt.signature ?? null,
        },
      });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      applied();
      const answer = answerOf<z.infer<typeof credited>>(outcome);
      return outcome.replayed
        ? again({ outcome: 'already_applied', ...answer })
        : created({ outcome: 'applied', ...answer });
    },
  });
}

function feeOf({
  basis_points: basisPoints,
  amount: units,
  account_id: accountId,
}: z.infer<typeof fee>): GatewayReceiptRecord['fee'] {
  return { basisPoints: BigInt(basisPoints), amount: BigInt(units), accountId };
}
