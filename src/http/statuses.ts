/** The one table from an error's code to its HTTP status and to a sentence for people. A code without a row does not compile. */
import type { ApiError } from '../operations/codes.ts';

export interface ErrorEntry {
  readonly status: ErrorStatus;
  readonly message: string;
}

type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 431 | 500 | 503 | 504;

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
  receipt_conflict:                { status: 409, message: 'the receipt was applied before with other content' },
  balance_too_large:               { status: 409, message: 'the balance would grow beyond what a JSON number holds' },
  invalid_transition:              { status: 409, message: 'a hold in this state cannot move there' },
  accounts_unreachable:            { status: 503, message: 'the ledger does not answer' },
} as const satisfies Record<ApiError, ErrorEntry>;

/** Codes after which the same request may be sent again, a little later. */
export const passing: ReadonlySet<ApiError> = new Set([
  'too_many_attempts',
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
