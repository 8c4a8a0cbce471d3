/** The rail under test: started by the driver as one process or three, with fault proxies between them, or already running. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress, type Address } from '../frames/server.ts';
import { FaultProxy } from './fault-proxy.ts';
import type { DeploymentKind, Link, RoleName, Treatment } from './profiles.ts';
import type { Random } from './random.ts';
import { ServerProcess } from './server-process.ts';
import type { Env } from './settings.ts';

export interface Deployment {
  /** The payment gateway itself. */
  readonly gateway: Address;
  /** Where callers knock: the payment gateway, or a fault proxy in front of it. */
  readonly entrance: Address;
  /** The ledger's SQLite file. */
  readonly database: string;
  readonly proxies: ReadonlyMap<Link, FaultProxy>;
  kill(role: RoleName): Promise<void>;
  /** Starts a killed role again, with its addresses and data. */
  restart(role: RoleName): Promise<void>;
  /** Processes that ended though nobody ended them. */
  deaths(): readonly string[];
  stop(): Promise<void>;
}

export interface Plan {
  readonly kind: DeploymentKind;
  /** Starts a server; `--role`, `--data` … are appended. */
  readonly command: readonly string[];
  readonly env: Env;
  readonly directory: string;
  readonly links: NonNullable<Treatment['links']>;
  readonly random: Random;
}

const FREE_PORT = '127.0.0.1:0';

/** Starts servers on free ports of the loopback address, each with a data directory of its own. */
export async function startDeployment(plan: Plan): Promise<Deployment> {
  const fleet = new Fleet(plan);
  try {
    const { random, links } = plan;
    const proxies = new Map<Link, FaultProxy>();
    const through = async (link: Link, target: Address): Promise<Address> => {
      const shape = links[link];
      if (shape === undefined) return target;
      const proxy = await FaultProxy.start(target, shape, random.branch(link));
      proxies.set(link, proxy);
      return proxy.address;
    };
    let ledgerRole: RoleName = 'all';
    if (plan.kind === 'all-in-one') {
      await fleet.start('all', {
        PURSER_GATEWAY_ADDR: FREE_PORT,
        PURSER_RISK_ADDR: FREE_PORT,
        PURSER_LEDGER_ADDR: FREE_PORT,
      });
    } else {
      ledgerRole = 'ledger';
      await Promise.all([
        fleet.start('risk', { PURSER_RISK_ADDR: FREE_PORT }),
        fleet.start('ledger', { PURSER_LEDGER_ADDR: FREE_PORT }),
      ]);
      await fleet.start('gateway', {
        PURSER_GATEWAY_ADDR: FREE_PORT,
        PURSER_RISK_ADDR: formatAddress(await through('gateway-risk', fleet.address('risk', 'risk'))),
        PURSER_LEDGER_ADDR: formatAddress(await through('gateway-ledger', fleet.address('ledger', 'ledger'))),
      });
    }
    const gateway = fleet.address(plan.kind === 'all-in-one' ? 'all' : 'gateway', 'gateway');
    return {
      gateway,
      entrance: await through('driver-gateway', gateway),
      database: join(fleet.dataOf(ledgerRole), 'purser.db'),
      proxies,
      kill: (role) => fleet.kill(role),
      restart: (role) => fleet.restart(role),
      deaths: () => fleet.deaths(),
      async stop() {
        await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
        await fleet.stop();
      },
    };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}

const foreign = (): Promise<void> => Promise.reject(new Error('this server belongs to somebody else'));

/** A rail that somebody else runs: it is asked and read, never killed. */
export async function joinDeployment(
  { gateway, data }: { readonly gateway: Address; readonly data: string },
  links: NonNullable<Treatment['links']>,
  random: Random,
): Promise<Deployment> {
  const shape = links['driver-gateway'];
  const proxies = new Map<Link, FaultProxy>();
  if (shape !== undefined) proxies.set('driver-gateway', await FaultProxy.start(gateway, shape, random));
  return {
    gateway,
    entrance: proxies.get('driver-gateway')?.address ?? gateway,
    database: join(data, 'purser.db'),
    proxies,
    kill: foreign,
    restart: foreign,
    deaths: () => [],
    async stop() {
      await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
    },
  };
}

/** The driver's server processes by role. */
class Fleet {
  readonly #plan: Plan;
  readonly #running = new Map<RoleName, { readonly server: ServerProcess; readonly env: Env }>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  dataOf(role: RoleName): string {
    return join(this.#plan.directory, role);
  }

  address(role: RoleName, service: string): Address {
    const found = this.#running.get(role);
    if (found === undefined) throw new Error(`${role} was not started`);
    return found.server.address(service);
  }

  async start(role: RoleName, env: Env): Promise<void> {
    const { command, directory } = this.#plan;
    mkdirSync(directory, { recursive: true });
    const args = ['--role', role, '--data', this.dataOf(role), ...(role === 'all' ? ['--http', FREE_PORT] : [])];
    const server = await ServerProcess.start({
      name: role,
      command,
      args,
      env: { ...this.#plan.env, ...env },
      logFile: join(directory, `${role}.log`),
    });
    this.#running.set(role, { server, env });
  }

  kill(role: RoleName): Promise<void> {
    return this.#running.get(role)?.server.kill() ?? Promise.resolve();
  }

  async restart(role: RoleName): Promise<void> {
    const before = this.#running.get(role);
    if (before === undefined) return;
    const services = role === 'all' ? (['gateway', 'risk', 'ledger'] as const) : [role];
    const sameAddresses = Object.fromEntries(
      services.map((service) => [
        `PURSER_${service.toUpperCase()}_ADDR`,
        formatAddress(before.server.address(service)),
      ]),
    );
    await this.start(role, { ...before.env, ...sameAddresses });
  }

  deaths(): readonly string[] {
    return [...this.#running.values()].flatMap(({ server }) => server.died ?? []);
  }

  async stop(): Promise<void> {
    // The payment gateway first: it would only complain about peers that leave before it.
    await this.#running.get('gateway')?.server.stop();
    await Promise.all([...this.#running.values()].map(({ server }) => server.stop()));
  }
}
