/**
 * `purser backup`: one file with everything, taken from one snapshot while a server goes on writing. Until it is complete,
 * on the disk and looked at, it has another name; an existing file is never touched.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { codeOf, reasonOf } from '../../base/failure.ts';
import { chainHash, factHash, GENESIS, merkleRoot } from '../../journal/chain.ts';
import { StoreError } from '../store.ts';
import { explained, openForReading, readHead, SQLITE, sqliteCode } from './database.ts';
import { recordedMigration } from './migrate.ts';
import { readFacts } from './read-journal.ts';

export interface BackupReport {
  readonly bytes: number;
  readonly facts: number;
  /** The chain hash of the last batch: where the journal ends. */
  readonly chain: string;
}

/** Throws StoreError; there is then no file `to`. */
export function backUpDatabase(file: string, to: string): BackupReport {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}: name its directory with --data`);
  if (existsSync(to)) throw alreadyThere(to);
  const partial = `${to}.${process.pid}.partial`;
  rmSync(partial, { force: true });
  try {
    copyDatabase(file, partial);
    const { seq, chain } = lookAt(partial);
    explained(to, () => moveIntoPlace(partial, to));
    return { bytes: statSync(to).size, facts: seq, chain };
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Copies one snapshot into a new file that only this user can read, and waits for the disk. */
export function copyDatabase(file: string, to: string): void {
  const db = explained(file, () => {
    const opened = openForReading(file);
    recordedMigration(opened, file);
    return opened;
  });
  try {
    // SQLite takes an empty file for a new one, and this one has its mode from the beginning.
    closeSync(openSync(to, 'wx', 0o600));
    // It writes nothing here, but SQLite counts the copy as writing.
    db.exec('pragma query_only = off');
    db.prepare('vacuum into ?').run(to);
    syncFile(to);
  } catch (cause) {
    const full = sqliteCode(cause) === SQLITE.FULL;
    const reason = full ? 'no space left' : reasonOf(cause);
    throw new StoreError(`cannot copy ${file} to ${to}: ${reason}`, { cause });
  } finally {
    db.close();
  }
}

/** Waits until a file's content, or a directory's names, are on the disk. */
export function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The end of a copy's journal, recomputed: a copy that was cut short would not get this far. */
function lookAt(copy: string): { readonly seq: number; readonly chain: string } {
  return explained(copy, () => {
    const db = openForReading(copy);
    try {
      const head = readHead(db);
      if (head.seq === 0 || lastChain(db) === head.chain) return head;
      throw new StoreError(`the journal does not end as its chain says: run "purser verify", no backup was made`);
    } finally {
      db.close();
    }
  });
}

/** The chain hash of the last batch, from its facts and the batch before. */
function lastChain(db: DatabaseSync): string | undefined {
  const [last, before] = db
    .prepare('select first_seq, chain from batches order by first_seq desc limit 2')
    .all()
    .map((row) => ({ firstSeq: Number(row['first_seq']), chain: String(row['chain']) }));
  if (last === undefined) return undefined;
  const leaves = [...readFacts(db, BigInt(last.firstSeq) - 1n)].flatMap((facts) => facts.map(factHash));
  const lastSeq = last.firstSeq + leaves.length - 1;
  return chainHash(before?.chain ?? GENESIS, { root: merkleRoot(leaves), firstSeq: last.firstSeq, lastSeq });
}

/** Gives the file its name, unless another has it meanwhile. */
function moveIntoPlace(partial: string, to: string): void {
  try {
    // A link, because a rename would replace a file that appeared since we looked.
    linkSync(partial, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw alreadyThere(to);
    // A file system without links.
    renameSync(partial, to);
  }
  syncFile(dirname(to));
}

function alreadyThere(to: string): StoreError {
  return new StoreError(`${to} exists already: choose another name with --to, backups are never overwritten`);
}
