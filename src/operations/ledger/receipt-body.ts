/** A funding gateway's receipt on the wire (S-12): what `POST /v1/ledger/top-up` takes, and what gateways hand over. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import type { GatewayReceiptRecord } from '../../settlement/top-up.ts';
import { amount, id } from '../schemas.ts';
import { account, text, time } from './schemas.ts';

const fee = z.strictObject({
  basis_points: z.int().min(0).max(10_000),
  amount: z.int('invalid_amount').min(0, 'invalid_amount').max(Number.MAX_SAFE_INTEGER, 'invalid_amount'),
  account_id: account,
});

export const receiptBody = z.strictObject({
  receipt_id: id,
  account_id: account,
  amount: amount.meta({ description: 'net, in minor units; the gross is this and the fee together' }),
  unit: z.literal('ORC'),
  gateway_node_id: text(limits.nameCharactersMax),
  direction: z
    .literal('inbound')
    .optional()
    .meta({ description: 'money comes in; no receipt is about anything else, so nothing is kept of it' }),
  external: z.strictObject({ amount, currency: text(16), payment_ref: text(limits.referenceCharactersMax) }),
  fee: fee.optional(),
  occurred_at: time.optional(),
  policy_ref: text(limits.referenceCharactersMax).optional(),
  signature: text(limits.referenceCharactersMax)
    .optional()
    .meta({ description: 'Ed25519 of the canonical text, in base64' }),
});

export function receiptOf(body: z.infer<typeof receiptBody>): GatewayReceiptRecord {
  const { external, fee: share } = body;
  return {
    receiptId: body.receipt_id,
    accountId: body.account_id,
    amount: body.amount,
    unit: body.unit,
    gatewayNodeId: body.gateway_node_id,
    external: { amount: external.amount, currency: external.currency, paymentRef: external.payment_ref },
    fee:
      share === undefined
        ? null
        : { basisPoints: BigInt(share.basis_points), amount: BigInt(share.amount), accountId: share.account_id },
    occurredAt: body.occurred_at ?? null,
    policyRef: body.policy_ref ?? null,
    signature: body.signature ?? null,
  };
}
