/** A database of each engine in which every table has rows, made once and copied for whoever wants to damage one. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rebuildPostgres } from '../../src/store/postgres/rebuild.ts';
import { readTarget } from '../../src/store/postgres/target.ts';
import { verifyPostgres } from '../../src/store/postgres/verify.ts';
import { copyOfDatabase, tamperDatabase } from '../faults/recorded-postgres.ts';
import { openPostgres } from '../rig/postgres-place.ts';
import { sharedPostgres } from '../rig/postgres.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import type { Place } from '../rig/store-place.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { fillEveryTable, settlementDecisions } from './every-table.ts';

export interface FilledPlace extends Pick<Place, 'open' | 'verify' | 'rebuild'> {
  /** As a program of `bin/purser` is told: a directory or a URL. */
  readonly at: string;
  /** Edits rows behind the server's back. */
  tamper(...statements: readonly string[]): Promise<void> | void;
}

export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  copy(): Promise<FilledPlace>;
}

async function fill(place: Pick<Place, 'open'>): Promise<void> {
  const store = await place.open({ decisions: settlementDecisions() });
  await fillEveryTable(store);
  await store.close();
}

function sqliteEngine(): Engine {
  let filled: Promise<string> | undefined;
  const fillFile = async (): Promise<string> => {
    const file = join(temporaryDirectory(), 'purser.db');
    await fill(sqlitePlace(file));
    return file;
  };
  return {
    name: 'SQLite',
    async copy() {
      const directory = temporaryDirectory();
      const file = join(directory, 'purser.db');
      copyFileSync(await (filled ??= fillFile()), file);
      const tamper = (...statements: readonly string[]): void => {
        const db = new DatabaseSync(file);
        db.exec(['pragma ignore_check_constraints = on', ...statements].join('; '));
        db.close();
      };
      return { ...sqlitePlace(file), at: directory, tamper };
    },
  };
}

function postgresEngine(): Engine {
  let filled: Promise<string> | undefined;
  const fillDatabase = async (): Promise<string> => {
    const url = await (await sharedPostgres()).createDatabase();
    await fill({ open: (options) => openPostgres(url, options) });
    return url;
  };
  return {
    name: 'PostgreSQL',
    async copy() {
      const url = await copyOfDatabase(await (filled ??= fillDatabase()));
      return {
        open: (options) => openPostgres(url, options),
        verify: () => verifyPostgres(readTarget(url)),
        rebuild: () => rebuildPostgres(readTarget(url)),
        at: url,
        tamper: (...statements) => tamperDatabase(url, 'set search_path = public, app', ...statements),
      };
    },
  };
}

export const engines: readonly Engine[] = [sqliteEngine(), postgresEngine()];
