/** Every code that an answer over HTTP can refuse with. docs/errors.md has a section for each, `http/statuses.ts` a status. */
import { railErrors } from '../payments/answers.ts';

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

/** What the settlement ledger adds. */
const ledgerErrors = [
  'invalid_account',
  'receipt_conflict',
  'invalid_signature',
  'receipt_not_found',
  'receipt_refused',
  'rule_not_found',
  'fee_mismatch',
  'balance_too_large',
  'hold_not_found',
  'invalid_transition',
] as const;

/** What orders add, and what became of them. What an order is rejected for is no error but its answer. */
const orderErrors = [
  'org_not_found',
  'offer_not_found',
  'order_not_found',
  'execution_not_found',
  'dispute_not_found',
  'stale_sequence',
  'result_conflict',
  'dispute_window_closed',
  'not_due',
  'held_by_execution',
] as const;

/** What plans of budgets add. */
const planErrors = [
  'merchant_not_found',
  'budget_not_found',
  'allocation_not_found',
  'budget_exists',
  'budget_not_active',
  'allocation_exists',
  'period_locked',
  'period_closed',
  'exceeds_parent',
  'below_children',
  'currency_mismatch',
  'basis_mismatch',
  'unknown_category',
  'invalid_period',
  'invalid_hierarchy',
  'invalid_csv',
] as const;

/** What the gate adds. */
const gateErrors = [
  'payment_required',
  'policy_violation',
  'amount_fixed',
  'too_many_challenges',
  'lightning_unavailable',
  'decision_not_found',
  'release_not_found',
  'invalid_report',
] as const;

/** What reconciliation, exports and evidence add. */
const reconciliationErrors = ['export_not_found'] as const;

export const apiErrors = [
  ...requestErrors,
  ...railErrors,
  'transfer_not_found',
  ...ledgerErrors,
  ...orderErrors,
  ...planErrors,
  ...gateErrors,
  ...reconciliationErrors,
] as const;

export type ApiError = (typeof apiErrors)[number];

const known: ReadonlySet<unknown> = new Set(apiErrors);

export const isApiError = (code: unknown): code is ApiError => known.has(code);
