/** Answers as responses: headers that all have, the envelope of errors, and JSON with integers of any size. */
import { hash, randomUUID } from 'node:crypto';
import { limits } from '../base/limits.ts';
import type { ApiAnswer, Refused, RequestHeaders } from '../operations/api-operation.ts';
import type { ApiError } from '../operations/codes.ts';
import { errorTable, passing } from './statuses.ts';

type Headers = Record<string, string>;

const JSON_TYPE = 'application/json; charset=utf-8';
const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

/** For every answer: nothing is kept, guessed, framed or fetched. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

const REQUEST_ID = new RegExp(String.raw`^[\x21-\x7e]{1,${limits.httpRequestIdBytesMax}}$`);

/** The caller's own id of the request, if it is one that may stand in a header and in a log, else a new one. */
export function requestIdOf(headers: RequestHeaders): string {
  const given = headers.get('x-request-id');
  return given !== null && REQUEST_ID.test(given) ? given : randomUUID();
}

export function headersOf(requestId: string, contentType = JSON_TYPE): Headers {
  return {
    'Content-Type': contentType,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': NO_PAGE,
    'X-Request-Id': requestId,
  };
}

// The language's own, which its type library does not know yet.
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** JSON with bigint as integers, all their digits. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Only then: looking at every value by a function of ours costs several times as much.
    return JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'bigint' ? JSON.rawJSON(inner.toString()) : inner,
    );
  }
}

/** The envelope of every refusal. */
export function errorBody(code: ApiError, requestId: string, refused: Partial<Refused> = {}): string {
  const { message = errorTable[code].message, details, beside } = refused;
  return jsonOf({ ...beside, error: { code, message, ...details }, request_id: requestId });
}

export function refuse(refused: Refused, requestId: string, further: Readonly<Headers> = {}): Response {
  const { code, replayed } = refused;
  const headers: Headers = { ...headersOf(requestId), ...further };
  if (passing.has(code)) headers['Retry-After'] = String(Math.ceil(limits.httpRetryAfterMs / 1_000));
  // What is left of such a body is not worth reading.
  if (code === 'body_too_large') headers['Connection'] = 'close';
  if (replayed === true) headers['Idempotency-Replayed'] = 'true';
  // With any other status some wallets would take it for an invoice to pay.
  if (refused.challenge !== undefined && code === 'payment_required') headers['WWW-Authenticate'] = refused.challenge;
  return new Response(errorBody(code, requestId, refused), { status: errorTable[code].status, headers });
}

/** `ifNoneMatch` is undefined where the operation has no ETag. */
export function respond(
  answer: ApiAnswer,
  {
    requestId,
    mediaType,
    ifNoneMatch,
    keptSeconds,
    further,
  }: {
    requestId: string;
    mediaType: string | undefined;
    ifNoneMatch: string | null | undefined;
    keptSeconds?: number | undefined;
    /** Header lines beside those that all answers have. */
    further?: Readonly<Headers> | undefined;
  },
): Response {
  if (answer.outcome === 'refused') return refuse(answer, requestId, further);
  const headers: Headers = { ...headersOf(requestId, contentTypeOf(mediaType)), ...further };
  if (answer.outcome === 'streaming') return new Response(answer.stream, { status: 200, headers });
  const text = 'text' in answer ? answer.text : jsonOf(answer.body);
  if (answer.outcome === 'again') headers['Idempotency-Replayed'] = 'true';
  if (ifNoneMatch !== undefined) {
    const etag = `"${hash('sha256', text, 'base64url')}"`;
    headers['ETag'] = etag;
    // May be kept, but must be asked for each time, or when its time is over.
    headers['Cache-Control'] = `private, ${keptSeconds === undefined ? 'no-cache' : `max-age=${keptSeconds}`}`;
    if (matches(ifNoneMatch, etag)) return new Response(null, { status: 304, headers });
  }
  return new Response(text, { status: answer.outcome === 'created' ? 201 : 200, headers });
}

function contentTypeOf(mediaType: string | undefined): string | undefined {
  if (mediaType === 'text/csv') return CSV_TYPE;
  return mediaType === 'application/json' ? undefined : mediaType;
}

function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}
