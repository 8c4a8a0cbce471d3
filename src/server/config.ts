/** Reads the environment and the flags once, and refuses nonsense by its name. The only place that sees the environment. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NS_PER_SECOND } from '../base/time.ts';
import { reasonOf } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import type { Address, Tls } from '../frames/server.ts';
import type { OidcSettings } from '../http/oidc.ts';
import type { PaymentPolicy } from '../flows/commands.ts';
import type { EscrowPolicy } from '../orders/deadlines.ts';
import { defaultMapping } from '../settlement/mapping.ts';
import { hasPassword, isPostgresUrl, readTarget, type Target } from '../store/postgres/target.ts';
import { StoreError } from '../store/store.ts';
import type { SagaPolicy } from '../transfer/policy.ts';
import { ConfigError, senseless, UsageError } from './config-error.ts';
import { keyRingFile } from './key-ring.ts';
import { readLightning } from './lightning.ts';
import type { LightningConfig } from './gate.ts';
import { loopback, readFundingKeys, readSpool, readWebAddress, type FundingConfig } from './funding-config.ts';
import { oidcEnvironment, readOidc } from './oidc-config.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The process's environment. */
export const processEnv = (): Env => process.env;

export { ConfigError, UsageError };

/** Where velocity windows are: each server's own, or in the database for all servers on it. */
type Velocity = 'memory' | 'store';

const roles = ['all', 'gateway', 'risk', 'ledger'] as const;
type Role = (typeof roles)[number];

/** Where a server keeps its data: a file of its own, or a database that several servers may share. */
export type StoreChoice =
  { readonly engine: 'sqlite'; readonly file: string } | { readonly engine: 'postgres'; readonly target: Target };

export interface Config {
  readonly role: Role;
  readonly data: string;
  readonly store: StoreChoice;
  readonly gateway: Address;
  readonly risk: Address;
  readonly ledger: Address;
  /** Where HTTP listens; undefined: nowhere (roles other than all, unless asked for). */
  readonly http: Address | undefined;
  readonly tls: Tls | undefined;
  readonly policy: PaymentPolicy;
  readonly velocity: Velocity;
  /** From the start of one reconciliation to that of the next (B-07). */
  readonly reconcileMs: number;
  readonly openingAmount: bigint;
  readonly saga: SagaPolicy;
  readonly funding: FundingConfig;
  readonly lightning: LightningConfig;
  readonly oidc: OidcSettings | undefined;
}

/** Every variable that the server reads, with its default; docs/reference.md is tested against this list. */
export const environment = {
  PURSER_DATA: './data',
  PURSER_STORE: '',
  PURSER_STORE_PASSWORD_FILE: '',
  PURSER_GATEWAY_ADDR: '127.0.0.1:9100',
  PURSER_RISK_ADDR: '127.0.0.1:9200',
  PURSER_LEDGER_ADDR: '127.0.0.1:9300',
  PURSER_RISK_UNREACHABLE: 'proceed',
  PURSER_VELOCITY: 'memory',
  PURSER_LIGHTNING: '',
  PURSER_PAYER_ADDR: '127.0.0.1:9740',
  PURSER_KEY_FILE: '',
  PURSER_RECONCILE_MINUTES: '15',
  PURSER_ESCROW_WORK_S: '604800',
  PURSER_ESCROW_DISPUTE_S: '172800',
  PURSER_ESCROW_AUTO_RELEASE_S: '86400',
  PURSER_FUNDING_KEYS: '',
  PURSER_FUNDING_SPOOL: '',
  PURSER_FUNDING_FEED: '',
  ...oidcEnvironment,
  BANK_LOCAL: '1',
  BANK_BALANCES: 'collection_pending,payout_available,settlement_bank,dispute_reserve,ops_float',
  BANK_INITIAL_BALANCE: '10000',
  BANK_FRAUD_TIMEOUT: '2',
  BANK_ACCT_TIMEOUT: '5',
  BANK_VELOCITY_WINDOW: '60',
  BANK_VELOCITY_LIMIT: '3',
  BANK_SINGLE_TX_LIMIT: '5000',
  BANK_ROLLBACK_RETRIES: '3',
  BANK_ROLLBACK_BASE_S: '1',
} as const;

type Name = keyof typeof environment;

const HTTP_DEFAULT = '127.0.0.1:9090';

/** Addresses of the source's second network layout (`BANK_LOCAL=0`). */
const REMOTE = {
  PURSER_GATEWAY_ADDR: '127.0.0.10:9000',
  PURSER_RISK_ADDR: '127.0.0.20:9000',
  PURSER_LEDGER_ADDR: '127.0.0.30:9000',
};

/** The configuration of `purser serve`. Throws ConfigError. */
export function readConfig(args: readonly string[], env: Env): Config {
  const flags = readFlags(args);
  const read = (name: Name): string => env[name] ?? environment[name];
  const local = read('BANK_LOCAL');
  if (local !== '0' && local !== '1') throw new ConfigError(`BANK_LOCAL must be 0 or 1, not "${local}"`);
  const address = (name: keyof typeof REMOTE): Address =>
    readAddress(name, env[name] ?? (local === '0' ? REMOTE[name] : environment[name]));
  const role = readRole(flags.role);
  const store = readStore(flags, env);
  const fundingKeys = readFundingKeys('PURSER_FUNDING_KEYS', read('PURSER_FUNDING_KEYS'));
  const config: Config = {
    role,
    data: readDataDirectory(flags.data, env),
    store,
    gateway: address('PURSER_GATEWAY_ADDR'),
    risk: address('PURSER_RISK_ADDR'),
    ledger: address('PURSER_LEDGER_ADDR'),
    http: readHttp(role, flags.http),
    tls: readTls(flags),
    policy: {
      balances: readBalanceNames(read('BANK_BALANCES')),
      movementsMax: readInteger('BANK_VELOCITY_LIMIT', read('BANK_VELOCITY_LIMIT'), 0),
      windowMs: readSeconds('BANK_VELOCITY_WINDOW', read('BANK_VELOCITY_WINDOW')),
      singleMax: BigInt(readInteger('BANK_SINGLE_TX_LIMIT', read('BANK_SINGLE_TX_LIMIT'), 0)),
      ...mappingOf(readBalanceNames(read('BANK_BALANCES'))),
      escrow: readEscrow(read),
      ...(fundingKeys === undefined ? {} : { fundingKeys }),
    },
    oidc: readOidc(read),
    funding: {
      spool: readSpool('PURSER_FUNDING_SPOOL', read('PURSER_FUNDING_SPOOL')),
      feed: readWebAddress('PURSER_FUNDING_FEED', read('PURSER_FUNDING_FEED')),
    },
    velocity: readVelocity(read('PURSER_VELOCITY'), role, store),
    lightning: readLightningConfig(flags, env, { role, store }),
    reconcileMs:
      readInteger('PURSER_RECONCILE_MINUTES', read('PURSER_RECONCILE_MINUTES'), 1, limits.reconcileSettingMinutesMax) *
      60_000,
    openingAmount: BigInt(readInteger('BANK_INITIAL_BALANCE', read('BANK_INITIAL_BALANCE'), 0)),
    saga: {
      riskTimeoutMs: readSeconds('BANK_FRAUD_TIMEOUT', read('BANK_FRAUD_TIMEOUT')),
      ledgerTimeoutMs: readSeconds('BANK_ACCT_TIMEOUT', read('BANK_ACCT_TIMEOUT')),
      compensationAttempts: readInteger('BANK_ROLLBACK_RETRIES', read('BANK_ROLLBACK_RETRIES'), 1, 16),
      compensationBaseMs: readSeconds('BANK_ROLLBACK_BASE_S', read('BANK_ROLLBACK_BASE_S')),
      compensationPauseMsMax: limits.compensationPauseMsMax,
      riskUnreachable: readChoice('PURSER_RISK_UNREACHABLE', read('PURSER_RISK_UNREACHABLE'), ['proceed', 'refuse']),
    },
  };
  refuseOpenBinding(config);
  return config;
}

/** The data directory, as an absolute path. */
export function readDataDirectory(flag: string | undefined, env: Env): string {
  const data = flag ?? env['PURSER_DATA'] ?? environment.PURSER_DATA;
  if (data === '') throw senseless(flag === undefined ? 'PURSER_DATA' : '--data', 'must name a directory');
  return resolve(data);
}

/** The database inside a data directory. */
export function databaseFile(data: string): string {
  return join(data, 'purser.db');
}

/**
 * The store of `--store` or PURSER_STORE; without either, SQLite in the data directory. A password may stand in
 * PURSER_STORE or in the file that PURSER_STORE_PASSWORD_FILE names, but not on a command line, which everybody can read.
 */
export function readStore(
  flags: { readonly store?: string | undefined; readonly data?: string | undefined },
  env: Env,
): StoreChoice {
  const url = flags.store ?? env['PURSER_STORE'] ?? '';
  const password = readPassword(env);
  if (flags.store === undefined && url === '')
    return { engine: 'sqlite', file: databaseFile(readDataDirectory(flags.data, env)) };
  const name = flags.store === undefined ? 'PURSER_STORE' : '--store';
  if (!isPostgresUrl(url))
    throw senseless(name, 'must be postgres://USER@HOST[:PORT]/DATABASE; SQLite needs none, see --data');
  if (flags.store !== undefined && hasPassword(url))
    throw senseless(name, 'must hold no password, which others could read: see PURSER_STORE_PASSWORD_FILE');
  try {
    return { engine: 'postgres', target: readTarget(url, password) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw senseless(name, `must be a store's URL: ${error.message}`);
  }
}

function readPassword(env: Env): string | undefined {
  const file = env['PURSER_STORE_PASSWORD_FILE'] ?? '';
  if (file === '') return undefined;
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw badPassword(`not be readable by others: give ${file} mode 0600`);
    const password = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (password !== '') return password;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw badPassword(`be a file that this user can read, not ${file}`);
  }
  throw badPassword(`hold a password: ${file} is empty`);
}

const badPassword = (what: string): ConfigError => senseless('PURSER_STORE_PASSWORD_FILE', `must ${what}`);

const flagTypes = {
  data: { type: 'string' },
  role: { type: 'string' },
  http: { type: 'string' },
  store: { type: 'string' },
  lightning: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'tls-client-ca': { type: 'string' },
} as const;

/** The flags of `purser serve`, for its help. */
export const serveFlags: readonly string[] = Object.keys(flagTypes);

function readFlags(args: readonly string[]): Partial<Record<keyof typeof flagTypes, string>> {
  try {
    return parseArgs({ args: [...args], options: flagTypes, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}. See "purser serve --help"`);
  }
}

/** Where the keys of tokens are; a folder of somebody's choice has to be there. */
function readKeyFile(flags: { readonly data?: string }, env: Env): string {
  const chosen = env['PURSER_KEY_FILE'] ?? '';
  if (chosen === '') return keyRingFile(readDataDirectory(flags.data, env));
  if (!existsSync(dirname(chosen))) throw senseless('PURSER_KEY_FILE', 'must name a file in a folder that is there');
  return resolve(chosen);
}

/** Where the sandbox's payer listens (N-03). */
function readPayer(chosen: string): Pick<LightningConfig, 'payer' | 'payerIsChosen'> {
  const text = chosen === '' ? environment.PURSER_PAYER_ADDR : chosen;
  return { payer: readAddress('PURSER_PAYER_ADDR', text), payerIsChosen: chosen !== '' };
}

/** N-01, N-02: the sandbox where nobody says another, as long as this server is the only one on its database. */
function readLightningConfig(
  flags: { readonly lightning?: string; readonly data?: string },
  env: Env,
  { role, store }: { readonly role: Role; readonly store: StoreChoice },
): LightningConfig {
  const name = flags.lightning === undefined ? 'PURSER_LIGHTNING' : '--lightning';
  const text = flags.lightning ?? env['PURSER_LIGHTNING'] ?? '';
  const shared = store.engine === 'postgres';
  refuseSandboxBesideMoney(flags.lightning, env['PURSER_LIGHTNING']);
  if (text === 'sandbox' && shared)
    throw senseless(name, 'must not be sandbox with --store: servers that share a database cannot share a sandbox');
  const isOff = role !== 'all' || text === 'none' || (text === '' && shared);
  return {
    setting: isOff ? 'off' : readLightning(name, text === '' ? 'sandbox' : text),
    name,
    ...readPayer(env['PURSER_PAYER_ADDR'] ?? ''),
    keyFile: readKeyFile(flags, env),
    env,
  };
}

/** N-02: whoever has named a real node somewhere must not be served by one whose money is worth nothing, nor the other way round. */
function refuseSandboxBesideMoney(flag: string | undefined, variable: string | undefined): void {
  const said = [flag, variable].filter((text) => text !== undefined && text !== '' && text !== 'none');
  if (said.length === 2 && said[0] !== said[1] && said.includes('sandbox'))
    throw new ConfigError(
      '--lightning and PURSER_LIGHTNING contradict each other: one of them says sandbox, whose money is worth nothing, ' +
        'and the other names a real node. Take one of them away',
    );
}

function readRole(text: string | undefined): Role {
  return readChoice('--role', text ?? 'all', roles);
}

function readChoice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw senseless(name, `must be one of ${choices.join(', ')}, not "${text}"`);
  return found;
}

/** Roles that judge nothing count nothing: they may be told what is meant for the others. */
function readVelocity(text: string, role: Role, { engine }: StoreChoice): Velocity {
  const velocity = readChoice('PURSER_VELOCITY', text, ['memory', 'store']);
  if (velocity === 'memory' || (role !== 'all' && role !== 'risk')) return 'memory';
  if (engine === 'sqlite')
    throw senseless('PURSER_VELOCITY', 'must be memory here: "store" needs --store postgres://USER@HOST/DATABASE');
  return velocity;
}

function readInteger(name: string, text: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}

/** Seconds with up to three decimals, as milliseconds. */
function readSeconds(name: string, text: string): number {
  const parts = /^(\d{1,6})(?:\.(\d{1,3}))?$/.exec(text);
  const ms = parts === null ? 0 : Number(parts[1]) * 1_000 + Number((parts[2] ?? '').padEnd(3, '0'));
  if (ms >= 1 && ms <= limits.settingSecondsMax * 1_000) return ms;
  throw new ConfigError(`${name} must be seconds from 0.001 to ${limits.settingSecondsMax}, not "${text}"`);
}

function readBalanceNames(text: string): string[] {
  const names = text.split(',');
  const sound = names.every((name) => /^[A-Za-z0-9:._-]{1,128}$/.test(name));
  if (sound && names.length >= 2 && new Set(names).size === names.length) return names;
  throw new ConfigError(`BANK_BALANCES must be two or more different names with commas between, not "${text}"`);
}

/** Settlement moves money between these balances; where one is missing it moves none. */
function mappingOf(balances: readonly string[]): Pick<PaymentPolicy, 'mapping'> {
  const { incoming, payout, settled, disputed } = defaultMapping;
  const complete = [incoming, payout, settled, disputed].every((name) => balances.includes(name));
  return complete ? { mapping: defaultMapping } : {};
}

/** S-21: deadlines of orders and holds that set none. */
function readEscrow(read: (name: Name) => string): EscrowPolicy {
  const ns = (name: Name): bigint =>
    BigInt(readInteger(name, read(name), 1, limits.escrowSettingSecondsMax)) * NS_PER_SECOND;
  return {
    workNs: ns('PURSER_ESCROW_WORK_S'),
    disputeWindowNs: ns('PURSER_ESCROW_DISPUTE_S'),
    autoReleaseNs: ns('PURSER_ESCROW_AUTO_RELEASE_S'),
  };
}

function readAddress(name: string, text: string): Address {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host !== undefined && port <= 65_535 && (isIP(host) !== 0 || host === 'localhost')) {
    return { host: host === 'localhost' ? '127.0.0.1' : host, port };
  }
  throw senseless(name, `must be ADDRESS:PORT with an IP address or localhost, not "${text}"`);
}

function readHttp(role: Role, flag: string | undefined): Address | undefined {
  if (flag !== undefined) return readAddress('--http', flag);
  return role === 'all' ? readAddress('--http', HTTP_DEFAULT) : undefined;
}

function readTls(flags: Readonly<Record<string, string | undefined>>): Tls | undefined {
  const files = [flags['tls-cert'], flags['tls-key'], flags['tls-client-ca']];
  if (files.every((file) => file === undefined)) return undefined;
  const [cert, key, ca] = files.map((file) => {
    if (file === undefined) throw new UsageError('TLS needs all three: --tls-cert, --tls-key and --tls-client-ca');
    try {
      return readFileSync(file, 'utf8');
    } catch {
      throw new ConfigError(`cannot read the TLS file ${file}`);
    }
  });
  return { cert: cert!, key: key!, ca: ca! };
}

const isOpen = ({ host }: Address): boolean => !loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');

/** P-03: money must not be moved by whoever happens to reach the machine. */
function refuseOpenBinding({ role, gateway, risk, ledger, http, tls }: Config): void {
  const bound = role === 'all' ? [gateway, risk, ledger] : [{ gateway, risk, ledger }[role]];
  if (tls === undefined && bound.some(isOpen)) {
    throw new ConfigError('an address that is not loopback needs --tls-cert, --tls-key and --tls-client-ca');
  }
  if (http !== undefined && isOpen(http)) {
    throw senseless('--http', 'must be a loopback address; put a TLS proxy in front to reach it from outside');
  }
}
