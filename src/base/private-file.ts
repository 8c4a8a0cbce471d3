/** Files with secrets: only their owner may read them, and each is whole under its name, or not there at all. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './failure.ts';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

export interface PrivateFile {
  readonly text: string;
  /** Of its owner. */
  readonly uid: number;
}

/** Undefined: there is none. A link could lead to a file that somebody else may write: follow those of a place that an operator named. */
export function readPrivateFile(
  file: string,
  links: 'followed' | 'refused' = 'refused',
): PrivateFile | 'readable_by_others' | undefined {
  const descriptor = openIfThere(file, links === 'refused' ? constants.O_NOFOLLOW : 0);
  if (descriptor === undefined) return undefined;
  try {
    const { mode, uid } = fstatSync(descriptor);
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
    if (!isFile || (mode & OTHERS) !== 0) return 'readable_by_others';
    return { text: readFileSync(descriptor, 'utf8'), uid };
  } finally {
    closeSync(descriptor);
  }
}

function openIfThere(file: string, flags: number): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY | flags);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** `first`: one that is there stays, so that of two servers that make it at once, both use that of the faster. */
export function writePrivateFile(file: string, text: string, how: 'first' | 'replaces'): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    writeThrough(draft, text);
    if (how === 'replaces') renameSync(draft, file);
    else appear(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeThrough(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', OWNER_ONLY);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function appear(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // A file system without links has to do with a name that may replace another.
    if (codeOf(error) !== 'EEXIST') renameSync(draft, file);
  }
}
