/** Opening the SQLite file: settings, clear messages for what can be wrong with it, and the rows every part reads first. */
import { randomInt } from 'node:crypto';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { codeOf, reasonOf } from '../../base/failure.ts';
import { invariant } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import { GENESIS } from '../../journal/chain.ts';
import { StoreError } from '../store.ts';
import { migrate, recordedMigration } from './migrate.ts';

/** SQLite's primary result codes that mean something to an operator. */
export const SQLITE = {
  BUSY: 5,
  READONLY: 8,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
} as const;

/** The primary result code of an SQLite error, undefined for anything else. */
export function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode % 256
    : undefined;
}

/** The database for writing; creates the file, and brings an older schema up to date. A copy may be `incomplete`. */
export function openForWriting(file: string, { incomplete = false } = {}): DatabaseSync {
  return explained(file, () => {
    const db = new DatabaseSync(file, { timeout: limits.databaseBusyMs });
    // Before anything is set: a file that is not ours, or not of this version, stays as it is.
    recordedMigration(db, file, { incomplete });
    // FULL: in WAL mode it is what makes a commit wait for the disk. NORMAL would lose acknowledged commits on power loss.
    // MEMORY: what a statement keeps to undo itself would otherwise be written to a file, almost as much as the log itself.
    db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma temp_store = memory;
      pragma cache_size = -16384; pragma wal_autocheckpoint = 1000; pragma journal_size_limit = 67108864`);
    migrate(db, file, { incomplete });
    return db;
  });
}

/** The database for reading only, beside a server that writes. */
export function openForReading(file: string): DatabaseSync {
  return explained(file, () => {
    const db = new DatabaseSync(file, { readOnly: true, timeout: limits.databaseBusyMs, readBigInts: true });
    db.exec('pragma query_only = on; pragma cache_size = -16384');
    return db;
  });
}

/** The end of the journal: what the next fact and the next batch go on from. */
export interface Head {
  readonly seq: number;
  readonly at: bigint;
  readonly chain: string;
}

export function readHead(db: DatabaseSync): Head {
  const fact = db.prepare('select seq, cast(at as text) as at from facts order by seq desc limit 1').get();
  const batch = db.prepare('select last_seq, chain from batches order by first_seq desc limit 1').get();
  if (fact === undefined) return { seq: 0, at: 0n, chain: GENESIS };
  const seq = Number(fact['seq']);
  invariant(Number(batch?.['last_seq']) === seq, 'the last batch ends with the last fact');
  return { seq, at: BigInt(String(fact['at'])), chain: String(batch?.['chain']) };
}

/** Gives a new database its own seed for key hashes. */
export function createSeed(db: DatabaseSync): void {
  db.prepare("insert or ignore into settings (name, value) values ('key-seed', ?)").run(String(randomInt(2 ** 31)));
}

/** This database's own seed for key hashes. */
export function readSeed(db: DatabaseSync): number {
  return Number(db.prepare("select value from settings where name = 'key-seed'").get()?.['value']);
}

/** Runs what opens a file, and turns what can go wrong into a message that says what to do. */
export function explained<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(explain(file, cause), { cause });
  }
}

/** The same for work that takes its time. */
export async function explainedWork<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    return explained(file, () => {
      throw cause;
    });
  }
}

/** What can be wrong with a file, by system error or SQLite's primary code, and what to do about it. */
const EXPLANATIONS: readonly { codes: readonly (string | number)[]; message: (file: string) => string }[] = [
  {
    codes: ['EACCES', 'EROFS', 'EPERM', SQLITE.READONLY, SQLITE.CANTOPEN],
    message: (file) =>
      `cannot write ${file}: give this user write permission on its directory, or name another one with --data`,
  },
  {
    codes: ['ENOTDIR', 'EEXIST'],
    message: (file) => `${dirname(file)} is not a directory: name another one with --data`,
  },
  { codes: ['ENOSPC', SQLITE.FULL], message: (file) => `no space left for ${file}: free some, then start again` },
  {
    codes: [SQLITE.CORRUPT, SQLITE.NOTADB],
    message: (file) => `${file} is no intact SQLite database: restore a backup with "purser restore"`,
  },
  { codes: [SQLITE.BUSY], message: (file) => `${file} is locked by another program: close it, then start again` },
];

function explain(file: string, error: unknown): string {
  const code = codeOf(error);
  const primary = sqliteCode(error);
  const found = EXPLANATIONS.find(({ codes }) => codes.some((known) => known === code || known === primary));
  return found?.message(file) ?? `cannot open ${file}: ${reasonOf(error)}`;
}
