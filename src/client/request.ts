/** One operation and its input as an HTTP request. */
import type { Route } from './operation.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** A key that is missing is made up here, once: every attempt has the same. */
export function requestOf(route: Route, input: Fields): HttpRequest {
  const rest: Record<string, unknown> = { ...input };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    if (typeof value !== 'string' || value === '') throw new TypeError(`${name} must be a text that is not empty`);
    delete rest[name];
    return segmentOf(name, value);
  });
  const headers: Record<string, string> = { Accept: 'application/json' };
  let idempotencyKey: string | undefined;
  if (route.key === true || (route.key === 'given' && rest['idempotency_key'] !== undefined)) {
    idempotencyKey = takeKey(rest);
    headers['Idempotency-Key'] = headerOf(idempotencyKey);
  }
  if (route.body === true) headers['Content-Type'] = 'application/json';
  if (route.csv === true) headers['Content-Type'] = 'text/csv';
  const query = route.body === true || route.csv === true ? '' : queryOf(rest);
  const body = route.body === true ? JSON.stringify(rest) : route.csv === true ? fileOf(rest) : undefined;
  return { method: route.method, target: path + query, headers, body, idempotencyKey };
}

function fileOf({ csv }: Fields): string {
  if (typeof csv !== 'string') throw new TypeError('csv must be the text of a file');
  return csv;
}

/** `..` would be another path before it is sent. */
function segmentOf(name: string, value: string): string {
  if (value === '.' || value === '..') throw new TypeError(`${name} cannot be "${value}"`);
  return encodeURIComponent(value);
}

function takeKey(rest: Record<string, unknown>): string {
  const { idempotency_key: given = crypto.randomUUID() } = rest;
  delete rest['idempotency_key'];
  if (typeof given !== 'string') throw new TypeError('idempotency_key must be a text');
  return given;
}

/** A header line is bytes: what it cannot carry is refused here, because it would arrive as another key. */
function headerOf(key: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what a line cannot carry
  if (/[\x00-\x1f\x7f]/.test(key) || key !== key.trim() || !key.isWellFormed())
    throw new TypeError('idempotency_key must not begin or end with a space, nor hold control characters');
  return String.fromCharCode(...new TextEncoder().encode(key));
}

function queryOf(fields: Fields): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    query.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
