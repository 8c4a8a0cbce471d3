/** Numbered SQL files, applied once each and never edited after release. An older binary refuses a newer database. */
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { INCOMPLETE_COPY, incompleteCopy } from '../incomplete-copy.ts';
import { StoreError } from '../store.ts';

const FOLDER = new URL('../../../migrations/sqlite/', import.meta.url);

/** The newest migration that this version knows. */
export function newestMigration(): number {
  return numberOf(migrationNames().at(-1) ?? '');
}

/** The newest migration of a database. Throws StoreError when it is none of purser's, of a newer one, or `incomplete`. */
export function recordedMigration(db: DatabaseSync, file: string, { incomplete = false } = {}): number {
  const tables = db.prepare("select count(*) as all_tables, sum(name = 'migrations') as own from sqlite_schema").get();
  if (Number(tables?.['all_tables']) === 0) return 0;
  if (Number(tables?.['own']) !== 1)
    throw new StoreError(`${file} is no database of purser: name another directory with --data`);
  const numbers = db
    .prepare('select number from migrations')
    .all()
    .map(({ number }) => Number(number));
  if (!incomplete && numbers.includes(INCOMPLETE_COPY.number)) throw incompleteCopy(file);
  const newest = Math.max(0, ...numbers.filter((number) => number !== INCOMPLETE_COPY.number));
  if (newest <= newestMigration()) return newest;
  throw new StoreError(
    `${file} was written by a newer purser (migration ${newest}; this one knows ${newestMigration()}): upgrade purser, nothing was changed`,
  );
}

export function migrate(db: DatabaseSync, file: string, options: { readonly incomplete?: boolean } = {}): void {
  const newest = recordedMigration(db, file, options);
  db.exec('create table if not exists migrations (number integer primary key, name text not null) strict');
  for (const name of migrationNames()) {
    if (numberOf(name) <= newest) continue;
    db.exec('begin immediate');
    try {
      // The row comes first: of two servers that start together one fails here, before it has touched a table.
      db.prepare('insert into migrations (number, name) values (?, ?)').run(numberOf(name), name);
      db.exec(readFileSync(new URL(name, FOLDER), 'utf8'));
      db.exec('commit');
    } catch (error) {
      if (db.isTransaction) db.exec('rollback');
      throw error;
    }
  }
}

function migrationNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
}

function numberOf(name: string): number {
  return Number(name.slice(0, 4));
}
