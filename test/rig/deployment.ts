/** The payment rail in either deployment (P-04) on either engine, as real processes on ports of their own with fresh data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ask, askJson, type Address, type Json } from './frame-client.ts';
import { queryAt, sharedPostgres } from './postgres.ts';
import { freeAddress, ServerProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const deployments = ['all-in-one', 'split'] as const;
export type Deployment = (typeof deployments)[number];

export const engines = ['SQLite', 'PostgreSQL'] as const;
export type Engine = (typeof engines)[number];

type Part = 'gateway' | 'risk' | 'ledger';
type Program = 'all' | Part;

const programs: Readonly<Record<Deployment, readonly Program[]>> = {
  'all-in-one': ['all'],
  split: ['ledger', 'risk', 'gateway'],
};

/** Programs that keep a record of their own, each on PostgreSQL in a database of its own. */
const withStore: ReadonlySet<Program> = new Set(['all', 'gateway', 'ledger']);

/** Limits wide enough not to be met by accident, and pauses short enough for a test. */
const environment = {
  BANK_VELOCITY_LIMIT: '1000000',
  BANK_SINGLE_TX_LIMIT: '1000000000',
  BANK_ROLLBACK_BASE_S: '0.02',
};

interface Parts {
  readonly deployment: Deployment;
  readonly addresses: Readonly<Record<Part, Address>>;
  readonly env: Readonly<Record<string, string>>;
  readonly databases: ReadonlyMap<Program, string>;
  readonly http: boolean;
}

async function createDatabases(deployment: Deployment): Promise<ReadonlyMap<Program, string>> {
  const postgres = await sharedPostgres();
  const names = programs[deployment].filter((name) => withStore.has(name));
  return new Map(await Promise.all(names.map(async (name) => [name, await postgres.createDatabase()] as const)));
}

export class Rail {
  readonly deployment: Deployment;
  readonly addresses: Readonly<Record<Part, Address>>;
  readonly #data = temporaryDirectory();
  /** URLs of the programs' databases; empty on SQLite. */
  readonly #databases: ReadonlyMap<Program, string>;
  readonly #env: Readonly<Record<string, string>>;
  readonly #running = new Map<Program, ServerProcess>();
  /** Every program with a store listens for HTTP, too. */
  readonly #http: boolean;

  private constructor({ deployment, addresses, env, databases, http }: Parts) {
    this.deployment = deployment;
    this.addresses = addresses;
    this.#databases = databases;
    this.#http = http;
    const variables = Object.entries(addresses).map(([part, { host, port }]) => [
      `PURSER_${part.toUpperCase()}_ADDR`,
      `${host}:${port}`,
    ]);
    this.#env = { ...environment, ...(Object.fromEntries(variables) as Record<string, string>), ...env };
  }

  static async start(
    deployment: Deployment,
    env: Readonly<Record<string, string>> = {},
    engine: Engine = 'SQLite',
    { http = false } = {},
  ): Promise<Rail> {
    const [gateway, risk, ledger] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
    const databases = engine === 'SQLite' ? new Map<Program, string>() : await createDatabases(deployment);
    const rail = new Rail({ deployment, addresses: { gateway, risk, ledger }, env, databases, http });
    await rail.start();
    return rail;
  }

  get gateway(): Address {
    return this.addresses.gateway;
  }

  get risk(): Address {
    return this.addresses.risk;
  }

  get ledger(): Address {
    return this.addresses.ledger;
  }

  /** A token of the program's data directory, which may do everything over HTTP. */
  get operatorToken(): string {
    return readFileSync(join(this.#directory('all'), 'operator.token'), 'utf8').trim();
  }

  get engine(): Engine {
    return this.#databases.size === 0 ? 'SQLite' : 'PostgreSQL';
  }

  /** The file with the tables `accounts` and `transactions`, on SQLite. */
  get ledgerFile(): string {
    return join(this.#directory(this.programOf('ledger')), 'purser.db');
  }

  programOf(part: Part): Program {
    return this.deployment === 'all-in-one' ? 'all' : part;
  }

  /** Where a part listens for HTTP, and the operator's key for it. */
  async httpOf(part: Part): Promise<{ readonly url: string; readonly key: string }> {
    const { host, port } = await this.process(part).address('http');
    const key = readFileSync(join(this.#directory(this.programOf(part)), 'operator.token'), 'utf8').trim();
    return { url: `http://${host}:${port}`, key };
  }

  /** The process that serves a part. */
  process(part: Part): ServerProcess {
    const found = this.#running.get(this.programOf(part));
    if (found === undefined) throw new Error(`${part} does not run`);
    return found;
  }

  /** Starts all programs of the deployment, or those named, with further environment for this start. */
  async start(names = programs[this.deployment], env: Readonly<Record<string, string>> = {}): Promise<void> {
    const started = names.map((name) => {
      const database = this.#databases.get(name);
      const where = ['--data', this.#directory(name), ...(database === undefined ? [] : ['--store', database])];
      const listens = name === 'all' || (this.#http && withStore.has(name));
      const args = ['--role', name, ...where, ...(listens ? ['--http', '127.0.0.1:0'] : [])];
      const server = new ServerProcess(args, { ...this.#env, ...env });
      this.#running.set(name, server);
      return server.ready;
    });
    await Promise.all(started);
  }

  /** Stops all programs, or those named; their exit codes. */
  async stop(names: readonly Program[] = [...this.#running.keys()]): Promise<(number | string)[]> {
    return Promise.all(names.map((name) => this.#take(name).stop()));
  }

  async kill(names: readonly Program[] = [...this.#running.keys()]): Promise<void> {
    await Promise.all(names.map((name) => this.#take(name).kill()));
  }

  transfer(request: Json): Promise<Json> {
    return askJson(this.gateway, { op: 'TRANSFER', ...request });
  }

  transferText(request: Json): Promise<string> {
    return ask(this.gateway, { op: 'TRANSFER', ...request });
  }

  async balances(): Promise<Record<string, number>> {
    const { balances } = await askJson(this.ledger, { op: 'BALANCE' });
    return balances as Record<string, number>;
  }

  async stats(): Promise<Record<string, number>> {
    return (await askJson(this.gateway, { op: 'STATS' })) as Record<string, number>;
  }

  /** The ledger's rows, oldest first. */
  async log(): Promise<Json[]> {
    const { entries } = await askJson(this.ledger, { op: 'TX_LOG' });
    return entries as Json[];
  }

  /** The database's URL or the data directory of the program that serves a part. */
  placeOf(part: Part): string {
    const name = this.programOf(part);
    return this.#databases.get(name) ?? this.#directory(name);
  }

  /** What an outsider reads in the ledger's database; integers as text, with all their digits. */
  async readLedger(sql: string): Promise<Record<string, string>[]> {
    const url = this.#databases.get(this.programOf('ledger'));
    if (url !== undefined) return queryAt(url, sql);
    const db = new DatabaseSync(this.ledgerFile, { readOnly: true, readBigInts: true });
    const rows = db.prepare(sql).all();
    db.close();
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, String(value)] as const)),
    );
  }

  #directory(name: Program): string {
    return join(this.#data, name);
  }

  #take(name: Program): ServerProcess {
    const server = this.#running.get(name);
    if (server === undefined) throw new Error(`${name} does not run`);
    this.#running.delete(name);
    return server;
  }
}
