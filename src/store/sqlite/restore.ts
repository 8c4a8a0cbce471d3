/**
 * `purser restore`: puts a backup in place of a database. The backup is copied beside it and checked there first; the switch
 * itself is one rename, so that at every moment the old database or the new one is there, whole.
 */
import { copyFileSync, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { CheckResult } from '../check-result.ts';
import { StoreError } from '../store.ts';
import { unsound, type Progress, type VerifyReport } from '../verify.ts';
import { copyDatabase, syncFile } from './backup.ts';
import { openForReading, openForWriting, readHead } from './database.ts';
import { lockDatabase } from './lock.ts';
import { verifyDatabase } from './verify.ts';

export interface RestoreReport {
  readonly facts: number;
  readonly chain: string;
  /** Where the database is that was there before; undefined when there was none. */
  readonly replaced: string | undefined;
  /** Invariants of the ledger that the backup breaks: it holds what was recorded all the same. */
  readonly violated: readonly CheckResult[];
}

export interface RestoreOptions {
  readonly now: Date;
  readonly progress?: Progress;
}

/** Needs the database for itself. Throws StoreError when a server runs on it or the backup is not sound; nothing has changed then. */
export async function restoreDatabase(
  from: string,
  file: string,
  { now, progress }: RestoreOptions,
): Promise<RestoreReport> {
  if (!existsSync(from)) throw new StoreError(`there is no backup ${from}`);
  const lock = lockDatabase(file);
  const staged = `${file}.restoring`;
  try {
    removeDatabase(staged);
    copyDatabase(from, staged);
    // A backup of an older version is brought up to date before it is checked.
    openForWriting(staged).close();
    const report = await verifyDatabase(staged, { indexes: true, ...(progress === undefined ? {} : { progress }) });
    requireSound(report, from);
    const replaced = switchTo(staged, file, now);
    const violated = report.checks.filter(({ ok }) => !ok);
    return { facts: report.facts, chain: report.head.chain, replaced, violated };
  } finally {
    removeDatabase(staged);
    lock.release();
  }
}

function requireSound(report: VerifyReport, from: string): void {
  const bad = unsound(report);
  if (bad?.firstBad === undefined) return;
  const { table, key, expected, found } = bad.firstBad;
  throw new StoreError(
    `${from} is not sound, nothing was changed (${bad.name}: ${table} ${key}: expected ${expected}, found ${found})`,
  );
}

function switchTo(staged: string, file: string, now: Date): string | undefined {
  const directory = dirname(file);
  syncFile(staged);
  const replaced = existsSync(file)
    ? keep(file, `${file}.replaced-${now.toISOString().replaceAll(':', '-')}`)
    : undefined;
  syncFile(directory);
  // A log that is left over belongs to the old database; SQLite would play it into the new one.
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  syncFile(directory);
  renameSync(staged, file);
  syncFile(directory);
  return replaced;
}

/** Gives the old database a second name. What its log holds goes into it first; the log of a damaged one is kept beside it. */
function keep(file: string, as: string): string {
  const foldedIn = foldLogIn(file);
  secondName(file, as);
  if (!foldedIn && existsSync(`${file}-wal`)) secondName(`${file}-wal`, `${as}-wal`);
  return as;
}

/** False when the database is too damaged for it; it is not touched then. */
function foldLogIn(file: string): boolean {
  let busy: unknown;
  try {
    // Only a reader leaves everything as it is when the file turns out to be damaged.
    const reader = openForReading(file);
    readHead(reader);
    reader.close();
    const db = new DatabaseSync(file);
    busy = db.prepare('pragma wal_checkpoint(truncate)').get()?.['busy'];
    db.close();
  } catch {
    return false;
  }
  if (busy === 1) throw new StoreError(`another program is reading ${file}: close it, then restore again`);
  return !existsSync(`${file}-wal`) || statSync(`${file}-wal`).size === 0;
}

function secondName(file: string, as: string): void {
  try {
    linkSync(file, as);
  } catch {
    // A file system without links.
    copyFileSync(file, as);
    syncFile(as);
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}
