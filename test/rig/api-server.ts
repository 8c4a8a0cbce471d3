/** An all-in-one server on SQLite with its HTTP port, its operator token, and clients of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client, type ClientOptions } from '../../src/client/client.ts';
import { HttpClient } from './http-client.ts';
import { ServerProcess } from './server-process.ts';
import { environment } from './servers.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface ApiServer {
  readonly process: ServerProcess;
  readonly data: string;
  readonly url: string;
  /** The control-plane token. */
  readonly token: string;
  readonly operator: HttpClient;
  /** The product's own. */
  client(options?: ClientOptions): Client;
}

/** `env`: beside or instead of the usual. */
export async function startApiServer({
  data = join(temporaryDirectory(), 'data'),
  env = {},
}: { readonly data?: string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<ApiServer> {
  const process = new ServerProcess(['--data', data, '--http', '127.0.0.1:0'], { ...environment, ...env });
  await process.ready;
  const { host, port } = await process.address('http');
  const url = `http://${host}:${port}`;
  const token = readFileSync(join(data, 'operator.token'), 'utf8').trim();
  const operator = new HttpClient({ url, key: token });
  return {
    process,
    data,
    url,
    token,
    operator,
    client: (options = {}) => createClient({ url, key: token, ...options }),
  };
}

let receipts = 0;

/** A receipt of its own each time. */
export const receiptFor = (accountId: string, amount: number) => ({
  receipt_id: `receipt-${++receipts}`,
  account_id: accountId,
  amount,
  unit: 'ORC' as const,
  gateway_node_id: 'gateway-1',
  external: { amount, currency: 'EUR', payment_ref: `payment-${receipts}` },
});
