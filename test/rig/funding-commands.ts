/** Receipts as funding gateways sign them, and the commands of the inbox, few ids so that they meet each other often. */
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { CreditReceiptCommand, ReceiveReceiptCommand } from '../../src/flows/inbox.ts';
import { readPublicKey, signedText, type FundingKeys } from '../../src/settlement/receipt-signature.ts';
import type { GatewayReceiptRecord } from '../../src/settlement/top-up.ts';
import { ACCOUNTS, receiptOf } from './settlement-commands.ts';

/** Of RFC 8032, section 7.1, test 1: a key that everybody knows. */
const SECRET = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
export const PUBLIC_KEY = Buffer.from(ed25519.getPublicKey(SECRET)).toString('base64');

export const GATEWAY = 'gateway-1';

export const keys: FundingKeys = new Map([[GATEWAY, readPublicKey(PUBLIC_KEY)!]]);

/** Signed by another implementation of Ed25519 than the one that checks it. */
export function signed(receipt: GatewayReceiptRecord): GatewayReceiptRecord {
  const signature = ed25519.sign(Buffer.from(signedText({ ...receipt, signature: null })), SECRET);
  return { ...receipt, signature: Buffer.from(signature).toString('base64') };
}

/** A receipt as gateways write it down. */
export function wireOf({ receiptId, external, fee, ...receipt }: GatewayReceiptRecord): Record<string, unknown> {
  return {
    receipt_id: receiptId,
    account_id: receipt.accountId,
    amount: Number(receipt.amount),
    unit: receipt.unit,
    gateway_node_id: receipt.gatewayNodeId,
    external: {
      amount: Number(external.amount),
      currency: external.currency,
      payment_ref: external.paymentRef,
    },
    ...(fee === null
      ? {}
      : { fee: { basis_points: Number(fee.basisPoints), amount: Number(fee.amount), account_id: fee.accountId } }),
    ...(receipt.occurredAt === null ? {} : { occurred_at: receipt.occurredAt }),
    ...(receipt.policyRef === null ? {} : { policy_ref: receipt.policyRef }),
    ...(receipt.signature === null ? {} : { signature: receipt.signature }),
  };
}

export const receive = (receipt: GatewayReceiptRecord, source = 'spool'): ReceiveReceiptCommand => ({
  type: 'receive-receipt',
  receipt,
  source,
});

export const credit = (receipt: GatewayReceiptRecord, byRule = false): CreditReceiptCommand => ({
  type: 'credit-receipt',
  receipt,
  byRule,
  actor: byRule ? 'rule' : 'operator',
});

export const ruleOf = (maxAmount: bigint, requiresSignature = true): PaymentCommand => ({
  type: 'set-standing-rule',
  gatewayNodeId: GATEWAY,
  maxAmount,
  requiresSignature,
  actor: 'operator',
});

export const removeRule: PaymentCommand = { type: 'remove-standing-rule', gatewayNodeId: GATEWAY, actor: 'operator' };

/** Few enough for one to be received, topped up by hand and contradicted. */
const few = fc
  .tuple(fc.constantFrom('f1', 'f2', 'f3', 'f4', 'f5', 'f6'), fc.constantFrom(1n, 1n, 2n))
  .map(([id, value]) => receiptOf(id, ACCOUNTS[0]!, value).receipt);

export const fewTopUps: fc.Arbitrary<PaymentCommand> = few.map((receipt) => ({ type: 'apply-top-up', receipt }));

/** One for each type of command. */
export const fundingCommands = {
  'receive-receipt': few.map((receipt) => receive(receipt)),
  'credit-receipt': fc.tuple(few, fc.boolean()).map(([receipt, byRule]) => credit(receipt, byRule)),
  'set-standing-rule': fc
    .tuple(fc.constantFrom(1n, 100n, 10_000n), fc.boolean())
    .map(([limit, signature]) => ruleOf(limit, signature)),
  'remove-standing-rule': fc.constant(removeRule),
  'note-feed': fc.constantFrom('a', 'b').map((cursor): PaymentCommand => ({ type: 'note-feed', feed: 'f', cursor })),
} as const satisfies Record<string, fc.Arbitrary<PaymentCommand>>;
