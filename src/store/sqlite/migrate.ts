/** Numbered SQL files, applied once each and never edited after release. An older binary refuses a newer database. */
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';

const FOLDER = new URL('../../../migrations/sqlite/', import.meta.url);

export function migrate(db: DatabaseSync, file: string): void {
  db.exec('create table if not exists migrations (number integer primary key, name text not null) strict');
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  const newest = Number(db.prepare('select max(number) as number from migrations').get()?.['number'] ?? 0);
  const known = Number(names.at(-1)?.slice(0, 4));
  if (newest > known) {
    throw new StoreError(
      `${file} was written by a newer purser (migration ${newest}; this one knows ${known}): upgrade purser, nothing was changed`,
    );
  }
  for (const name of names) {
    const number = Number(name.slice(0, 4));
    if (number <= newest) continue;
    db.exec('begin immediate');
    try {
      // The row comes first: of two servers that start together one fails here, before it has touched a table.
      db.prepare('insert into migrations (number, name) values (?, ?)').run(number, name);
      db.exec(readFileSync(new URL(name, FOLDER), 'utf8'));
      db.exec('commit');
    } catch (error) {
      if (db.isTransaction) db.exec('rollback');
      throw error;
    }
  }
}
