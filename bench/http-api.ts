/** Asks a server's HTTP API one request at a time: what has to be there before a load, and what it says to one request of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOLE, type HttpCall } from './http-plan.ts';
import type { RailServer } from './rail-server.ts';

export interface Api {
  /** The operator's key, as a header line for a load. */
  readonly authorization: string;
  /** Its answer as JSON; throws when it is none of success. */
  readonly ask: (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>;
  /** Posts a file. */
  readonly upload: (path: string, csv: string) => Promise<unknown>;
  /** What the server says to one such request, for a yardstick to say the same. */
  readonly sample: (call: HttpCall) => Promise<unknown>;
}

/** Header lines as `fetch` takes them. */
export const headersOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(lines.map((line) => line.split(': ') as [string, string]));

export function apiOf(server: Pick<RailServer, 'http'>, data: string): Api {
  const { host, port } = server.http;
  const authorization = `Authorization: Bearer ${readFileSync(join(data, 'operator.token'), 'utf8').trim()}`;
  const send = async (method: string, path: string, lines: readonly string[], body?: string): Promise<unknown> => {
    const init = { method, headers: headersOf(lines), ...(body === undefined ? {} : { body }) };
    const response = await fetch(`http://${host}:${port}${path}`, init);
    if (!response.ok) throw new Error(`${method} ${path} answers ${response.status}: ${await response.text()}`);
    return response.json();
  };
  const JSON_LINES = [authorization, 'Content-Type: application/json'];
  return {
    authorization,
    ask: (method, path, body) => send(method, path, JSON_LINES, body === undefined ? undefined : JSON.stringify(body)),
    upload: (path, csv) => send('POST', path, [authorization, 'Content-Type: text/csv'], csv),
    sample({ method, path, headers, body }) {
      const filled = (text: string): string => text.replace(HOLE, 'sample-000000000000-0001');
      const lines = [...JSON_LINES, ...headers.map(filled)];
      return send(method, filled(path), lines, body === undefined ? undefined : filled(body));
    },
  };
}
