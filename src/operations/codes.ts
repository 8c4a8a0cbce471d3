/** Every code that an answer over HTTP can refuse with. docs/errors.md has a section for each, `http/statuses.ts` a status. */
import type { PaymentError } from '../payments/answers.ts';

/** Refusals that the HTTP side itself knows, whatever the operation. */
const requestErrors = [
  'invalid_request',
  'malformed_json',
  'unknown_field',
  'invalid_cursor',
  'unauthorized',
  'too_many_attempts',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'body_too_large',
  'headers_too_large',
  'unsupported_media_type',
  'deadline_exceeded',
  'overloaded',
  'unavailable',
  'internal',
] as const;

/** What the payment rail adds (P-11). */
const railErrors = [
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
  'transfer_not_found',
] as const satisfies readonly (PaymentError | 'transfer_not_found')[];

/** What the settlement ledger adds. */
const ledgerErrors = [
  'invalid_account',
  'receipt_conflict',
  'fee_mismatch',
  'balance_too_large',
  'hold_not_found',
  'invalid_transition',
] as const;

export const apiErrors = [...requestErrors, ...railErrors, ...ledgerErrors] as const;

export type ApiError = (typeof apiErrors)[number];

const known: ReadonlySet<unknown> = new Set(apiErrors);

export const isApiError = (code: unknown): code is ApiError => known.has(code);
