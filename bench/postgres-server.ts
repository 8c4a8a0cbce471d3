/**
 * A real PostgreSQL to measure on, as an operator would run it: every commit is synced to the disk. On request with a standby
 * beside it, which the primary waits for or not.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type QueryResultRow } from 'pg';
import { environment, owner, postgresBinaries } from '../test/rig/postgres-binaries.ts';
import { ProcessGuard } from '../test/rig/process-guard.ts';
import type { Bench } from './row.ts';

/** Enough connections for the yardstick beside the servers; everything else that costs or saves work stays as it comes. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=400',
  'shared_buffers=256MB',
  'fsync=on',
  'full_page_writes=on',
  'synchronous_commit=on',
];

const USER = 'postgres';
const POLL_MS = 20;
const STANDBY_WITHIN_MS = 20_000;

export class PostgresServer {
  readonly #bench: Bench;
  readonly #directory: string;
  readonly #processes: ChildProcess[] = [];
  readonly #port: number;

  private constructor(bench: Bench, directory: string, port: number) {
    this.#bench = bench;
    this.#directory = directory;
    this.#port = port;
  }

  static async start(bench: Bench, { standby = false } = {}): Promise<PostgresServer> {
    const directory = bench.ledger('postgres');
    // The server runs as somebody else when this is root, and must get at its data.
    for (const folder of [directory, dirname(directory)]) chmodSync(folder, 0o755);
    const data = makeData(directory, 'data');
    const args = ['-D', data, '-U', USER, '--auth=trust', '--locale=C', '--encoding=UTF8', '--no-instructions'];
    execFileSync(postgresBinaries().initdb, args, { ...owner, cwd: directory, env: environment, stdio: 'ignore' });
    const server = new PostgresServer(bench, directory, await freePort());
    const guard = new ProcessGuard(directory);
    try {
      // A copy of a database that has never run is a base backup already.
      if (standby) cpSync(data, makeData(directory, 'standby'), { recursive: true });
      await server.#run(data, server.#port);
      if (standby) await server.#run(server.#follow(join(directory, 'standby')), await freePort());
      guard.watch(server.#processes.flatMap(({ pid }) => pid ?? []));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  url(database: string): string {
    return `postgres://${USER}@127.0.0.1:${this.#port}/${database}`;
  }

  /** An empty database; its URL. */
  async createDatabase(name: string): Promise<string> {
    await queryAt(this.url('postgres'), `create database ${name} template template0`);
    return this.url(name);
  }

  /** From now on a commit waits for the standby, or does not; the standby follows in either case. */
  async awaitStandby(awaited: boolean): Promise<void> {
    const url = this.url('postgres');
    await queryAt(url, `alter system set synchronous_standby_names = '${awaited ? '*' : ''}'`);
    await queryAt(url, 'select pg_reload_conf()');
    const state = awaited ? 'sync' : 'async';
    for (const sinceMs = performance.now(); performance.now() - sinceMs < STANDBY_WITHIN_MS; await wait(POLL_MS)) {
      const found = await queryAt(
        url,
        "select 1 from pg_stat_replication where state = 'streaming' and sync_state = $1",
        [state],
      );
      if (found.length === 1) return;
    }
    throw new Error(`the standby did not become ${state}`);
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGINT');
      await once(child, 'exit');
    }
    this.#bench.discard(this.#directory);
  }

  #follow(data: string): string {
    writeFileSync(join(data, 'standby.signal'), '');
    appendFileSync(
      join(data, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${this.#port} user=${USER}'\n`,
    );
    giveAway(data);
    return data;
  }

  async #run(data: string, port: number): Promise<void> {
    const settings = [`port=${port}`, ...SETTINGS].flatMap((setting) => ['-c', setting]);
    const child = spawn(postgresBinaries().postgres, ['-D', data, ...settings], {
      ...owner,
      cwd: this.#directory,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#processes.push(child);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-4_096);
        if (/ready to accept (?:read-only )?connections/.test(said)) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`PostgreSQL ended: ${said}`)));
    });
  }
}

/** One statement on a connection of its own. */
export async function queryAt<R extends QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

function makeData(directory: string, name: string): string {
  const data = join(directory, name);
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined) chownSync(data, owner.uid, owner.gid);
  return data;
}

function giveAway(data: string): void {
  if (owner.uid !== undefined) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, data]);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
