/** An all-in-one server on SQLite with its HTTP port, its operator token, and clients of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type Client, type ClientOptions } from '../../src/client/client.ts';
import { ServerProcess } from './server-process.ts';
import { environment } from './servers.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface ApiServer {
  readonly process: ServerProcess;
  readonly data: string;
  readonly url: string;
  /** The control-plane token. */
  readonly token: string;
  client(options?: ClientOptions): Client;
}

export async function startApiServer(): Promise<ApiServer> {
  const data = join(temporaryDirectory(), 'data');
  const process = new ServerProcess(['--data', data, '--http', '127.0.0.1:0'], environment);
  await process.ready;
  const { host, port } = await process.address('http');
  const url = `http://${host}:${port}`;
  const token = readFileSync(join(data, 'operator.token'), 'utf8').trim();
  return { process, data, url, token, client: (options = {}) => createClient({ url, key: token, ...options }) };
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
