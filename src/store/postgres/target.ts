/** Which PostgreSQL: a URL as its own tools know it, read once and refused by name where it makes no sense. */
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { limits } from '../../base/limits.ts';
import { StoreError } from '../store.ts';

export interface Host {
  readonly host: string;
  readonly port: number;
}

/** What TLS needs beyond the host's name; undefined: no TLS. */
export interface TargetTls {
  /** Is the server's certificate checked against an authority, and does its name have to be the host's? */
  readonly verify: 'nothing' | 'authority' | 'full';
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface Target {
  /** Tried in turn until one is found that takes writes: a primary and its standbys. */
  readonly hosts: readonly Host[];
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly tls: TargetTls | undefined;
  /** Connections for reading, beside the one that writes. */
  readonly readers: number;
}

const DEFAULT_PORT = 5432;

const parameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'pool'] as const;
type Parameters = Partial<Record<(typeof parameters)[number], string>>;

const isParameter = (name: string): name is (typeof parameters)[number] =>
  parameters.some((parameter) => parameter === name);

export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text);
}

/**
 * Reads `postgres://user[:password]@host[:port][,host[:port]…]/database[?sslmode=…&pool=…]`. A password given on its own
 * (from a file) goes before one in the URL. Throws StoreError; its message never shows a password.
 */
export function readTarget(url: string, password?: string): Target {
  const parts = /^postgres(?:ql)?:\/\/(?:([^:@/?]*)(?::([^@/?]*))?@)?([^/?]+)\/([^/?]+)(?:\?(.*))?$/.exec(url);
  const [, user = '', urlPassword, hostList = '', database = '', query = ''] = parts ?? [];
  if (parts === null || user === '')
    throw new StoreError('a store must be postgres://USER@HOST[:PORT][,HOST[:PORT]…]/DATABASE');
  const hosts = hostList.split(',').map(readHost);
  const options = readParameters(query);
  return {
    hosts,
    user: decoded(user),
    password: password ?? (urlPassword === undefined ? undefined : decoded(urlPassword)),
    database: decoded(database),
    tls: readTls(options, hosts),
    readers: readPool(options.pool),
  };
}

/** Does the URL hold a password? Then it must not stand where others can read it. */
export function hasPassword(url: string): boolean {
  return /^[^/]*\/\/[^@/]*:[^@/]*@/.test(url);
}

/** The target for messages and logs. */
export function shown({ hosts, user, database }: Target): string {
  return `postgres://${user}@${hosts.map(({ host, port }) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`).join(',')}/${database}`;
}

function readHost(text: string): Host {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3] ?? DEFAULT_PORT);
  if (host === undefined || port > 65_535 || port < 1)
    throw new StoreError(`a store's host must be HOST or HOST:PORT, not "${text}"`);
  return { host, port };
}

function readParameters(query: string): Parameters {
  const found: Parameters = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!isParameter(name)) throw new StoreError(`a store's URL knows ${parameters.join(', ')}, not "${name}"`);
    found[name] = value;
  }
  return found;
}

function readPool(text = String(limits.postgresReaders)): number {
  const readers = Number(text);
  if (/^\d+$/.test(text) && readers >= 1 && readers <= limits.postgresReadersMax) return readers;
  throw new StoreError(`a store's pool must be a whole number from 1 to ${limits.postgresReadersMax}, not "${text}"`);
}

const verification = {
  disable: undefined,
  require: 'nothing',
  'verify-ca': 'authority',
  'verify-full': 'full',
} as const;

const isMode = (mode: string): mode is keyof typeof verification => mode in verification;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

function isLoopback({ host }: Host): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));
}

/** Without a word from the operator a network is not trusted: only loopback goes without TLS. */
function readTls({ sslmode, sslrootcert, sslcert, sslkey }: Parameters, hosts: readonly Host[]): TargetTls | undefined {
  const mode = sslmode ?? (hosts.every(isLoopback) && sslrootcert === undefined ? 'disable' : 'verify-full');
  if (!isMode(mode))
    throw new StoreError(`a store's sslmode must be one of ${Object.keys(verification).join(', ')}, not "${mode}"`);
  const verify = verification[mode];
  if (verify === undefined) return undefined;
  return { verify, ca: readPem(sslrootcert), cert: readPem(sslcert), key: readPem(sslkey) };
}

function readPem(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StoreError(`cannot read the store's TLS file ${file}`, { cause });
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new StoreError("a store's user, password and database must be percent-encoded", { cause });
  }
}
