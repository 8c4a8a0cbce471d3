/**
 * The keys under which root keys of tokens are sealed (L-04): in a file that only the server's user may read, with all versions
 * that something may still be sealed with. Servers that share a database need the same file (PURSER_KEY_FILE).
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import { rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isObject } from '../base/json.ts';
import type { KeyRing } from '../l402/sealing.ts';
import { StoreError } from '../store/store.ts';

const KEY_BYTES = 32;
const KEY = /^[0-9a-f]{64}$/;
const MODE = 0o600;

export const keyRingFile = (data: string): string => join(data, 'keys', 'l402.keys');

/** Opens the ring; the first key is made when there is no file. Throws StoreError with what to do. */
export function openKeyRing(file: string): KeyRing {
  const ring = readRing(file);
  if (ring !== undefined) return ring;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeRing(file, { current: 1, keys: new Map([[1, randomBytes(KEY_BYTES)]]) }, 'appears');
  const made = readRing(file);
  if (made === undefined) throw new StoreError(`${file} was deleted while the server started: start it again`);
  return made;
}

/** A new current key; the former ones stay, until nothing is sealed with them any more. Answers its version. */
export function rotateKeyRing(file: string): number {
  const { keys } = openKeyRing(file);
  const current = Math.max(...keys.keys()) + 1;
  writeRing(file, { current, keys: new Map([...keys, [current, randomBytes(KEY_BYTES)]]) }, 'replaces');
  return current;
}

function readRing(file: string): KeyRing | undefined {
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0)
      throw new StoreError(`${file} may be read by others: make it yours alone with "chmod 600"`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof StoreError) throw error;
    throw new StoreError(`cannot read ${file}: give this user permission`, { cause: error });
  }
  return parsedRing(file, parse(text));
}

function parsedRing(file: string, parsed: unknown): KeyRing {
  const keys = new Map<number, Uint8Array>();
  const listed = isObject(parsed) && isObject(parsed['keys']) ? Object.entries(parsed['keys']) : [];
  for (const [version, key] of listed)
    if (typeof key === 'string' && KEY.test(key)) keys.set(Number(version), Buffer.from(key, 'hex'));
  const current = isObject(parsed) ? parsed['current'] : undefined;
  if (typeof current !== 'number' || !keys.has(current) || keys.size !== listed.length)
    throw new StoreError(`${file} holds no keys: put the file back from a backup`);
  return { current, keys };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** It is whole when it appears; of two servers that make the first one, both use that of the faster. */
function writeRing(file: string, { current, keys }: KeyRing, how: 'appears' | 'replaces'): void {
  const listed = Object.fromEntries([...keys].map(([version, key]) => [version, Buffer.from(key).toString('hex')]));
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    const descriptor = openSync(draft, 'wx', MODE);
    writeSync(descriptor, `${JSON.stringify({ current, keys: listed })}\n`);
    fsyncSync(descriptor);
    closeSync(descriptor);
    chmodSync(draft, MODE);
    if (how === 'replaces') renameSync(draft, file);
    else linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw new StoreError(`cannot write ${file}: give this user permission`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
}
