/** A receipt as a funding gateway wrote it down, checked as `POST /v1/ledger/top-up` checks it. */
import { receiptBody, receiptOf } from '../operations/ledger/receipt-body.ts';
import type { GatewayReceiptRecord } from '../settlement/top-up.ts';

/** Why a receipt does not come into the inbox; `details` say where the trouble is. */
export interface Unfit {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What was read, or what is wrong with it. */
export function readReceipt(value: unknown): GatewayReceiptRecord | Unfit {
  const read = receiptBody.safeParse(value);
  if (read.success) return receiptOf(read.data);
  const problems = read.error.issues.map(({ path, message }) => `${path.join('.') || 'receipt'}: ${message}`);
  return { code: 'invalid_receipt', details: { problems } };
}
