/**
 * `purser verify` on SQLite. It reads one snapshot, also of a running server's database, and changes nothing. Beyond what
 * the engines have in common it looks at the file itself and at the key index.
 */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { JournalAudit } from '../../journal/audit.ts';
import { checkResult, type CheckResult } from '../check-result.ts';
import { StoreError } from '../store.ts';
import { verifySnapshot, withChecks, type Progress, type VerifyReport } from '../verify.ts';
import { explainedWork, openForReading } from './database.ts';
import { newestMigration, recordedMigration } from './migrate.ts';
import { SqliteSnapshot } from './snapshot.ts';
import { KeyAudit } from './verify-keys.ts';

export interface VerifyOptions {
  readonly progress?: Progress;
  /** Compares indexes with their tables too, which takes a look-up per row. */
  readonly indexes?: boolean;
}

/** Checks a database; what is wrong with its content is in the report. Throws StoreError when there is none to check. */
export async function verifyDatabase(file: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}: name its directory with --data`);
  return explainedWork(file, async () => {
    const db = openForReading(file);
    try {
      // One transaction is one snapshot, however long the server goes on writing meanwhile.
      db.exec('begin');
      requireCurrent(db, file);
      return await verifyOpened(db, options);
    } finally {
      db.close();
    }
  });
}

/** A file of another program, or of another version, is not "violated": it is the wrong file. */
export function requireCurrent(db: DatabaseSync, file: string): void {
  const found = recordedMigration(db, file);
  if (found < newestMigration())
    throw new StoreError(
      `${file} is of an older purser (migration ${found} of ${newestMigration()}): start the server on it once`,
    );
}

/** The same for a database in whose transaction the caller is. */
export async function verifyOpened(
  db: DatabaseSync,
  { progress, indexes = false }: VerifyOptions,
): Promise<VerifyReport> {
  const structure = checkStructure(db, indexes ? 'integrity_check' : 'quick_check');
  if (!structure.ok) return { ok: false, facts: 0, head: new JournalAudit(() => undefined).head, checks: [structure] };
  const keys = new KeyAudit(db);
  const report = await verifySnapshot(new SqliteSnapshot(db), keys, progress);
  return withChecks(report, [structure], [checkResult('key-index', keys.counted, keys.flaw)]);
}

/** SQLite's own look at its pages: on a torn file nothing else can be told. */
function checkStructure(db: DatabaseSync, check: 'quick_check' | 'integrity_check'): CheckResult {
  const found = String(db.prepare(`pragma ${check}(1)`).get()?.[check]);
  const pages = Number(db.prepare('pragma page_count').get()?.['page_count']);
  const bad = { table: 'sqlite', key: 'file', expected: 'sound pages', found };
  return checkResult('file', { pages }, found === 'ok' ? undefined : bad);
}
