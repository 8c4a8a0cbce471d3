/**
 * One server per database: a small second file, `purser.db-lock`, held in an exclusive transaction. The lock dies with
 * the process, also by kill -9, and readers of `purser.db` stay free.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { explained, SQLITE, sqliteCode } from './database.ts';

/** Makes the data directory, then takes the lock or says who might have it. */
export function lockDatabase(file: string): { release(): void } {
  return explained(file, () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const lock = new DatabaseSync(`${file}-lock`);
    try {
      lock.exec('pragma locking_mode = exclusive; begin exclusive');
    } catch (cause) {
      lock.close();
      if (sqliteCode(cause) !== SQLITE.BUSY) throw cause;
      throw new StoreError(
        `another purser is using ${file}: stop it, or give this one a directory of its own with --data`,
        { cause },
      );
    }
    return { release: () => lock.close() };
  });
}
