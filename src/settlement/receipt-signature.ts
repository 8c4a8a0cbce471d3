/** The signature of a funding gateway under its receipts (S-12): Ed25519 (RFC 8032) over a text that anybody can write down again. */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { GatewayReceiptRecord } from './top-up.ts';

/** Public keys of the gateways that this server trusts, by `gateway_node_id`. */
export type FundingKeys = ReadonlyMap<string, KeyObject>;

/** What is known of a receipt's signature. Only `valid` proves anything. */
export type SignatureVerdict = 'valid' | 'invalid' | 'unsigned' | 'unknown_key';

const SIGNATURE_BYTES = 64;

/**
 * What is signed: a JSON array without spaces, in UTF-8, nulls for what is left out; amounts are integers of minor units.
 * `["purser/receipt/v1",receipt_id,account_id,amount,unit,gateway_node_id,external.amount,external.currency,
 * external.payment_ref,fee.basis_points,fee.amount,fee.account_id,occurred_at,policy_ref]`
 */
export function signedText(receipt: GatewayReceiptRecord): string {
  const { external, fee } = receipt;
  return JSON.stringify([
    'purser/receipt/v1',
    receipt.receiptId,
    receipt.accountId,
    Number(receipt.amount),
    receipt.unit,
    receipt.gatewayNodeId,
    Number(external.amount),
    external.currency,
    external.paymentRef,
    fee === null ? null : Number(fee.basisPoints),
    fee === null ? null : Number(fee.amount),
    fee?.accountId ?? null,
    receipt.occurredAt,
    receipt.policyRef,
  ]);
}

export function judgeSignature(receipt: GatewayReceiptRecord, keys: FundingKeys): SignatureVerdict {
  const { gatewayNodeId, signature } = receipt;
  if (signature === null) return 'unsigned';
  const key = keys.get(gatewayNodeId);
  if (key === undefined) return 'unknown_key';
  const bytes = Buffer.from(signature, 'base64');
  // One spelling only: what decodes to the same bytes is not the same receipt.
  if (bytes.length !== SIGNATURE_BYTES || bytes.toString('base64') !== signature) return 'invalid';
  return verify(null, Buffer.from(signedText(receipt)), key, bytes) ? 'valid' : 'invalid';
}

/** A raw key of 32 bytes becomes SubjectPublicKeyInfo by what stands before it in RFC 8410. */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const RAW_BYTES = 32;

/** An Ed25519 public key: PEM, or in base64 its 32 bytes or its SubjectPublicKeyInfo. Undefined: it is none. */
export function readPublicKey(text: string): KeyObject | undefined {
  try {
    const key = text.includes('-----BEGIN') ? createPublicKey(text) : createPublicKey(spkiOf(text));
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function spkiOf(text: string): Parameters<typeof createPublicKey>[0] {
  const bytes = Buffer.from(text.trim(), 'base64');
  const der = bytes.length === RAW_BYTES ? Buffer.concat([SPKI_HEAD, bytes]) : bytes;
  return { key: der, format: 'der', type: 'spki' };
}
