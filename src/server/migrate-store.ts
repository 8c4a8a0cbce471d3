/** `purser migrate-store`: where from and where to, then lines and an exit code. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { copyStore, type CopyReport, type CopySource, type CopyTarget } from '../store/copy.ts';
import { openPostgresSource } from '../store/postgres/copy-source.ts';
import { openPostgresTarget } from '../store/postgres/copy-target.ts';
import { openSqliteSource } from '../store/sqlite/copy-source.ts';
import { openSqliteTarget } from '../store/sqlite/copy-target.ts';
import { databaseFile, readStore, UsageError, type Env, type StoreChoice } from './config.ts';
import { progressOn } from './progress.ts';

export const migrateStoreHelp = `purser migrate-store --from STORE --to STORE [--json]

STORE is sqlite:DIR, sqlite:FILE.db or postgres://USER@HOST[:PORT]/DATABASE (its password: PURSER_STORE_PASSWORD_FILE, or
PGPASSFILE when the two differ).

Copies facts and batches as they are, so that the chain stays the same, writes every table that follows from them, and
verifies the copy. Stop the servers of both first. Interrupted, it goes on where it ended when it is run again; until it is
done no server starts on the copy. The source is not changed. Refused when the copy has facts that the source has not.
Prints one line; exit 0 when the copy is complete and verified, 1 when it is not.
`;

/** Copies one store into another. Throws ConfigError or StoreError. */
export async function migrateStore(
  { from, to }: { readonly from: string; readonly to: string },
  env: Env,
): Promise<CopyReport> {
  const [source, target] = [readEnd('--from', from, env), readEnd('--to', to, env)];
  if (from === to) throw new UsageError('--from and --to are the same store');
  const opened = await openSource(source);
  try {
    const copy = await openTarget(target);
    try {
      return await copyStore(opened, copy, { copying: progressOn('MIGRATE'), verifying: progressOn('VERIFY') });
    } finally {
      await copy.close();
    }
  } finally {
    await opened.close();
  }
}

function openSource(store: StoreChoice): Promise<CopySource> {
  return store.engine === 'sqlite' ? openSqliteSource(store.file) : openPostgresSource(store.target);
}

function openTarget(store: StoreChoice): Promise<CopyTarget> {
  return store.engine === 'sqlite' ? openSqliteTarget(store.file) : openPostgresTarget(store.target);
}

function readEnd(flag: string, text: string, env: Env): StoreChoice {
  const path = /^sqlite:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return { engine: 'sqlite', file: fileOf(resolve(path)) };
  try {
    return readStore({ store: text }, env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      error.message.replace('--store', flag).replace('SQLite needs none, see --data', 'or sqlite:DIR'),
    );
  }
}

/** A directory has its database inside. */
function fileOf(path: string): string {
  const isFile = existsSync(path) ? statSync(path).isFile() : path.endsWith('.db');
  return isFile ? path : databaseFile(path);
}
