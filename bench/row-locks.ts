/**
 * The yardstick of the rows on PostgreSQL: what is usually written, one transaction per transfer with row locks, prepared
 * statements and a connection for every caller. Its ledger is on the same server, in a database of its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LoadResult, Plan } from '../src/load/plan.ts';
import { queryAt, type PostgresServer } from './postgres-server.ts';
import { OPENING } from './rail-server.ts';
import { balances, type Contender, type Measured } from './turns.ts';

const program = fileURLToPath(new URL('./row-locks-process.ts', import.meta.url));

const SCHEMA = `
  create table accounts (id text primary key, balance bigint not null) with (fillfactor = 50);
  create table keys (key uuid primary key);
  create table entries (key uuid not null, op text not null, account_id text not null, amount bigint not null,
    balance_after bigint not null, at timestamptz not null default clock_timestamp(), primary key (key, op));
`;

export interface RowLocks {
  /** One turn. */
  /** The yardstick with so many connections, each of them a caller. */
  readonly callers: (count: number) => Contender;
  /** Says what its ledger was compared with; throws when anything differs. */
  readonly check: (loads: readonly LoadResult[]) => Promise<string>;
}

export async function openRowLocks(postgres: PostgresServer): Promise<RowLocks> {
  const url = await postgres.createDatabase('row_locks');
  await queryAt(url, SCHEMA);
  await queryAt(url, 'insert into accounts select unnest($1::text[]), $2::bigint', [balances, OPENING]);
  return {
    callers: (count) => (measured) => runCallers(url, count, measured),
    check: (loads) => check(url, loads),
  };
}

async function runCallers(url: string, callers: number, measured: Measured): Promise<LoadResult> {
  const plan: Plan = {
    ...measured,
    target: { host: '127.0.0.1', port: Number(new URL(url).port) },
    shape: { kind: 'kept', callers },
    requests: { sources: 'hot', balances, keys: 'random' },
  };
  const child = spawn(process.execPath, [program, url, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const output = await text(child.stdout);
  await exited;
  if (output === '') throw new Error('the yardstick failed');
  return JSON.parse(output) as LoadResult;
}

async function check(url: string, loads: readonly LoadResult[]): Promise<string> {
  const acknowledged = loads.reduce((sum, load) => sum + load.acknowledged, 0);
  const [found] = await queryAt<{ keys: string; entries: string; total: string }>(
    url,
    'select (select count(*) from keys) as keys, (select count(*) from entries) as entries, (select sum(balance) from accounts) as total',
  );
  const total = OPENING * BigInt(balances.length);
  if (
    Number(found?.keys) !== acknowledged ||
    Number(found?.entries) !== 2 * acknowledged ||
    BigInt(found?.total ?? 0) !== total
  )
    throw new Error(`the yardstick's ledger is wrong: ${acknowledged} transfers, but ${JSON.stringify(found)}`);
  return `the yardstick's ${acknowledged} transfers = ${found?.entries} entries, total unchanged`;
}
