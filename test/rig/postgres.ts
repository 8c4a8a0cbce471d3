/**
 * A real PostgreSQL for tests, on a free port with a data directory of its own: it can be killed, stopped in its tracks,
 * replicated and promoted like one of an operator, and is gone when the test process is.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type QueryResultRow } from 'pg';
import { environment, owner, postgresBinaries } from './postgres-binaries.ts';
import { ProcessGuard } from './process-guard.ts';
import { freeAddress } from './server-process.ts';
import { until } from './until.ts';

export interface PostgresOptions {
  /** Whether commits reach the disk. Without, tests are faster; only a crash of the machine could tell the difference. */
  readonly durable?: boolean;
}

const USER = 'postgres';

/** A server that says so is in the way of its own successor, or somebody else has just taken the port. Both pass. */
const IN_THE_WAY = /is still in use|lock file .* already exists|could not bind|could not create any TCP\/IP sockets/;

const START_WITHIN_MS = 20_000;
const POLL_MS = 10;

/** Of what the server prints, so much is kept for messages. */
const OUTPUT_MAX = 64 * 1024;

let databases = 0;

export class Postgres {
  readonly #directory: string;
  readonly #data: string;
  readonly #guard: ProcessGuard;
  readonly #settings: readonly string[];
  #port = 0;
  #server: ChildProcess | undefined;
  #paused: readonly number[] = [];
  #standbys = 0;
  /** The end of what the server has printed. */
  output = '';

  private constructor({ durable = false }: PostgresOptions) {
    this.#directory = mkdtempSync(join(tmpdir(), 'purser-postgres-'));
    this.#data = join(this.#directory, 'data');
    this.#guard = new ProcessGuard(this.#directory);
    chmodSync(this.#directory, 0o755);
    mkdirSync(this.#data, { mode: 0o700 });
    giveAway(this.#data);
    const safe = durable ? 'on' : 'off';
    this.#settings = [`fsync=${safe}`, `full_page_writes=${safe}`];
  }

  /** A fresh server. */
  static async start(options: PostgresOptions = {}): Promise<Postgres> {
    const postgres = new Postgres(options);
    const args = ['-D', postgres.#data, '-U', USER, '--auth=trust', '--locale=C', '--encoding=UTF8'];
    await promisify(execFile)(postgresBinaries().initdb, [...args, '--no-sync', '--no-instructions'], {
      ...owner,
      cwd: postgres.#directory,
      env: environment,
    });
    await postgres.start();
    return postgres;
  }

  get port(): number {
    return this.#port;
  }

  url(database: string): string {
    return `postgres://${USER}@127.0.0.1:${this.#port}/${database}`;
  }

  /** A database of its own for one test; its URL. */
  async createDatabase(): Promise<string> {
    const name = `test_${process.pid}_${++databases}`;
    await this.query('postgres', `create database ${name} template template0 strategy wal_log`);
    return this.url(name);
  }

  query<R extends QueryResultRow>(database: string, sql: string, values: readonly unknown[] = []): Promise<R[]> {
    return queryAt<R>(this.url(database), sql, values);
  }

  /** Starts a server that was stopped or killed, at the same port. */
  async start(): Promise<void> {
    const untilMs = performance.now() + START_WITHIN_MS;
    const fixed = this.#port !== 0;
    for (;;) {
      if (!fixed) ({ port: this.#port } = await freeAddress());
      if (await this.#ready()) return;
      if (!IN_THE_WAY.test(this.output) || performance.now() > untilMs)
        throw new Error(`PostgreSQL does not start: ${this.output}`);
      await pause(POLL_MS);
    }
  }

  /** Stops the friendly way: clients are cut off, what they committed is written out. */
  async stop(): Promise<void> {
    this.resume();
    await this.#end('SIGINT', []);
  }

  /** kill -9 of the server and everything that belongs to it, as if the machine's power had gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', this.#family().slice(1));
    this.#paused = [];
  }

  /** Time stands still for the server: it neither answers nor refuses. */
  pause(): void {
    const family = this.#family();
    this.#paused = family;
    this.#guard.watch(family);
    signal(family, 'SIGSTOP');
  }

  resume(): void {
    signal(this.#paused, 'SIGCONT');
    this.#paused = [];
  }

  /** A standby. If it is synchronous, a commit here is from now on answered once it is there, too. */
  async standby({ synchronous = true } = {}): Promise<Postgres> {
    const name = `standby_${++this.#standbys}`;
    const standby = new Postgres({ durable: this.#settings.includes('fsync=on') });
    const client = await connect(this.url('postgres'));
    try {
      await client.query('select pg_create_physical_replication_slot($1)', [name]);
      await client.query('select pg_backup_start($1, true)', [name]);
      cpSync(this.#data, standby.#data, { recursive: true, verbatimSymlinks: true, filter: inBackup(this.#data) });
      const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
      const conninfo = `host=127.0.0.1 port=${this.#port} user=${USER} application_name=${name}`;
      standby.#follow(rows[0]?.labelfile ?? '', `primary_conninfo = '${conninfo}'\nprimary_slot_name = '${name}'\n`);
      await standby.start();
      if (synchronous) await client.query(`alter system set synchronous_standby_names = '*'`);
      await client.query('select pg_reload_conf()');
      await until(`${name} follows`, async () => {
        const state =
          'select 1 from pg_stat_replication where application_name = $1 and state = $2 and sync_state = $3';
        return (await client.query(state, [name, 'streaming', synchronous ? 'sync' : 'async'])).rowCount === 1;
      });
    } finally {
      await client.end();
    }
    return standby;
  }

  /** A standby takes over: it accepts writes when this returns. */
  async promote(): Promise<void> {
    const [row] = await this.query<{ promoted: boolean }>('postgres', 'select pg_promote(true, 20) as promoted');
    if (row?.promoted !== true) throw new Error(`the standby was not promoted: ${this.output}`);
  }

  #follow(label: string, settings: string): void {
    writeFileSync(join(this.#data, 'backup_label'), label);
    writeFileSync(join(this.#data, 'standby.signal'), '');
    appendFileSync(join(this.#data, 'postgresql.auto.conf'), settings);
    giveAway(this.#data);
    chmodSync(this.#data, 0o700);
  }

  /** Starts the process; false when it has ended without accepting anybody. */
  async #ready(): Promise<boolean> {
    const settings = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=',
      'max_connections=100',
      'shared_buffers=32MB',
      'io_method=sync',
      ...this.#settings,
    ];
    const server = spawn(postgresBinaries().postgres, ['-D', this.#data, ...settings.flatMap((one) => ['-c', one])], {
      ...owner,
      cwd: this.#directory,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    this.#server = server;
    this.output = '';
    if (server.pid !== undefined) this.#guard.watch([server.pid]);
    const ready = await new Promise<boolean>((resolve) => {
      server.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.output = `${this.output}${text}`.slice(-OUTPUT_MAX);
        if (/ready to accept (?:read-only )?connections/.test(text)) resolve(true);
      });
      server.once('error', (error) => {
        this.output += error.message;
        resolve(false);
      });
      server.once('close', () => resolve(false));
    });
    // A test process that has nothing else to do may end: the guard ends the server.
    server.unref();
    (server.stderr as Socket).unref();
    return ready;
  }

  async #end(how: NodeJS.Signals, others: readonly number[]): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.ref();
    server.kill(how);
    signal(others, how);
    await ended;
    this.#guard.watch([]);
  }

  /** The server's process and those that it started. */
  #family(): number[] {
    const pid = this.#server?.pid;
    return pid === undefined ? [] : [pid, ...childrenOf(pid)];
  }
}

let shared: Promise<Postgres> | undefined;

/** The server of this test process for everything that needs no server of its own; begins when first asked for. */
export function sharedPostgres(): Promise<Postgres> {
  shared ??= Postgres.start();
  return shared;
}

/** One statement on a connection of its own. */
export async function queryAt<R extends QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  const client = await connect(url);
  try {
    return (await client.query<R>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A server that is killed on purpose must not end the test; who waits for an answer hears of it all the same.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** What a base backup leaves out: the running server's own, and the log, which the standby fetches for itself. */
function inBackup(data: string): (path: string) => boolean {
  return (path) => !/^\/(?:pg_wal|pg_replslot|pg_stat_tmp)\/.|^\/postmaster\./.test(path.slice(data.length));
}

function giveAway(path: string): void {
  if (owner.uid === undefined) return;
  chownSync(path, owner.uid, owner.gid);
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true }))
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), owner.uid, owner.gid);
}

function childrenOf(pid: number): number[] {
  const list =
    process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return list.split(/\s+/).filter(Boolean).map(Number);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
