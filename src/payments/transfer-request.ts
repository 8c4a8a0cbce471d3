/** What a TRANSFER must be before anything is looked up (P-12). Nothing that fails here is ever recorded. */
import { limits } from '../base/limits.ts';
import { minorUnits, type MinorUnits } from '../base/money.ts';

export interface TransferRequest {
  readonly src: string;
  readonly dst: string;
  readonly amount: MinorUnits;
  readonly key: string;
}

export type TransferInvalid =
  'invalid_idempotency_key' | 'unknown_balance' | 'same_balance_transfer' | 'invalid_amount';

/** Checks in the order that P-12 fixes: key, known balances, two different ones, amount. */
export function transferRequest(
  wire: Readonly<Record<string, unknown>>,
  balances: ReadonlySet<string>,
): TransferRequest | TransferInvalid {
  const { src, dst, idempotency_key: key } = wire;
  if (typeof key !== 'string' || !isKey(key)) return 'invalid_idempotency_key';
  if (typeof src !== 'string' || typeof dst !== 'string') return 'unknown_balance';
  if (!balances.has(src) || !balances.has(dst)) return 'unknown_balance';
  if (src === dst) return 'same_balance_transfer';
  const amount = minorUnits(wire['amount']);
  return amount === 'invalid_amount' ? amount : { src, dst, amount, key };
}

/** 1 to 1,024 bytes of UTF-8. A lone surrogate has no UTF-8 form: two such keys would be stored as one. */
function isKey(key: string): boolean {
  if (key.length === 0 || key.length > limits.idempotencyKeyBytesMax || !key.isWellFormed()) return false;
  return key.length * 3 <= limits.idempotencyKeyBytesMax || Buffer.byteLength(key) <= limits.idempotencyKeyBytesMax;
}

/** The content that a key stands for, as canonical JSON: the same key with anything else is a conflict (P-14). */
export function transferContent({ src, dst, amount }: { src: string; dst: string; amount: bigint }): string {
  return `{"src":${JSON.stringify(src)},"dst":${JSON.stringify(dst)},"amount":${amount}}`;
}
