/** What a call can fail with: a refusal of the server, or no answer at all. */
import type { ErrorCode } from './wire/errors.ts';

/** What stands behind an error for the program that gets it. */
interface Refusal {
  /** A code of docs/errors.md; a server newer than this client may have others. */
  readonly code: ErrorCode | (string & {});
  readonly message: string;
  readonly status: number;
  /** What stands beside the code: `field`, `tx_id`, `from` … */
  readonly details: Readonly<Record<string, unknown>>;
  /** Finds the request in the server's logs. */
  readonly requestId: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** The server refused. Except after `deadline_exceeded` and `internal`, nothing has happened. */
export class PurserError extends Error {
  override readonly name = 'PurserError';
  readonly code: Refusal['code'];
  readonly status: number;
  readonly details: Refusal['details'];
  readonly requestId: string | undefined;
  /** The key that the request went under: whoever is not sure of the outcome asks again with it. */
  readonly idempotencyKey: string | undefined;

  constructor({ code, message, status, details, requestId, idempotencyKey }: Refusal) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
    this.requestId = requestId;
    this.idempotencyKey = idempotencyKey;
  }
}

/**
 * No answer came: nobody listens, the connection broke, or time ran out. What was asked for may have happened nevertheless:
 * ask again with the same ids, and with this key where there is one.
 */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code = 'unreachable';
  readonly idempotencyKey: string | undefined;

  constructor(url: string, cause: unknown, idempotencyKey?: string) {
    super(`no answer from ${url}: ${reasonOf(cause)}`, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/** `fetch failed` says nothing; what it was caused by does. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  if (inner instanceof Error && 'code' in inner && typeof inner.code === 'string') return inner.code;
  return inner instanceof Error && inner.message !== '' ? inner.message : cause.message;
}

/** An answer that is no success, as an error. What is no envelope of ours comes from something in between. */
export function errorOf(
  status: number,
  body: unknown,
  sent: Pick<Refusal, 'requestId' | 'idempotencyKey'>,
): PurserError {
  const envelope = isObject(body) ? body['error'] : undefined;
  if (!isObject(envelope) || typeof envelope['code'] !== 'string')
    return new PurserError({
      code: 'unexpected_answer',
      message: `an answer with status ${status} that is none of Purser`,
      status,
      details: {},
      ...sent,
    });
  const { code, message, ...said } = envelope;
  // Where a contract names fields of a refusal itself they stand beside the envelope: the gate's invoice.
  const { error: _, request_id: _id, ...beside } = isObject(body) ? body : {};
  const details = { ...beside, ...said };
  return new PurserError({
    code,
    message: typeof message === 'string' ? message : code,
    status,
    details,
    ...sent,
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
