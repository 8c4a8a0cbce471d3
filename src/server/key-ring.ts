/**
 * The keys under which root keys of tokens are sealed (L-04): in a file that only the server's user may read, with all versions
 * that something may still be sealed with. Servers that share a database need the same file (PURSER_KEY_FILE).
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isObject, parseJson } from '../base/json.ts';
import { readPrivateFile, writePrivateFile } from '../base/private-file.ts';
import type { KeyRing } from '../l402/sealing.ts';
import { StoreError } from '../store/store.ts';

const KEY_BYTES = 32;
const KEY = /^[0-9a-f]{64}$/;

export const keyRingFile = (data: string): string => join(data, 'keys', 'l402.keys');

/** Opens the ring; the first key is made when there is no file. Throws StoreError with what to do. */
export function openKeyRing(file: string): KeyRing {
  const ring = readRing(file);
  if (ring !== undefined) return ring;
  writeRing(file, { current: 1, keys: new Map([[1, randomBytes(KEY_BYTES)]]) }, 'first');
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
  // An operator may keep the file elsewhere, and mount or link it here.
  const found = explained(file, 'read', () => readPrivateFile(file, 'followed'));
  if (found === 'readable_by_others')
    throw new StoreError(`${file} may be read by others: make it yours alone with "chmod 600"`);
  return found && parsedRing(file, parseJson(found.text));
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

function writeRing(file: string, { current, keys }: KeyRing, how: 'first' | 'replaces'): void {
  const listed = Object.fromEntries([...keys].map(([version, key]) => [version, Buffer.from(key).toString('hex')]));
  explained(file, 'write', () => writePrivateFile(file, `${JSON.stringify({ current, keys: listed })}\n`, how));
}

function explained<T>(file: string, verb: 'read' | 'write', work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new StoreError(`cannot ${verb} ${file}: give this user permission`, { cause });
  }
}
