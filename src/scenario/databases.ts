/** Databases on a PostgreSQL server, made for scenarios and gone after them: what `--store` names is only where they are made. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sqlState } from '../store/postgres/errors.ts';
import { connectToPrimary } from '../store/postgres/primary.ts';
import type { Session } from '../store/postgres/session.ts';
import { hasPassword, isPostgresUrl, readTarget, shown, type Target } from '../store/postgres/target.ts';
import { StoreError } from '../store/store.ts';
import { UsageError, type Env } from './settings.ts';

const INSUFFICIENT_PRIVILEGE = '42501';

/** The store of `--store` or PURSER_STORE; undefined: SQLite. Throws UsageError. */
export function readStore(flag: string | undefined, env: Env): Databases | undefined {
  const url = flag ?? env['PURSER_STORE'] ?? '';
  const name = flag === undefined ? 'PURSER_STORE' : '--store';
  if (url === '' && flag === undefined) return undefined;
  if (!isPostgresUrl(url)) throw new UsageError(`${name} must be postgres://USER@HOST[:PORT]/DATABASE`);
  if (flag !== undefined && hasPassword(url))
    throw new UsageError(
      '--store: a command line is no place for a password, use PURSER_STORE or PURSER_STORE_PASSWORD_FILE',
    );
  try {
    return new Databases(url, { name, passwordFile: env['PURSER_STORE_PASSWORD_FILE'] ?? '' });
  } catch (error) {
    if (error instanceof StoreError) throw new UsageError(`${name}: ${error.message}`);
    throw error;
  }
}

export class Databases {
  readonly #url: string;
  readonly #name: string;
  readonly #passwordFile: string;
  readonly #prefix = `purser_scenario_${randomBytes(4).toString('hex')}`;
  #made: string[] = [];
  #count = 0;

  /** `name` is what the operator has to mend when the URL is of no use. */
  constructor(url: string, { name = '--store', passwordFile = '' } = {}) {
    this.#url = url;
    this.#name = name;
    this.#passwordFile = passwordFile;
    this.target(url);
  }

  /** What was named: a database that is there already. */
  get named(): Target {
    return this.target(this.#url);
  }

  /** Throws UsageError when the server cannot be used for scenarios. */
  async check(): Promise<void> {
    try {
      const url = await this.create();
      await this.drop([url]);
    } catch (error) {
      if (sqlState(error) === INSUFFICIENT_PRIVILEGE)
        throw new UsageError(
          `${this.#name}: every scenario takes a new database, and this user may not create any: grant it createdb`,
        );
      if (error instanceof StoreError) throw new UsageError(`${this.#name}: ${error.message}`);
      throw error;
    }
  }

  /** A new database; its URL. */
  async create(): Promise<string> {
    const name = `${this.#prefix}_${++this.#count}`;
    await this.#run(`create database ${name} template template0 encoding 'UTF8' locale 'C'`);
    const url = this.#url.replace(/^([^/]*\/\/[^/]+\/)[^/?]+/, `$1${name}`);
    this.#made.push(url);
    return url;
  }

  target(url: string): Target {
    return readTarget(url, this.#passwordFile === '' ? undefined : readFileSync(this.#passwordFile, 'utf8').trimEnd());
  }

  /** What a server needs in its environment to work on a database. */
  env(url: string): Env {
    return { PURSER_STORE: url, PURSER_STORE_PASSWORD_FILE: this.#passwordFile };
  }

  /** Cuts every connection to these databases, whatever it is doing. */
  async cut(urls: readonly string[]): Promise<void> {
    const names = urls.map((url) => `'${this.target(url).database}'`).join(', ');
    await this.#run(`select pg_terminate_backend(pid) from pg_stat_activity where datname in (${names})`);
  }

  /** Drops these databases, or all that were made and not dropped yet. */
  async drop(urls: readonly string[] = this.#made): Promise<void> {
    this.#made = this.#made.filter((url) => !urls.includes(url));
    for (const url of urls) await this.#run(`drop database if exists ${this.target(url).database} with (force)`);
  }

  /** Leaves the databases where they are; their names. */
  keep(): string[] {
    return this.#made.splice(0).map((url) => shown(this.target(url)));
  }

  async #run(sql: string): Promise<void> {
    const session: Session = await connectToPrimary(this.named, 'maintain');
    try {
      await session.run(sql);
    } finally {
      await session.close();
    }
  }
}
