/** PostgreSQL databases with what real servers recorded, made once and copied for whoever wants to damage one. */
import { queryAt, sharedPostgres } from '../rig/postgres.ts';
import { purser } from './purser.ts';

/** A database that holds what a data directory holds; its URL. */
export async function migrated(data: string): Promise<string> {
  const url = await (await sharedPostgres()).createDatabase();
  const { code, stderr } = await purser(['migrate-store', '--from', `sqlite:${data}`, '--to', url]);
  if (code !== 0) throw new Error(`purser migrate-store: ${stderr}`);
  return url;
}

let copies = 0;

/** A copy of a database that nobody is connected to; its URL. */
export async function copyOfDatabase(url: string): Promise<string> {
  const postgres = await sharedPostgres();
  const name = `copy_${process.pid}_${++copies}`;
  await postgres.query('postgres', `create database ${name} template ${url.slice(url.lastIndexOf('/') + 1)}`);
  return postgres.url(name);
}

/** Edits a database behind its servers' backs, triggers and all. */
export async function tamperDatabase(url: string, ...statements: readonly string[]): Promise<void> {
  const open = ['facts', 'batches'].map((table) => `alter table ${table} disable trigger user`);
  await queryAt(url, [...open, ...statements].join('; '));
}

/** Rows of the tables that follow from the facts, and the journal's head. */
export async function tablesOfDatabase(url: string): Promise<unknown> {
  // Not the ordinal of openings: rebuild gives them new ones, in the same order.
  const selects = [
    'select * from accounts order by id',
    'select id, amount from openings order by ordinal',
    'select * from transactions order by created_at',
    'select * from counters order by name',
    'select * from transfers order by key',
    'select * from api_keys order by key_id',
    'select seq, at, chain, migration from journal_head',
  ];
  return Promise.all(selects.map((select) => queryAt(url, select)));
}
