/** After every row: is exactly what was acknowledged in the ledger, and is no unit of money missing? A fast wrong answer is no answer. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from '../src/load/plan.ts';
import { queryAt } from './postgres-server.ts';
import { OPENING } from './rail-server.ts';

export interface Ledger {
  /** Directory of the database that holds `transactions`. */
  readonly data: string;
  /** What the loads on it were told, all together. */
  readonly loads: readonly LoadResult[];
}

/** `purser verify` reads everything; above this many transfers a row would wait longer for it than it ran. */
const VERIFIED_TRANSFERS_MAX = 500_000;

/** Returns one sentence that says what was compared; throws when anything differs. The server must have stopped. */
export function checkLedger({ data, loads }: Ledger): string {
  return compare(loads, readLedger(data), ['--data', data]);
}

/** The same of a PostgreSQL database. */
export async function checkDatabase({ url, loads }: { url: string; loads: readonly LoadResult[] }): Promise<string> {
  return compare(loads, await readDatabase(url), ['--store', url]);
}

/** `place` says where the ledger is, in the words of `purser verify`. */
function compare(loads: readonly LoadResult[], found: Found, place: readonly [string, string]): string {
  const total = (of: (load: LoadResult) => number): number => loads.reduce((sum, load) => sum + of(load), 0);
  const acknowledged = total((load) => load.acknowledged);
  const told = { acknowledged, atMost: acknowledged + total((load) => load.unanswered) };
  const problems = differences(told, found);
  if (problems.length > 0) throw new Error(`the ledger in ${place[1]} is wrong: ${problems.join('; ')}`);
  const verified = found.debits <= VERIFIED_TRANSFERS_MAX ? verify(place) : '';
  return `${acknowledged} acknowledged = ${found.debits} debits = ${found.credits} credits, total unchanged${verified}`;
}

interface Found {
  readonly debits: number;
  readonly credits: number;
  readonly accounts: bigint;
  readonly total: bigint;
  readonly least: bigint;
}

const COUNTED = {
  debits: "select count(*) as it from transactions where op = 'debit'",
  credits: "select count(*) as it from transactions where op = 'credit'",
  accounts: 'select count(*) as it from accounts',
  total: 'select sum(balance) as it from accounts',
  least: 'select min(balance) as it from accounts',
};

function readLedger(data: string): Found {
  const db = new DatabaseSync(databaseFile(data), { readOnly: true, readBigInts: true });
  const one = (sql: string): bigint => db.prepare(sql).get()?.['it'] as bigint;
  const found = {
    debits: Number(one(COUNTED.debits)),
    credits: Number(one(COUNTED.credits)),
    accounts: one(COUNTED.accounts),
    total: one(COUNTED.total),
    least: one(COUNTED.least),
  };
  db.close();
  return found;
}

async function readDatabase(url: string): Promise<Found> {
  const one = async (sql: string): Promise<bigint> => BigInt((await queryAt<{ it: string }>(url, sql))[0]!.it);
  return {
    debits: Number(await one(COUNTED.debits)),
    credits: Number(await one(COUNTED.credits)),
    accounts: await one(COUNTED.accounts),
    total: await one(COUNTED.total),
    least: await one(COUNTED.least),
  };
}

function differences(told: { readonly acknowledged: number; readonly atMost: number }, found: Found): string[] {
  const { debits, credits } = found;
  const problems: string[] = [];
  if (debits !== credits) problems.push(`${debits} debits but ${credits} credits`);
  if (debits < told.acknowledged) problems.push(`${told.acknowledged} acknowledged but only ${debits} recorded`);
  if (debits > told.atMost) problems.push(`${debits} recorded but only ${told.atMost} sent`);
  if (found.total !== OPENING * found.accounts) problems.push('the total has changed');
  if (found.least < 0n) problems.push('a balance is negative');
  return problems;
}

function databaseFile(data: string): string {
  return join(data, 'purser.db');
}

/** Bytes of the database with its write-ahead log. */
export function databaseBytes(data: string): number {
  return [databaseFile(data), `${databaseFile(data)}-wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

/** The whole database by `purser verify`; throws when it finds anything. */
export function verifyLedger(data: string): string {
  verify(['--data', data]);
  return 'purser verify passed';
}

function verify(place: readonly [string, string]): string {
  const launcher = fileURLToPath(new URL('../bin/purser', import.meta.url));
  const known = spawnSync(launcher, ['verify', '--help'], { encoding: 'utf8' });
  if (known.status !== 0) return '';
  const { status, stdout, stderr } = spawnSync(launcher, ['verify', ...place], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`purser verify finds the ledger in ${place[1]} wrong:\n${stdout}${stderr}`);
  return ', purser verify passed';
}
