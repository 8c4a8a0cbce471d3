/**
 * `purser verify`: recomputes what is recorded and compares. It reads one snapshot, also of a running server's database,
 * and changes nothing; memory does not grow with the number of facts.
 */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { JournalAudit, type JournalFlaw } from '../../journal/audit.ts';
import { StoreError } from '../store.ts';
import { checkResult, type CheckResult, type FirstBad } from './check-result.ts';
import { explained, openForReading } from './database.ts';
import { batchReader, readFacts } from './read-journal.ts';
import { newestMigration, recordedMigration } from './migrate.ts';
import { KeyAudit } from './verify-keys.ts';
import { ProjectionAudit } from './verify-projections.ts';

export interface VerifyReport {
  readonly ok: boolean;
  readonly facts: number;
  /** Where the journal ends: who keeps this elsewhere finds out when its end is cut off. */
  readonly head: { readonly seq: number; readonly chain: string };
  readonly checks: readonly CheckResult[];
}

/** Told every so often how far the check has come. */
export type Progress = (done: { readonly facts: number; readonly of: number }) => void;

export interface VerifyOptions {
  readonly progress?: Progress;
  /** Compares indexes with their tables too, which takes a look-up per row. */
  readonly indexes?: boolean;
}

/** Checks a database; what is wrong with its content is in the report. Throws StoreError when there is none to check. */
export function verifyDatabase(file: string, options: VerifyOptions = {}): VerifyReport {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}: name its directory with --data`);
  return explained(file, () => {
    const db = openForReading(file);
    try {
      // One transaction is one snapshot, however long the server goes on writing meanwhile.
      db.exec('begin');
      requireCurrent(db, file);
      return verifySnapshot(db, options);
    } finally {
      db.close();
    }
  });
}

/** A file of another program, or of another version, is not "violated": it is the wrong file. */
function requireCurrent(db: DatabaseSync, file: string): void {
  const found = recordedMigration(db, file);
  if (found < newestMigration())
    throw new StoreError(
      `${file} is of an older purser (migration ${found} of ${newestMigration()}): start the server on it once`,
    );
}

function verifySnapshot(db: DatabaseSync, { progress, indexes = false }: VerifyOptions): VerifyReport {
  const structure = checkStructure(db, indexes ? 'integrity_check' : 'quick_check');
  if (!structure.ok) return { ok: false, facts: 0, head: new JournalAudit(() => undefined).head, checks: [structure] };
  const total = Number(db.prepare('select count(*) as facts from facts').get()?.['facts']);
  const journal = new JournalAudit(batchReader(db));
  const keys = new KeyAudit(db);
  const projections = new ProjectionAudit(db);
  let facts = 0;
  for (const chunk of readFacts(db)) {
    for (const fact of chunk) {
      journal.add(fact);
      // A number out of order is the journal's flaw; here it must not make up millions of empty runs.
      if (fact.key !== null && fact.seq >= 1 && fact.seq <= total) keys.add(fact.key, fact.seq);
      projections.add(fact);
    }
    facts += chunk.length;
    progress?.({ facts, of: total });
  }
  journal.end();
  const duplicate = keys.end(total);
  const { flaw } = journal;
  const checks = [
    structure,
    checkResult('journal', journal.counted, flaw && journalFlaw(flaw)),
    checkResult('keys', { keys: keys.keys }, duplicate),
    ...projections.end(keys.keys, duplicate),
    checkResult('key-index', keys.counted, keys.flaw),
  ];
  return { ok: checks.every(({ ok }) => ok), facts, head: journal.head, checks };
}

export function journalFlaw({ table, seq, expected, found }: JournalFlaw): FirstBad {
  return { table, key: `${table === 'facts' ? 'seq' : 'first_seq'}=${seq}`, expected, found };
}

/** SQLite's own look at its pages: on a torn file nothing else can be told. */
function checkStructure(db: DatabaseSync, check: 'quick_check' | 'integrity_check'): CheckResult {
  const found = String(db.prepare(`pragma ${check}(1)`).get()?.[check]);
  const pages = Number(db.prepare('pragma page_count').get()?.['page_count']);
  const bad = { table: 'sqlite', key: 'file', expected: 'sound pages', found };
  return checkResult('file', { pages }, found === 'ok' ? undefined : bad);
}
