/** Which server, and with which key; which payer of a sandbox, and with which password. A key never stands on a command line, where every user of the machine can read it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_URL } from '../client/client.ts';
import { CredentialError, UsageError } from './exit.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What commands read of the environment; docs/cli.md is tested against this list. */
export const environment = {
  PURSER_URL: DEFAULT_URL,
  PURSER_KEY: '',
  PURSER_DATA: './data',
  PURSER_PAYER_ADDR: '127.0.0.1:9740',
} as const;

export interface Flags {
  readonly url?: string | undefined;
  readonly data?: string | undefined;
}

export interface Server {
  readonly url: string;
  readonly key: string | undefined;
  /** Where the key comes from or, without one, where it was looked for. */
  readonly keyFrom: string;
}

/** Throws UsageError and CredentialError. */
export function readServer(flags: Flags, env: Env): Server {
  const url = readUrl(flags.url, env);
  const own = env['PURSER_KEY']?.trim() ?? '';
  if (own !== '') return { url, key: readKey(own, 'PURSER_KEY'), keyFrom: 'PURSER_KEY' };
  const file = join(dataOf(flags, env), 'operator.token');
  const token = readToken(file);
  if (token !== undefined && !isPrivate(url))
    throw new CredentialError(
      `the operator token of ${file} is not sent to ${url}, where others could read it: use https, or set PURSER_KEY`,
    );
  return { url, key: token, keyFrom: file };
}

export interface Payer {
  readonly url: string;
  readonly password: string | undefined;
  /** Where the password comes from or, without one, where it was looked for. */
  readonly passwordFrom: string;
}

/** Throws UsageError and CredentialError. */
export function readPayer(flags: { readonly address: string | undefined } & Pick<Flags, 'data'>, env: Env): Payer {
  const name = flags.address === undefined ? 'PURSER_PAYER_ADDR' : '--payer';
  const address = flags.address ?? (env['PURSER_PAYER_ADDR'] || environment.PURSER_PAYER_ADDR);
  const url = `http://${address}`;
  if (!/^(?:[\w.-]+|\[[0-9a-f:.]+\]):\d{1,5}$/i.test(address) || !URL.canParse(url))
    throw new UsageError(`${name} must be HOST:PORT like ${environment.PURSER_PAYER_ADDR}, not "${address}"`);
  const file = join(dataOf(flags, env), 'payer.password');
  const password = readToken(file);
  if (password !== undefined && !isPrivate(url))
    throw new CredentialError(`the password of ${file} is not sent to ${address}, where others could read it`);
  return { url, password, passwordFrom: file };
}

const dataOf = (flags: Pick<Flags, 'data'>, env: Env): string =>
  resolve(flags.data ?? (env['PURSER_DATA'] || environment.PURSER_DATA));

function readUrl(flag: string | undefined, env: Env): string {
  const name = flag === undefined ? 'PURSER_URL' : '--url';
  const text = flag ?? (env['PURSER_URL'] || environment.PURSER_URL);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new UsageError(`${name} must be a URL like ${environment.PURSER_URL}, not "${text}"`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError(`${name} must hold no user or password: keys come from PURSER_KEY`);
  return text;
}

function readKey(text: string, from: string): string {
  if (/^[\x21-\x7e]{1,1024}$/.test(text)) return text;
  throw new UsageError(`${from} holds no key`);
}

function readToken(file: string): string | undefined {
  try {
    return readKey(readFileSync(file, 'utf8').trim(), file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CredentialError(`cannot read ${file} (${code}): be the user that the server runs as, or set PURSER_KEY`);
  }
}

/** The token may do everything: it leaves the machine only where nobody can listen. */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
