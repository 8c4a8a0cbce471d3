/** The demo payer's password: a file in the data directory that only its owner may read, made at the first start. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '../../base/private-file.ts';

const NAME = 'payer.password';
const BYTES = 32;

/** Throws an error that says what to do when the file is not fit to hold a secret. */
export function ensurePassword(dataDir: string): string {
  const file = join(dataDir, NAME);
  return readPassword(file) ?? createPassword(file);
}

function readPassword(file: string): string | undefined {
  const found = readPrivateFile(file);
  if (found === undefined) return undefined;
  if (found === 'readable_by_others') throw new Error(`${file} can be read by others: run chmod 600 on it`);
  const password = found.text.trim();
  if (!/^[\x21-\x7e]{16,256}$/.test(password))
    throw new Error(`${file} holds no password: delete it, and a new one is made at the next start`);
  return password;
}

function createPassword(file: string): string {
  const password = randomBytes(BYTES).toString('hex');
  writePrivateFile(file, `${password}\n`, 'replaces');
  return password;
}

/** In a time that tells nothing of either. */
export function isPassword(presented: string, password: string): boolean {
  return timingSafeEqual(digestOf(presented), digestOf(password));
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
