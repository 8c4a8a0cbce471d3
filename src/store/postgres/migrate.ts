/** Numbered SQL files, applied once each and never edited after release. An older binary refuses a newer database. */
import { readdirSync, readFileSync } from 'node:fs';
import { INCOMPLETE_COPY, incompleteCopy } from '../incomplete-copy.ts';
import { StoreError } from '../store.ts';
import { sqlState } from './errors.ts';
import type { Session } from './session.ts';

const FOLDER = new URL('../../../migrations/postgres/', import.meta.url);

/** unique_violation, duplicate_object, duplicate_table. */
const MADE_MEANWHILE: ReadonlySet<string> = new Set(['23505', '42710', '42P07']);

const RECORDED = { name: 'recorded-migrations', text: 'select number from migrations' };

const TABLES = {
  name: 'own-tables',
  text: `select count(*)::int, count(*) filter (where table_name = 'migrations')::int
    from information_schema.tables where table_schema = current_schema() and table_name in ('migrations', 'facts', 'accounts')`,
};

/** The newest migration that this version knows. */
export function newestMigration(): number {
  return numberOf(migrationNames().at(-1) ?? '');
}

/**
 * The newest migration of the database; 0 when it is empty. Throws StoreError when it is not ours, of a newer version, or
 * `incomplete`.
 */
export async function recordedMigration(session: Session, { incomplete = false } = {}): Promise<number> {
  const [tables] = await session.query(TABLES);
  const [all, own] = tables ?? [];
  if (all === 0) return 0;
  if (own !== 1) throw new StoreError('the database has tables of another program: name another database in the URL');
  const numbers = (await session.query(RECORDED)).map(([number]) => Number(number));
  if (!incomplete && numbers.includes(INCOMPLETE_COPY.number)) throw incompleteCopy('the database');
  const newest = Math.max(0, ...numbers.filter((number) => number !== INCOMPLETE_COPY.number));
  if (newest <= newestMigration()) return newest;
  throw new StoreError(
    `the database was written by a newer purser (migration ${newest}; this one knows ${newestMigration()}): upgrade purser, nothing was changed`,
  );
}

/** Brings the database up to date; of several servers that start together one does it, and the others wait for it. */
export async function migrate(session: Session, options: { readonly incomplete?: boolean } = {}): Promise<void> {
  const newest = await recordedMigration(session, options);
  const missing = migrationNames().filter((name) => numberOf(name) > newest);
  if (missing.length > 0) await createTable(session);
  for (const name of missing) await apply(session, name);
}

async function createTable(session: Session): Promise<void> {
  try {
    await session.run('create table if not exists migrations (number integer primary key, name text not null)');
  } catch (error) {
    // Two servers at once: even "if not exists" collides in the catalogue, in one of three ways.
    if (!MADE_MEANWHILE.has(sqlState(error) ?? '')) throw error;
  }
}

async function apply(session: Session, name: string): Promise<void> {
  const sql = readFileSync(new URL(name, FOLDER), 'utf8');
  await session.run('begin');
  try {
    if (!(await recordMigration(session, name))) return await session.run('rollback');
    await session.run(sql);
    // Waits for the batch that is being written, and tells older servers before their next one.
    await session.query({ name: 'tell-migration', text: 'update journal_head set migration = $1' }, [numberOf(name)]);
    await session.run('commit');
  } catch (error) {
    if (!session.dead) await session.run('rollback');
    throw error;
  }
}

/** The row comes first: a second server waits here until the first has committed, and then finds it done. */
async function recordMigration(session: Session, name: string): Promise<boolean> {
  const text = 'insert into migrations (number, name) values ($1, $2) on conflict do nothing returning number';
  return (await session.query({ name: 'record-migration', text }, [numberOf(name), name])).length > 0;
}

let names: readonly string[] | undefined;

/** Read once: every batch compares the newest with the journal's head. */
function migrationNames(): readonly string[] {
  names ??= readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  return names;
}

function numberOf(name: string): number {
  return Number(name.slice(0, 4));
}
