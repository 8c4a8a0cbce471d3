/**
 * The bridge from order to payout, killed between every two facts (S-23, J7): after the next start every order has come to one
 * of the ends that the specification names, what anybody was told still holds, and no money is lost or made.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { ProcessGuard } from '../rig/process-guard.ts';
import { ServerProcess } from '../rig/server-process.ts';
import { environment } from '../rig/servers.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { until } from '../rig/until.ts';
import { seedFrom } from './kill-loop.ts';
import { seededRandom } from './load.ts';
import { failures, verify } from './purser.ts';

const PROGRAM = join(import.meta.dirname, 'bridge-server.ts');
const FUNDS = 100_000;
const OPENING = 10_000;
const PRICE = 600;

/** Lets the server kill itself at a command; what it had told until then. */
async function killedAt(
  data: string,
  type: string,
  nth: number,
  { orders = 1, withdraws = false } = {},
): Promise<string[]> {
  const { PATH = '', HOME = '' } = process.env;
  const args = [type, String(nth), String(orders), withdraws ? 'withdraws' : 'no', '--data', data];
  const child = spawn(process.execPath, [PROGRAM, ...args, '--http', '127.0.0.1:0'], {
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  new ProcessGuard(data).watch([child.pid!]);
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.deepEqual([code, signal], [null, 'SIGKILL'], told);
  return [...told.matchAll(/^DONE (.*)$/gm)].map(([, step]) => step!);
}

type Rows = Record<string, string | number | null>[];

function query(data: string, sql: string): Rows {
  const db = new DatabaseSync(join(data, 'purser.db'), { readOnly: true });
  const rows = db.prepare(sql).all() as Rows;
  db.close();
  return rows;
}

const count = (data: string, sql: string): number => Number(query(data, `select count(*) n ${sql}`)[0]!['n']);

const bridge = `select o.order_id, o.state as ordered, o.classifier, e.state as executed, h.state as held
  from orders o left join executions e on e.order_id = o.order_id left join holds h on h.order_id = o.order_id
  order by o.created_at`;

const stateOf = ({ ordered, executed, held }: Rows[number]): string =>
  `${ordered}, ${executed ?? 'not executed'}, ${held ?? 'no hold'}`;

const lawful: ReadonlySet<string> = new Set([
  'opened, opened, active',
  'opened, awaiting-acceptance, active',
  'opened, released, released',
  'rejected, not executed, voided',
]);

/** Starts the server again and stops it once nothing is left to do; its lines. */
async function startedAgain(data: string): Promise<string[]> {
  const server = new ServerProcess(['--data', data, '--http', '127.0.0.1:0'], environment);
  await server.ready;
  await until('nothing is left between two steps', () => {
    const left = count(data, `from orders where state = 'opening'`);
    return left + count(data, `from movements where state = 'pending'`) === 0;
  });
  assert.equal(await server.stop(), 0);
  return server.lines;
}

async function assertConserved(data: string): Promise<void> {
  for (const row of query(data, bridge)) assert.ok(lawful.has(stateOf(row)), `${row['order_id']}: ${stateOf(row)}`);
  const [sums] = query(data, 'select sum(available) + sum(held) as total, sum(held) as held from ledger_accounts');
  const [holds] = query(data, `select coalesce(sum(amount), 0) as held from holds where state in ('active', 'frozen')`);
  assert.deepEqual({ ...sums }, { total: FUNDS, held: holds!['held'] });
  const paid = PRICE * count(data, `from holds where state = 'released'`);
  const balances = query(data, 'select id, balance from accounts');
  const balanceOf = (name: string): unknown => balances.find(({ id }) => id === name)?.['balance'];
  assert.equal(balanceOf('collection_pending'), OPENING);
  assert.equal(balanceOf('payout_available'), OPENING + FUNDS - paid);
  assert.equal(balanceOf('settlement_bank'), OPENING + paid);
  const report = await verify(data);
  assert.deepEqual([report.code, failures(report)], [0, []]);
}

suite('S-23, J7 killed between two steps', () => {
  // prettier-ignore
  const rows: readonly [type: string, nth: number, withdraws: boolean, end: string | undefined, resumed: boolean][] = [
    ['apply-top-up',     1, false, undefined,                                false],
    ['place-order',      1, false, 'opened, opened, active',                 true],
    ['withdraw-offer',   1, true,  'rejected, not executed, voided',         true],
    ['open-execution',   1, false, 'opened, opened, active',                 false],
    ['open-execution',   1, true,  'rejected, not executed, voided',         false],
    ['report-result',    1, false, 'opened, awaiting-acceptance, active',    false],
    ['accept-execution', 1, false, 'opened, released, released',             false],
    ['apply-movement',   2, false, 'opened, released, released',             false],
  ];
  for (const [type, nth, withdraws, end, resumed] of rows) {
    test(`after ${type}${withdraws ? ', the offer withdrawn' : ''}: ${end ?? 'no order'}`, async () => {
      const data = join(temporaryDirectory(), 'data');
      await killedAt(data, type, nth, { withdraws });
      const lines = await startedAgain(data);
      assert.deepEqual(query(data, bridge).map(stateOf), end === undefined ? [] : [end]);
      assert.equal(lines.filter((line) => line.includes('event=order_resumed')).length, resumed ? 1 : 0);
      await assertConserved(data);
    });
  }
});

/** What must be true for ever once it was told. */
const promises: Readonly<Record<string, RegExp>> = {
  placed: /./,
  opened: /^opened, /,
  completed: /^opened, (?:awaiting-acceptance|released), /,
  accepted: /^opened, released, released$/,
};

test('S-23, J7 a crowd of orders, killed at some command: what was told holds, and nothing is left half-way', async (t) => {
  const seed = seedFrom(process.env);
  const random = seededRandom(seed);
  for (const type of ['place-order', 'open-execution', 'report-result', 'accept-execution', 'apply-movement']) {
    const nth = 1 + random(40);
    t.diagnostic(`seed=${seed} ${type} ${nth}`);
    const data = join(temporaryDirectory(), 'data');
    const told = await killedAt(data, type, nth, { orders: 40 });
    await startedAgain(data);
    const found = new Map(query(data, bridge).map((row) => [row['order_id'], stateOf(row)]));
    for (const step of told.filter((each) => each.startsWith('o') && each.includes(' '))) {
      const [order, what] = step.split(' ') as [string, string];
      assert.match(found.get(order) ?? 'lost', promises[what]!, `${type} ${nth}: ${step}`);
    }
    await assertConserved(data);
  }
});
