/** All-in-one servers on a PostgreSQL database, each a process with ports of its own. */
import { after } from 'node:test';
import { Client } from 'pg';
import type { Address } from './frame-client.ts';
import { queryAt } from './postgres.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Limits wide enough not to be met by accident. */
export const environment = {
  PURSER_GATEWAY_ADDR: '127.0.0.1:0',
  PURSER_RISK_ADDR: '127.0.0.1:0',
  PURSER_LEDGER_ADDR: '127.0.0.1:0',
  BANK_VELOCITY_LIMIT: '1000000',
  BANK_SINGLE_TX_LIMIT: '1000000000',
};

export interface Server {
  readonly process: ServerProcess;
  readonly gateway: Address;
  readonly ledger: Address;
  readonly http: Address;
}

/** Starts a server and waits until it listens. */
export async function startServer(store: string, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const process = new ServerProcess(['--store', store, '--data', temporaryDirectory(), '--http', '127.0.0.1:0'], {
    ...environment,
    ...env,
  });
  await process.ready;
  const [gateway, ledger, http] = await Promise.all([
    process.address('gateway'),
    process.address('ledger'),
    process.address('http'),
  ]);
  return { process, gateway, ledger, http };
}

export const startServers = (store: string, count: number): Promise<Server[]> =>
  Promise.all(Array.from({ length: count }, () => startServer(store)));

/** What `/ready` says: 200 or 503. */
export async function readiness({ http }: Server): Promise<number> {
  return (await fetch(`http://${http.host}:${http.port}/ready`)).status;
}

/** Lines of a server about its database. */
export const storeLines = ({ process }: Server): string[] =>
  process.lines.filter((line) => line.startsWith('SERVICE name=store '));

/** Connections of purser servers to a database that wait for a lock. */
export async function waitingForLock(url: string): Promise<number> {
  const text = `select 1 from pg_stat_activity where datname = current_database() and application_name = 'purser'
    and wait_event_type = 'Lock'`;
  return (await queryAt(url, text)).length;
}

/** Of tests that failed meanwhile: an open connection would keep this process alive. */
const held = new Set<Client>();
after(() => Promise.all([...held].map((client) => client.end())));

/** Somebody holds the journal's head until `letGo`: batches queue behind it. */
export async function holdHead(url: string): Promise<{ letGo(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from journal_head for update');
  held.add(client);
  return { letGo: () => client.end() };
}
