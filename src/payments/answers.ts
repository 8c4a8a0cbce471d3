/** Answers of the payment gateway and the ledger as the bytes that go out (P-10, P-20..P-25). Replays repeat these bytes. */

/** P-11: what an operation of the payment rail may refuse with, whoever carries the request. */
export const railErrors = [
  'daily_transfer_limit_exceeded',
  'transfer_amount_exceeds_limit',
  'debit_timeout',
  'insufficient_funds',
  'credit_failed',
  'invalid_amount',
  'invalid_idempotency_key',
  'same_balance_transfer',
  'unknown_balance',
  'idempotency_conflict',
  'idempotency_in_progress_timeout',
  'duplicate_tx',
  'rolled_back',
  'already_credited',
  'accounts_unreachable',
] as const;

/** Every code that an answer in a frame can carry. */
export const paymentErrors = [
  ...railErrors,
  'log_too_large',
  'overloaded',
  'unavailable',
  'internal',
  'invalid_request',
  'bad op',
] as const;

export type PaymentError = (typeof paymentErrors)[number];

/** P-10: the success of a transfer. */
export function transferred(txId: string, srcBalance: bigint, dstBalance: bigint): string {
  return `{"ok":true,"tx_id":${JSON.stringify(txId)},"src_balance":${srcBalance},"dst_balance":${dstBalance}}`;
}

/** A refusal; validation errors and conflicts carry no `tx_id`, everything later does (P-12). */
export function refusal(error: PaymentError, txId?: string): string {
  const tail = txId === undefined ? '' : `,"tx_id":${JSON.stringify(txId)}`;
  return `{"ok":false,"error":"${error}"${tail}}`;
}

/** P-44: compensation is not through yet; not the completed response. */
export function compensationPending(error: PaymentError, txId: string): string {
  return `{"ok":false,"error":"${error}","tx_id":${JSON.stringify(txId)},"state":"compensation_pending"}`;
}

/** P-21..P-23: a ledger entry; a tombstone has no balance to tell. */
export function entryAnswer(balance: bigint | null): string {
  return balance === null ? '{"ok":true}' : `{"ok":true,"balance":${balance}}`;
}
