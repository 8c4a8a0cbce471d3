/** Opening the SQLite file: settings, clear messages for what can be wrong with it, and the rows every part reads first. */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { invariant } from '../../base/assert.ts';
import { limits } from '../../base/limits.ts';
import { GENESIS } from '../../journal/chain.ts';
import { StoreError } from '../store.ts';
import { migrate } from './migrate.ts';

/** The database for writing; creates the file, and brings an older schema up to date. */
export function openForWriting(file: string): DatabaseSync {
  return explained(file, () => {
    const db = new DatabaseSync(file, { timeout: limits.databaseBusyMs });
    // FULL: in WAL mode it is what makes a commit wait for the disk. NORMAL would lose acknowledged commits on power loss.
    db.exec(`pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
      pragma cache_size = -65536; pragma wal_autocheckpoint = 4000; pragma journal_size_limit = 67108864`);
    migrate(db, file);
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

/** This database's own seed for key hashes. */
export function readSeed(db: DatabaseSync): number {
  db.prepare("insert or ignore into settings (name, value) values ('key-seed', ?)").run(randomInt(2 ** 31));
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

function explain(file: string, error: unknown): string {
  const { code, errcode, message } =
    error instanceof Error ? (error as Error & { code?: string; errcode?: number }) : {};
  if (code === 'EACCES' || code === 'EROFS' || errcode === 8 || code === 'EPERM') {
    return `cannot write ${file}: give this user write permission on its directory, or name another one with --data`;
  }
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `${dirname(file)} is not a directory: name another one with --data`;
  if (code === 'ENOSPC' || errcode === 13) return `no space left for ${file}: free some, then start again`;
  if (errcode === 26 || errcode === 11)
    return `${file} is no intact SQLite database: restore a backup with "purser restore"`;
  if (errcode === 5) return `${file} is locked by another program: close it, then start again`;
  return `cannot open ${file}: ${message ?? String(error)}`;
}
