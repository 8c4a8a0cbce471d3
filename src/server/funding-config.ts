/** Where receipts of funding gateways come from, and whose signatures are believed (S-12, S-13). */
import { readFileSync, statSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { isObject } from '../base/json.ts';
import { readPublicKey, type FundingKeys } from '../settlement/receipt-signature.ts';
import { ConfigError, senseless } from './config-error.ts';

export interface FundingConfig {
  /** A folder that a gateway writes receipts into, as an absolute path. */
  readonly spool: string | undefined;
  readonly feed: URL | undefined;
}

/** Loopback addresses: what stays on the machine. */
export const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

const WRITABLE_BY_OTHERS = 0o022;

/** An existing folder. Throws ConfigError. */
export function readSpool(name: string, text: string): string | undefined {
  if (text === '') return undefined;
  const folder = resolve(text);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw senseless(name, `must be a directory, which ${folder} is not: make it, for the gateway to write into`);
}

/** `https://…`, or `http://` on this machine: what others cannot read or change on the way. Throws ConfigError. */
export function readWebAddress(name: string, text: string): URL | undefined {
  if (text === '') return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))))
    throw senseless(name, 'must be a URL with https, or with http on a loopback address');
  if (url.username !== '' || url.password !== '') throw senseless(name, 'must hold no user and no password');
  return url;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  return host === 'localhost' || (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4'));
}

/**
 * A file `{"<gateway_node_id>": "<Ed25519 public key, PEM or base64>"}`. Whoever may write it decides whose receipts are
 * believed. Throws ConfigError.
 */
export function readFundingKeys(name: string, file: string): FundingKeys | undefined {
  if (file === '') return undefined;
  try {
    if ((statSync(file).mode & WRITABLE_BY_OTHERS) !== 0)
      throw senseless(name, `must not be writable by others: give ${file} mode 0644`);
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isObject(written)) throw senseless(name, `must hold an object of public keys by gateway_node_id: ${file}`);
    return new Map(Object.entries(written).map(([gateway, text]) => [gateway, keyOf(name, gateway, text)]));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (error instanceof SyntaxError) throw senseless(name, `must hold JSON, which ${file} does not`);
    throw senseless(name, `must be a file that this user can read, not ${file}`);
  }
}

function keyOf(name: string, gateway: string, text: unknown) {
  const key = typeof text === 'string' ? readPublicKey(text) : undefined;
  if (key !== undefined) return key;
  throw senseless(name, `must hold Ed25519 public keys, in PEM or base64: the one of "${gateway}" is none`);
}
