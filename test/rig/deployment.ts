/** The payment rail in either deployment (P-04), as real processes on ports of their own with fresh data directories. */
import { join } from 'node:path';
import { ask, askJson, type Address, type Json } from './frame-client.ts';
import { freeAddress, ServerProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const deployments = ['all-in-one', 'split'] as const;
export type Deployment = (typeof deployments)[number];

type Part = 'gateway' | 'risk' | 'ledger';
type Program = 'all' | Part;

const programs: Readonly<Record<Deployment, readonly Program[]>> = {
  'all-in-one': ['all'],
  split: ['ledger', 'risk', 'gateway'],
};

/** Limits wide enough not to be met by accident, and pauses short enough for a test. */
const environment = {
  BANK_VELOCITY_LIMIT: '1000000',
  BANK_SINGLE_TX_LIMIT: '1000000000',
  BANK_ROLLBACK_BASE_S: '0.02',
};

export class Rail {
  readonly deployment: Deployment;
  readonly addresses: Readonly<Record<Part, Address>>;
  readonly #data = temporaryDirectory();
  readonly #env: Readonly<Record<string, string>>;
  readonly #running = new Map<Program, ServerProcess>();

  private constructor(deployment: Deployment, addresses: Record<Part, Address>, env: Readonly<Record<string, string>>) {
    this.deployment = deployment;
    this.addresses = addresses;
    const variables = Object.entries(addresses).map(([part, { host, port }]) => [
      `PURSER_${part.toUpperCase()}_ADDR`,
      `${host}:${port}`,
    ]);
    this.#env = { ...environment, ...(Object.fromEntries(variables) as Record<string, string>), ...env };
  }

  static async start(deployment: Deployment, env: Readonly<Record<string, string>> = {}): Promise<Rail> {
    const [gateway, risk, ledger] = await Promise.all([freeAddress(), freeAddress(), freeAddress()]);
    const rail = new Rail(deployment, { gateway, risk, ledger }, env);
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

  /** The file with the tables `accounts` and `transactions`. */
  get ledgerFile(): string {
    return join(this.#directory(this.programOf('ledger')), 'purser.db');
  }

  programOf(part: Part): Program {
    return this.deployment === 'all-in-one' ? 'all' : part;
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
      const args = [
        '--role',
        name,
        '--data',
        this.#directory(name),
        ...(name === 'all' ? ['--http', '127.0.0.1:0'] : []),
      ];
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
