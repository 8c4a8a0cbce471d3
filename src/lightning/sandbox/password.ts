/** The demo payer's password: a file in the data directory that only its owner may read, made at the first start. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const NAME = 'payer.password';
const BYTES = 32;
const MODE = 0o600;

/** Throws an error that says what to do when the file is not fit to hold a secret. */
export function ensurePassword(dataDir: string): string {
  const file = join(dataDir, NAME);
  return readPassword(file) ?? createPassword(dataDir, file);
}

function readPassword(file: string): string | undefined {
  const descriptor = openIfThere(file);
  if (descriptor === undefined) return undefined;
  try {
    const { mode } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0) throw new Error(`${file} can be read by others: run chmod 600 on it`);
    const password = readFileSync(descriptor, 'utf8').trim();
    if (!/^[\x21-\x7e]{16,256}$/.test(password))
      throw new Error(`${file} holds no password: delete it, and a new one is made at the next start`);
    return password;
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string): number | undefined {
  try {
    // A link could lead to a file that somebody else may write.
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole under its name, or not there: a reader never meets half a password. */
function createPassword(dataDir: string, file: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const password = randomBytes(BYTES).toString('hex');
  const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
  const descriptor = openSync(unfinished, 'wx', MODE);
  writeSync(descriptor, `${password}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(unfinished, file);
  return password;
}

/** In a time that tells nothing of either. */
export function isPassword(presented: string, password: string): boolean {
  return timingSafeEqual(digestOf(presented), digestOf(password));
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
