/**
 * Pages of other origins may use the gate (A.7 of L402's practice): wallets in browsers pay and repeat the request. There are no
 * cookies, so any origin is as good as another; who has no key gets nowhere.
 */
import { limits } from '../base/limits.ts';

const PREFIX = '/l402-otb/';

const EXPOSED = ['WWW-Authenticate', 'Retry-After', 'Idempotency-Replayed', 'ETag', 'X-Request-Id'] as const;

/** `Accept-Authenticate` and `WWW-Authenticate` are what wallets of several generations send. */
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Accept-Authenticate',
  'Idempotency-Key',
  'X-API-Key',
  'X-Request-Id',
  'If-None-Match',
  'WWW-Authenticate',
] as const;

const OPEN = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED.join(', '),
} as const;

/** Header lines of every answer under a path that is open to pages; undefined under any other. */
export const pageHeaders = (path: string): typeof OPEN | undefined => (path.startsWith(PREFIX) ? OPEN : undefined);

/** What a browser asks before it sends a request; it needs no key. */
export function preflight(methods: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': ALLOWED.join(', '),
      'Access-Control-Max-Age': String(limits.httpPreflightSeconds),
      'Cache-Control': 'no-store',
    },
  });
}
