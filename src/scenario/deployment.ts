/**
 * The rail under test: started by the driver as one process or three, or as several servers on one database, with fault
 * proxies between them; or already running.
 */
import { join } from 'node:path';
import { formatAddress, type Address } from '../frames/server.ts';
import type { Databases } from './databases.ts';
import { FaultProxy } from './fault-proxy.ts';
import { Fleet, FREE_PORT, type FleetPlan } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import { LedgerDatabase } from './ledger-database.ts';
import { LedgerFile } from './ledger-file.ts';
import type { DeploymentKind, Link, RoleName, Treatment } from './profiles.ts';
import type { Random } from './random.ts';

export interface Deployment {
  /** The payment gateways themselves: one per server. */
  readonly gateways: readonly Address[];
  /** Where callers knock: the payment gateways, or fault proxies in front of them. */
  readonly entrances: readonly Address[];
  /** Opens the ledger for reading. */
  readonly openLedger: () => Ledger;
  readonly proxies: Proxies;
  /** kill -9 of the role's server, or of one of them. */
  kill(role: RoleName): Promise<void>;
  /** Starts what was killed again, with its addresses and data. */
  restart(role: RoleName): Promise<void>;
  /** Breaks every connection between the servers and their database. */
  cutDatabase(): Promise<void>;
  /** Processes that ended though nobody ended them. */
  deaths(): readonly string[];
  stop(): Promise<void>;
}

export interface Plan extends FleetPlan {
  readonly kind: DeploymentKind;
  readonly links: NonNullable<Treatment['links']>;
  readonly random: Random;
  /** Where databases are made; undefined: SQLite. */
  readonly databases: Databases | undefined;
  /** How many all-in-one servers work on one database. */
  readonly servers: number;
}

/** The fault proxies of a deployment: a link may have several, one per server. */
export class Proxies {
  readonly #links: NonNullable<Treatment['links']>;
  readonly #random: Random;
  readonly #started: { readonly link: Link; readonly proxy: FaultProxy }[] = [];

  constructor(links: NonNullable<Treatment['links']>, random: Random) {
    this.#links = links;
    this.#random = random;
  }

  /** The way to `target`: itself when the link has no fault. */
  async through(link: Link, target: Address): Promise<Address> {
    const shape = this.#links[link];
    if (shape === undefined) return target;
    const number = this.of(link).length;
    const proxy = await FaultProxy.start(target, shape, this.#random.branch(number === 0 ? link : `${link} ${number}`));
    this.#started.push({ link, proxy });
    return proxy.address;
  }

  of(link: Link): readonly FaultProxy[] {
    return this.#started.filter((started) => started.link === link).map(({ proxy }) => proxy);
  }

  /** Faults end; returns once everything that was under way has arrived. */
  async heal(): Promise<void> {
    for (const { proxy } of this.#started) proxy.heal();
    await Promise.all(this.#started.map(({ proxy }) => proxy.idle()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#started.map(({ proxy }) => proxy.close()));
  }
}

/** What one kind of deployment consists of, once it runs. */
interface Started {
  readonly gateways: readonly Address[];
  readonly openLedger: () => Ledger;
}

/** Starts servers on free ports of the loopback address, each with a data directory or a database that is new. */
export async function startDeployment(plan: Plan): Promise<Deployment> {
  const fleet = new Fleet(plan);
  const proxies = new Proxies(plan.links, plan.random);
  const stores = new Stores(plan.databases, (name) => fleet.dataOf(name));
  try {
    const start = plan.kind === 'all-in-one' ? startAllInOne : startSplit;
    const { gateways, openLedger } = await start({ fleet, proxies, stores, servers: plan.servers });
    return {
      gateways,
      entrances: await Promise.all(gateways.map((gateway) => proxies.through('driver-gateway', gateway))),
      openLedger,
      proxies,
      kill: (role) => fleet.kill(role),
      restart: (role) => fleet.restart(role),
      cutDatabase: () => stores.cut(),
      deaths: () => fleet.deaths(),
      async stop() {
        await proxies.close();
        await fleet.stop();
      },
    };
  } catch (error) {
    await proxies.close();
    await fleet.stop();
    throw error;
  }
}

interface Parts {
  readonly fleet: Fleet;
  readonly proxies: Proxies;
  readonly stores: Stores;
  readonly servers: number;
}

async function startAllInOne({ fleet, stores, servers }: Parts): Promise<Started> {
  const store = await stores.create();
  const names = servers === 1 ? ['all'] : Array.from({ length: servers }, (_, i) => `all-${i + 1}`);
  const ports = { PURSER_GATEWAY_ADDR: FREE_PORT, PURSER_RISK_ADDR: FREE_PORT, PURSER_LEDGER_ADDR: FREE_PORT };
  // All at once, as after a power cut: whoever comes first makes the schema.
  await Promise.all(names.map((name) => fleet.start('all', { ...ports, ...store.env }, name)));
  return {
    gateways: names.map((name) => fleet.address(name, 'gateway')),
    openLedger: () => store.openLedger(names[0] ?? 'all'),
  };
}

async function startSplit({ fleet, proxies, stores }: Parts): Promise<Started> {
  const ledger = await stores.create();
  const gateway = await stores.create();
  await Promise.all([
    fleet.start('risk', { PURSER_RISK_ADDR: FREE_PORT }),
    fleet.start('ledger', { PURSER_LEDGER_ADDR: FREE_PORT, ...ledger.env }),
  ]);
  await fleet.start('gateway', {
    PURSER_GATEWAY_ADDR: FREE_PORT,
    PURSER_RISK_ADDR: formatAddress(await proxies.through('gateway-risk', fleet.address('risk', 'risk'))),
    PURSER_LEDGER_ADDR: formatAddress(await proxies.through('gateway-ledger', fleet.address('ledger', 'ledger'))),
    ...gateway.env,
  });
  return { gateways: [fleet.address('gateway', 'gateway')], openLedger: () => ledger.openLedger('ledger') };
}

/** Where the servers of one deployment keep their data. */
class Stores {
  readonly #databases: Databases | undefined;
  readonly #dataOf: (name: string) => string;
  readonly #urls: string[] = [];

  constructor(databases: Databases | undefined, dataOf: (name: string) => string) {
    this.#databases = databases;
    this.#dataOf = dataOf;
  }

  async create(): Promise<{
    readonly env: Readonly<Record<string, string | undefined>>;
    openLedger(name: string): Ledger;
  }> {
    const databases = this.#databases;
    if (databases === undefined)
      return { env: {}, openLedger: (name) => new LedgerFile(join(this.#dataOf(name), 'purser.db')) };
    const url = await databases.create();
    this.#urls.push(url);
    return { env: databases.env(url), openLedger: () => new LedgerDatabase(databases.target(url)) };
  }

  async cut(): Promise<void> {
    await this.#databases?.cut(this.#urls);
  }
}

const foreign = (): Promise<void> => Promise.reject(new Error('this server belongs to somebody else'));

/** A rail that somebody else runs: it is asked and read, never killed. */
export async function joinDeployment(
  gateway: Address,
  openLedger: () => Ledger,
  proxies: Proxies,
): Promise<Deployment> {
  return {
    gateways: [gateway],
    entrances: [await proxies.through('driver-gateway', gateway)],
    openLedger,
    proxies,
    kill: foreign,
    restart: foreign,
    cutDatabase: foreign,
    deaths: () => [],
    stop: () => proxies.close(),
  };
}
