/**
 * The yardstick's callers, as a process of their own: each keeps a connection to PostgreSQL and makes one transfer after the
 * other, each in a transaction that locks the rows of both accounts.
 */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Measurement } from '../src/load/measurement.ts';
import type { Plan } from '../src/load/plan.ts';

const BEGIN = { name: 'begin', text: 'begin' };
const KEY = { name: 'key', text: 'insert into keys (key) values ($1)' };
const LOCK = { name: 'lock', text: 'select balance from accounts where id = $1 for update' };
const MOVE = { name: 'move', text: 'update accounts set balance = $2 where id = $1' };
const ENTRY = {
  name: 'entry',
  text: 'insert into entries (key, op, account_id, amount, balance_after) values ($1, $2, $3, $4, $5)',
};
const COMMIT = { name: 'commit', text: 'commit' };

const AMOUNT = 1n;

async function transfer(client: Client, [src, dst]: readonly string[]): Promise<void> {
  const key = randomUUID();
  const balanceOf = async (id: string | undefined): Promise<bigint> =>
    BigInt((await client.query<{ balance: string }>({ ...LOCK, values: [id] })).rows[0]!.balance);
  await client.query(BEGIN);
  await client.query({ ...KEY, values: [key] });
  const left = (await balanceOf(src)) - AMOUNT;
  const right = (await balanceOf(dst)) + AMOUNT;
  if (left < 0n) throw new Error(`${src} holds too little`);
  await client.query({ ...MOVE, values: [src, left] });
  await client.query({ ...MOVE, values: [dst, right] });
  await client.query({ ...ENTRY, values: [key, 'debit', src, AMOUNT, left] });
  await client.query({ ...ENTRY, values: [key, 'credit', dst, AMOUNT, right] });
  await client.query(COMMIT);
}

async function caller(client: Client, measurement: Measurement, balances: readonly string[]): Promise<void> {
  for (let sentMs = performance.now(); measurement.claim(1, sentMs) === 1;) {
    await transfer(client, balances);
    const nowMs = performance.now();
    measurement.tally.ok += 1;
    measurement.record(nowMs - sentMs, nowMs);
    sentMs = nowMs;
  }
}

const [url = '', text = ''] = process.argv.slice(2);
const plan = JSON.parse(text) as Plan;
const callers = plan.shape.kind === 'kept' ? plan.shape.callers : 0;
const clients = await Promise.all(
  Array.from({ length: callers }, async () => {
    const client = new Client({ connectionString: url, application_name: 'row-locks' });
    await client.connect();
    return client;
  }),
);
const measurement = new Measurement(plan, performance.now());
await Promise.all(clients.map((client) => caller(client, measurement, plan.requests.balances)));
await Promise.all(clients.map((client) => client.end()));
process.stdout.write(JSON.stringify(measurement.result()));
