/** `purser scenario` as a program: flags, help, exit codes, and that no server of its own survives it. */
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reasonOf } from '../base/failure.ts';
import { formatAddress, type Address } from '../frames/server.ts';
import { parseObject } from './answers.ts';
import { ask } from './asking.ts';
import { readStore, type Databases } from './databases.ts';
import { LedgerDatabase } from './ledger-database.ts';
import { LedgerFile } from './ledger-file.ts';
import { deploymentKinds, profiles, type Treatment } from './profiles.ts';
import { planScenarios } from './plan.ts';
import { document, passed, summaryLines, table } from './report.ts';
import { runScenarios, temporaryDirectory } from './run.ts';
import type { Running } from './scenario.ts';
import { driverEnvironment, readDriverSettings, readRail, UsageError, type Env, type Rail } from './settings.ts';
import { workloads } from './workloads/workloads.ts';

const EXIT_VIOLATION = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const BALANCE_MS = 5_000;

const flags = {
  workload: { type: 'string' },
  fault: { type: 'string' },
  deployment: { type: 'string' },
  seed: { type: 'string' },
  gateway: { type: 'string' },
  data: { type: 'string' },
  store: { type: 'string' },
  servers: { type: 'string' },
  json: { type: 'boolean' },
  list: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Returns the exit code: 0 all passed, 1 a violation, 2 wrong usage. */
export async function runScenarioDriver(args: readonly string[], env: Env): Promise<number> {
  try {
    const { values } = parse(args);
    if (values.help === true || values.list === true) {
      process.stdout.write(values.help === true ? help() : list());
      return 0;
    }
    return await drive(values, env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`purser scenario: ${error.message}\n`);
    return EXIT_USAGE;
  }
}

type Values = ReturnType<typeof parse>['values'];

async function drive(values: Values, env: Env): Promise<number> {
  const target = readTarget(values, env);
  const { running, databases } = target;
  const scenarios = planScenarios({
    ...values,
    running: running !== undefined,
    database: databases !== undefined,
    servers: target.servers,
  });
  const settings = readDriverSettings(env, values.seed);
  if (running !== undefined) await refuseStrangers(running, values.data, readRail(env));
  await databases?.check();
  const out = values.json === true ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const directory = temporaryDirectory(databases);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void directory.remove().finally(() => process.exit(EXIT_INTERRUPTED)));
  const results = await runScenarios({ scenarios, settings, env, say, directory: directory.path, ...target });
  for (const line of summaryLines(results, settings)) say(line);
  if (values.json === true) process.stdout.write(`${JSON.stringify(document(results, settings), undefined, 2)}\n`);
  const allPassed = results.every(passed);
  if (allPassed || running !== undefined) await directory.remove();
  return allPassed ? 0 : EXIT_VIOLATION;
}

/** What is driven: servers of the driver with files or databases that it makes, or a server that runs already. */
interface DriveTarget {
  readonly running?: Running;
  readonly databases?: Databases;
  readonly servers: number;
}

function readTarget(values: Values, env: Env): DriveTarget {
  const store = values.data === undefined ? readStore(values.store, env) : undefined;
  const servers = readServers(values, store);
  const running = readRunning(values, store);
  if (running !== undefined) return { running, servers };
  return store === undefined ? { servers } : { databases: store, servers };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}. See "purser scenario --help"`);
  }
}

function readRunning({ gateway, data, deployment }: Values, store: Databases | undefined): Running | undefined {
  if (gateway === undefined && data === undefined) return undefined;
  if (gateway === undefined || (data === undefined && store === undefined))
    throw new UsageError('--gateway and --data (or --store) belong together: the ledger is read beside the server');
  if (deployment !== undefined) throw new UsageError('--deployment cannot be chosen for a server that runs already');
  const openLedger =
    data === undefined && store !== undefined
      ? () => new LedgerDatabase(store.named)
      : () => new LedgerFile(databaseIn(data ?? ''));
  return { gateway: readAddress(gateway), openLedger };
}

const databaseIn = (data: string): string => join(resolve(data), 'purser.db');

const SERVERS_MAX = 16;

function readServers({ servers = '1', gateway }: Values, store: Databases | undefined): number {
  const count = Number(servers);
  if (!/^\d+$/.test(servers) || count < 1 || count > SERVERS_MAX)
    throw new UsageError(`--servers must be a whole number from 1 to ${SERVERS_MAX}, not "${servers}"`);
  if (count > 1 && (store === undefined || gateway !== undefined))
    throw new UsageError('--servers goes with --store: several servers of the driver share one database');
  return count;
}

/** Says what is wrong with the address or the directory before anything is moved. */
async function refuseStrangers({ gateway }: Running, data: string | undefined, rail: Rail): Promise<void> {
  const heard = await ask(gateway, '{"op":"BALANCE"}', BALANCE_MS);
  const balances = heard === undefined ? undefined : parseObject(heard)['balances'];
  if (typeof balances !== 'object' || balances === null)
    throw new UsageError(`--gateway: ${formatAddress(gateway)} gives no balances (${heard ?? 'no answer'})`);
  const names = Object.keys(balances).join(',');
  if (names !== rail.balances.join(','))
    throw new UsageError(`BANK_BALANCES is ${rail.balances.join(',')}, but the server has ${names}`);
  if (data !== undefined && !existsSync(databaseIn(data)))
    throw new UsageError(`--data: there is no purser.db in ${resolve(data)}`);
}

function readAddress(text: string): Address {
  const [, name = '', port = ''] = /^([\d.]+|localhost):(\d{1,5})$/.exec(text) ?? [];
  const host = name === 'localhost' ? '127.0.0.1' : name;
  if (isIP(host) === 0 || Number(port) > 65_535) throw new UsageError(`--gateway must be ADDRESS:PORT, not "${text}"`);
  return { host, port: Number(port) };
}

function help(): string {
  const variables = Object.entries(driverEnvironment).map(([name, value]) => `  ${name}=${value || '(generated)'}`);
  return `purser scenario: drives the payment rail under load and faults, then checks what it answered and recorded

  --workload NAME     one workload (default: all, without faults, and every fault with the workload in its row)
  --fault NAME        one fault, or none
  --deployment NAME   ${deploymentKinds.join(', ')} or both (default)
  --seed N            the seed of all chance (default: BANK_SEED)
  --gateway HOST:PORT --data DIR
                      drive a server that runs already and read its database; set BANK_* as that server has them.
                      With --store (or PURSER_STORE) instead of --data, that database is read
  --store URL         the driver's servers keep their data in PostgreSQL, in databases that the driver makes there and
                      drops again: postgres://USER@HOST[:PORT]/DATABASE, a password only in PURSER_STORE (default: SQLite)
  --servers N         so many all-in-one servers on one database, callers spread over them (default: 1)
  --json              one JSON document on stdout, progress on stderr
  --list              the names of workloads and faults

Exit code: 0 all passed, 1 a violation, 2 wrong usage. Environment and defaults:
${variables.join('\n')}

${list()}`;
}

function list(): string {
  const workloadRows = Object.entries(workloads).map(([name, { about }]) => [`  ${name}`, about]);
  const faultRows = Object.entries(profiles).map(([name, { about, workload, on }]) => [
    `  ${name}`,
    ...deploymentKinds.map((kind) => where(on[kind])),
    workload,
    about,
  ]);
  const heading = ['  fault', ...deploymentKinds, 'workload', 'what it does'];
  return `workloads:\n${table([['', ''], ...workloadRows])
    .slice(1)
    .join(
      '\n',
    )}\n\nfaults, the links or the process that they hit in either deployment, and the workload they run with:\n${table([heading, ...faultRows]).join('\n')}\n`;
}

/** The links or the process that a treatment hits; a dash where the fault does not apply. */
function where(treatment: Treatment | undefined): string {
  if (treatment === undefined) return '-';
  if (treatment.databaseCuts !== undefined) return 'the database';
  const role = treatment.kills?.role ?? treatment.down;
  if (role !== undefined) return role === 'all' ? 'the server' : role;
  const links = Object.keys(treatment.links ?? {});
  return links.length === 3 ? 'all links' : links.join(', ');
}
