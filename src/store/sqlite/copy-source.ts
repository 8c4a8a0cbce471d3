/** SQLite as the source of `purser migrate-store`: one moment of the file, under the lock that a server would hold. */
import { existsSync } from 'node:fs';
import type { CopySource } from '../copy.ts';
import { StoreError } from '../store.ts';
import { explained, openForReading } from './database.ts';
import { lockDatabase } from './lock.ts';
import { SqliteSnapshot } from './snapshot.ts';
import { requireCurrent } from './verify.ts';

/** Throws StoreError when there is none, or when a server runs on it. */
export async function openSqliteSource(file: string): Promise<CopySource> {
  if (!existsSync(file)) throw new StoreError(`there is no database ${file}: name another one with --from`);
  const lock = lockDatabase(file);
  try {
    const db = explained(file, () => openForReading(file));
    explained(file, () => {
      db.exec('begin');
      requireCurrent(db, file);
    });
    return {
      name: file,
      snapshot: new SqliteSnapshot(db),
      async close() {
        db.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
