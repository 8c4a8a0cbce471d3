/** The driver's server processes: by role, and of a role one or several. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatAddress, type Address } from '../frames/server.ts';
import type { RoleName } from './profiles.ts';
import { ServerProcess } from './server-process.ts';
import type { Env } from './settings.ts';

export const FREE_PORT = '127.0.0.1:0';

export interface FleetPlan {
  /** Starts a server; `--role`, `--data` … are appended. */
  readonly command: readonly string[];
  readonly env: Env;
  readonly directory: string;
}

interface Member {
  readonly role: RoleName;
  readonly env: Env;
  server: ServerProcess;
  down: boolean;
}

export class Fleet {
  readonly #plan: FleetPlan;
  /** By name: the role, with a number when there are several. */
  readonly #members = new Map<string, Member>();
  #kills = 0;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
  }

  dataOf(name: string): string {
    return join(this.#plan.directory, name);
  }

  address(name: string, service: string): Address {
    const found = this.#members.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found.server.address(service);
  }

  async start(role: RoleName, env: Env, name: string = role): Promise<void> {
    this.#members.set(name, { role, env, server: await this.#launch(name, role, env), down: false });
  }

  /** kill -9 of the role's server; of several, each time of another one. */
  async kill(role: RoleName): Promise<void> {
    const members = this.#of(role);
    const [, victim] = members[this.#kills++ % members.length] ?? [];
    if (victim === undefined) return;
    victim.down = true;
    await victim.server.kill();
  }

  /** Starts what was killed of a role, with its addresses and data. */
  async restart(role: RoleName): Promise<void> {
    const services = role === 'all' ? (['gateway', 'risk', 'ledger'] as const) : [role];
    for (const [name, member] of this.#of(role)) {
      if (!member.down) continue;
      const sameAddresses = Object.fromEntries(
        services.map((service) => [
          `PURSER_${service.toUpperCase()}_ADDR`,
          formatAddress(member.server.address(service)),
        ]),
      );
      member.server = await this.#launch(name, role, { ...member.env, ...sameAddresses });
      member.down = false;
    }
  }

  deaths(): readonly string[] {
    return [...this.#members.values()].flatMap(({ server }) => server.died ?? []);
  }

  async stop(): Promise<void> {
    // The payment gateway first: it would only complain about peers that leave before it.
    await this.#members.get('gateway')?.server.stop();
    await Promise.all([...this.#members.values()].map(({ server }) => server.stop()));
  }

  #of(role: RoleName): [string, Member][] {
    return [...this.#members].filter(([, member]) => member.role === role);
  }

  #launch(name: string, role: RoleName, env: Env): Promise<ServerProcess> {
    const { command, directory } = this.#plan;
    mkdirSync(directory, { recursive: true });
    const data = env['PURSER_STORE'] === undefined ? ['--data', this.dataOf(name)] : [];
    const args = ['--role', role, ...data, ...(role === 'all' ? ['--http', FREE_PORT] : [])];
    return ServerProcess.start({
      name,
      command,
      args,
      // The rail needs no Lightning node.
      env: { PURSER_LIGHTNING: 'none', ...this.#plan.env, ...env },
      logFile: join(directory, `${name}.log`),
    });
  }
}
