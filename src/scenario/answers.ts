/** What the payment gateway's answers mean to a caller: which are final, which are lawful, what they say. */
import { isObject, parseJson } from '../base/json.ts';

/** A TRANSFER's answer, taken apart. */
export interface Spoken {
  readonly text: string;
  readonly ok: boolean;
  readonly error: string | undefined;
  readonly txId: string | undefined;
  readonly srcBalance: bigint | undefined;
  readonly dstBalance: bigint | undefined;
  /** P-44: the compensation is not through; the outcome follows. */
  readonly pending: boolean;
}

/** Refusals that say nothing about the transfer (R2), and the one that says "not yet" (P-14): the caller asks again. */
const noOutcome: ReadonlySet<string | undefined> = new Set([
  'overloaded',
  'unavailable',
  'internal',
  'idempotency_in_progress_timeout',
]);

/** P-11: what a well-formed reference can end with, beside success. */
const refusals: ReadonlySet<string | undefined> = new Set([
  'daily_transfer_limit_exceeded',
  'transfer_amount_exceeds_limit',
  'debit_timeout',
  'insufficient_funds',
  'credit_failed',
  'duplicate_tx',
  'rolled_back',
]);

/** P-12: validation errors and conflicts carry no `tx_id`. */
const withoutId: ReadonlySet<string | undefined> = new Set([
  'invalid_idempotency_key',
  'unknown_balance',
  'same_balance_transfer',
  'invalid_amount',
  'idempotency_conflict',
]);

export function parseAnswer(text: string): Spoken {
  const wire = parseObject(text);
  const { ok, error, tx_id: txId, src_balance: src, dst_balance: dst, state } = wire;
  return {
    text,
    ok: ok === true,
    error: typeof error === 'string' ? error : undefined,
    txId: typeof txId === 'string' ? txId : undefined,
    srcBalance: Number.isSafeInteger(src) ? BigInt(Number(src)) : undefined,
    dstBalance: Number.isSafeInteger(dst) ? BigInt(Number(dst)) : undefined,
    pending: state === 'compensation_pending',
  };
}

/** JSON text as an object; anything else is an empty one. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(text);
  return isObject(value) ? value : {};
}

/** Says nothing about the request: the caller asks again. */
export function isNoOutcome({ error }: Spoken): boolean {
  return noOutcome.has(error);
}

/** The completed response of its key: every later answer must be the same. */
export function isFinal(answer: Spoken): boolean {
  return !answer.pending && !isNoOutcome(answer);
}

/** What is wrong with an answer to a well-formed reference; undefined when nothing is. */
export function unlawful({ ok, error, txId, srcBalance, dstBalance, text }: Spoken): string | undefined {
  if (noOutcome.has(error)) return undefined;
  if (txId === undefined || !/^tx-\d{4,}$/.test(txId)) return `no tx_id in ${text}`;
  if (!ok) return refusals.has(error) ? undefined : `not an outcome of TRANSFER: ${text}`;
  return srcBalance === undefined || dstBalance === undefined ? `a success without balances: ${text}` : undefined;
}

/** What is wrong with an answer to a request that must be refused with `code`; undefined when nothing is. */
export function notRefused({ ok, error, txId, text }: Spoken, code: string): string | undefined {
  if (ok || error !== code) return `expected ${code}, heard ${text}`;
  if (withoutId.has(code) === (txId !== undefined))
    return `${code} ${txId === undefined ? 'without' : 'with'} tx_id: ${text}`;
  return undefined;
}
