/** The one table from an error's code to its HTTP status and to a sentence for people. A code without a row does not compile. */
import type { ApiError } from '../operations/codes.ts';

export interface ErrorEntry {
  readonly status: ErrorStatus;
  readonly message: string;
}

type ErrorStatus = 400 | 401 | 402 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 431 | 500 | 503 | 504;

// prettier-ignore
export const errorTable = {
  invalid_request:                 { status: 400, message: 'the request does not have the documented form' },
  malformed_json:                  { status: 400, message: 'the body is no JSON in UTF-8' },
  unknown_field:                   { status: 400, message: 'there is no such field' },
  invalid_cursor:                  { status: 400, message: 'the cursor is none of this list' },
  unauthorized:                    { status: 401, message: 'a valid key is needed: Authorization: Bearer <key>, or X-API-Key: <key>' },
  too_many_attempts:               { status: 429, message: 'too many wrong keys from this address: wait a little' },
  forbidden:                       { status: 403, message: 'this key may not do that' },
  not_found:                       { status: 404, message: 'there is no such path' },
  method_not_allowed:              { status: 405, message: 'this path has other methods: see the header Allow' },
  request_timeout:                 { status: 408, message: 'the request did not arrive in time' },
  body_too_large:                  { status: 413, message: 'the body is too large' },
  headers_too_large:               { status: 431, message: 'the header lines are too large' },
  unsupported_media_type:          { status: 415, message: 'the body must be application/json' },
  deadline_exceeded:               { status: 504, message: 'no answer in time; the outcome is not known here: ask again, with the same key' },
  overloaded:                      { status: 503, message: 'too much work is waiting; nothing was recorded' },
  unavailable:                     { status: 503, message: 'the store cannot be used now; nothing was recorded' },
  internal:                        { status: 500, message: 'a bug of the server' },

  invalid_idempotency_key:         { status: 400, message: 'Idempotency-Key must be 1 to 1,024 bytes of UTF-8' },
  invalid_amount:                  { status: 400, message: 'an amount is a positive whole number of minor units' },
  same_balance_transfer:           { status: 400, message: 'source and destination are the same' },
  unknown_balance:                 { status: 404, message: 'there is no such operational balance' },
  transfer_not_found:              { status: 404, message: 'there is no such transfer' },
  idempotency_conflict:            { status: 409, message: 'the key was used before with other content' },
  idempotency_in_progress_timeout: { status: 409, message: 'the first request with this key is still under way' },
  insufficient_funds:              { status: 409, message: 'the source holds less than the amount' },
  debit_timeout:                   { status: 409, message: 'the ledger did not answer the debit; it was undone' },
  credit_failed:                   { status: 409, message: 'the destination could not be credited; the debit is given back' },
  duplicate_tx:                    { status: 409, message: 'the ledger has a debit under this transaction id already' },
  rolled_back:                     { status: 409, message: 'the transaction id was compensated before' },
  already_credited:                { status: 409, message: 'the credit has happened already' },
  daily_transfer_limit_exceeded:   { status: 422, message: 'the source has made too many movements in the window' },
  transfer_amount_exceeds_limit:   { status: 422, message: 'the amount is above the limit of a single movement' },
  invalid_account:                 { status: 400, message: 'an account is account:participant:<id>, account:org:<id> or account:community-pool' },
  fee_mismatch:                    { status: 400, message: 'the fee is not its share of net and fee together' },
  hold_not_found:                  { status: 404, message: 'there is no such hold' },
  invalid_signature:               { status: 422, message: 'the signature is none of the gateway that the receipt names' },
  receipt_not_found:               { status: 404, message: 'there is no such receipt in the inbox' },
  receipt_refused:                 { status: 409, message: 'the receipt was refused for good' },
  rule_not_found:                  { status: 404, message: 'this gateway has no standing rule' },
  receipt_conflict:                { status: 409, message: 'the receipt was applied before with other content' },
  balance_too_large:               { status: 409, message: 'the balance would grow beyond what a JSON number holds' },
  invalid_transition:              { status: 409, message: 'a hold or an execution in this state cannot move there' },
  org_not_found:                   { status: 404, message: 'there is no such organisation' },
  offer_not_found:                 { status: 404, message: 'there is no such offer' },
  order_not_found:                 { status: 404, message: 'there is no such order' },
  execution_not_found:             { status: 404, message: 'there is no such execution' },
  dispute_not_found:               { status: 404, message: 'there is no such dispute' },
  stale_sequence:                  { status: 409, message: 'the offer has a greater sequence number already' },
  result_conflict:                 { status: 409, message: 'the execution has another result already' },
  dispute_window_closed:           { status: 409, message: 'the time to dispute has passed' },
  not_due:                         { status: 409, message: 'the time of this execution has not come' },
  held_by_execution:               { status: 409, message: 'an execution decides what becomes of this hold' },
  merchant_not_found:              { status: 404, message: 'there is no such merchant' },
  budget_not_found:                { status: 404, message: 'there is no such budget' },
  allocation_not_found:            { status: 404, message: 'there is no such allocation' },
  budget_exists:                   { status: 409, message: 'the period has an active budget already: revise that one' },
  budget_not_active:               { status: 409, message: 'the budget is not active' },
  allocation_exists:               { status: 409, message: 'the category has an allocation already: change that one' },
  period_locked:                   { status: 409, message: 'the period is locked' },
  period_closed:                   { status: 409, message: 'the period is closed' },
  exceeds_parent:                  { status: 422, message: 'the allocation is more than its parent has left' },
  below_children:                  { status: 422, message: 'the amount is less than what was given to children and held back' },
  currency_mismatch:               { status: 422, message: 'the merchant, or the budget, has another currency' },
  basis_mismatch:                  { status: 422, message: 'a budget has one basis, and this is another' },
  unknown_category:                { status: 422, message: 'there is no such category' },
  invalid_period:                  { status: 400, message: 'a period is 2026-11, 2026-P10, 2026-W40 or 2026-S2' },
  invalid_hierarchy:               { status: 422, message: 'the hierarchy has no path for every category' },
  invalid_csv:                     { status: 400, message: 'the file is not what it should be' },
  payment_required:                { status: 402, message: 'the budget does not cover it: pay the invoice and repeat the request' },
  policy_violation:                { status: 422, message: 'the policy does not allow it, and no payment can' },
  amount_fixed:                    { status: 409, message: 'the decision of this document cannot have this amount: see what of it is ordered, received or paid for' },
  too_many_challenges:             { status: 429, message: 'too many challenges are open: pay one, or wait a little' },
  lightning_unavailable:           { status: 503, message: 'it needs a payment, and no Lightning node answers; nothing was reserved' },
  decision_not_found:              { status: 404, message: 'there is no such decision' },
  release_not_found:               { status: 404, message: 'there is no such release' },
  invalid_report:                  { status: 409, message: 'the decision holds nothing that this could be about, or cannot hold so much' },
  export_not_found:                { status: 404, message: 'there is no such export, or none of its files has this name' },
  accounts_unreachable:            { status: 503, message: 'the ledger does not answer' },
} as const satisfies Record<ApiError, ErrorEntry>;

/** Codes after which the same request may be sent again, a little later. */
export const passing: ReadonlySet<ApiError> = new Set([
  'too_many_attempts',
  'too_many_challenges',
  'lightning_unavailable',
  'overloaded',
  'unavailable',
  'accounts_unreachable',
]);

/** Codes that any operation can refuse with. */
export const generalErrors: readonly ApiError[] = [
  'invalid_request',
  'unknown_field',
  'unauthorized',
  'too_many_attempts',
  'forbidden',
  'unavailable',
  'internal',
  'deadline_exceeded',
];

/** Codes that any operation with a body can refuse with. */
export const bodyErrors: readonly ApiError[] = ['malformed_json', 'body_too_large', 'unsupported_media_type'];
