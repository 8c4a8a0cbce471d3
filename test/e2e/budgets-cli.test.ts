/** Planners' commands as processes against a real server (B-20 to B-24, B-26). */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { startApiServer } from '../rig/api-server.ts';
import { runCommand, type Ended } from '../rig/command.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

const hierarchy = [
  { category: 'apparel', parent: null },
  { category: 'shoes', parent: 'apparel' },
];

let env: Readonly<Record<string, string>>;
const folder = temporaryDirectory();

const run = (...words: readonly string[]): Promise<Ended> => runCommand(words, env);

async function json(...words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await run(...words);
  assert.equal(code, 0, err);
  return JSON.parse(out) as Record<string, unknown>;
}

const written = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

suite('purser merchant, budget, policy', () => {
  let budget = '';

  before(async () => {
    const server = await startApiServer();
    env = { PURSER_URL: server.url, PURSER_DATA: server.data };
    const file = written('categories.json', JSON.stringify(hierarchy));
    const set = 'merchant set acme --name Acme --currency EUR --calendar 4-5-4 --hierarchy'.split(' ');
    assert.equal((await json(...set, file))['calendar'], '4-5-4');
    const draft = 'budget create --merchant-id acme --period 2026-P10 --basis retail --currency EUR'.split(' ');
    const plan = '--sales 100000 --reductions 10000 --closing 150000 --opening 120000 --on-order 30000'.split(' ');
    const drafted = await json(...draft, ...plan);
    assert.equal(drafted['open_to_buy_cents'], 110_000);
    budget = String(drafted['budget_id']);
    assert.equal((await json('budget', 'activate', budget))['status'], 'active');
  });

  test('B-22: a share is given and changed by the same command, and the buckets are drawn', async () => {
    const first = await json('budget', 'allocate', budget, 'apparel', '--amount', '60000');
    const second = await json('budget', 'allocate', budget, 'apparel', '--amount', '40000', '--holdback', '10000');
    assert.deepEqual([second['allocation_id'], second['amount_cents']], [first['allocation_id'], 40_000]);
    const refused = await run('budget', 'allocate', budget, 'shoes', '--amount', '30001');
    assert.deepEqual(
      [refused.code, /exceeds_parent/.test(refused.err), /available_cents=30000/.test(refused.err)],
      [1, true, true],
    );
    const { out } = await run('budget', 'show', 'acme', '--period', '2026-P10', '--table');
    assert.match(out, /OPEN TO BUY +700\.00/);
    assert.match(out, /\(merchant\) +=+\.+ +700\.00/);
    assert.match(out, /apparel +h{10}\.{30} +300\.00/);
    const shown = await json('budget', 'show', 'acme', '--period', '2026-P10');
    assert.deepEqual([shown['committed_cents'], (shown['allocations'] as unknown[]).length], [30_000, 2]);
  });

  test('B-23: revisions, locks and alerts', async () => {
    await json('budget', 'revise', budget, '--amount', '150000', '--reason', 'more of it');
    const { out } = await run('budget', 'history', budget, '--table');
    assert.match(out, /2 +1500\.00.*more of it/);
    assert.equal((await json('budget', 'lock', 'acme', '2026-P10'))['status'], 'locked');
    assert.equal((await run('budget', 'allocate', budget, 'shoes', '--amount', '1')).code, 1);
    assert.equal((await run('budget', 'unlock', 'acme', '2026-P10')).code, 2);
    assert.equal((await json('budget', 'unlock', 'acme', '2026-P10', '--reason', 'late'))['status'], 'open');
    assert.deepEqual((await json('budget', 'alerts', '--merchant-id', 'acme'))['items'], []);
    const missing = await run('budget', 'activate', 'none');
    assert.equal(missing.code, 5);
  });

  test('B-26: a file goes out and comes in, and a broken one is refused with its line', async () => {
    const { code, out } = await run('budget', 'export', 'acme', '--period', '2026-P10');
    assert.equal(code, 0);
    assert.match(out, /^merchant_id,period,category,amount_cents,/);
    assert.match(out, /^acme,2026-P10,,.*,active$/m, 'the word that the API uses');
    const next = out.replaceAll('2026-P10', '2026-P11').replaceAll(',,', ',');
    assert.equal((await run('budget', 'import', written('broken.csv', next))).code, 2);
    const file = written('next.csv', out.replaceAll('2026-P10', '2026-P11'));
    assert.deepEqual(await json('budget', 'import', file), {
      merchant_id: 'acme',
      rows: 2,
      budgets_created: 1,
      budgets_revised: 0,
      allocations_set: 1,
    });
    const wrong = await run(
      'budget',
      'import',
      written('wrong.csv', 'merchant_id,period,category,amount_cents\nacme,2026-P12,,1.5\n'),
    );
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /line 2, column 4/);
    assert.equal((await run('budget', 'import', join(folder, 'none.csv'))).code, 2);
  });

  test('B-22: a share is taken back with 0, and only one that is there', async () => {
    assert.equal((await json('budget', 'allocate', budget, 'shoes', '--amount', '500'))['amount_cents'], 500);
    assert.equal((await json('budget', 'allocate', budget, 'shoes', '--amount', '0'))['amount_cents'], 0);
    assert.equal((await run('budget', 'allocate', budget, 'socks', '--amount', '0')).code, 2);
  });

  test('B-24: a policy is set and shown with its versions', async () => {
    assert.equal((await json('policy', 'show', 'acme'))['policy_id'], 'default');
    const set = await json(
      ...'policy set acme --mode warn --excess-bp 500 --rate 9000000 --rate-currency EUR --role-limits buyer=5000'.split(
        ' ',
      ),
    );
    assert.deepEqual(
      [set['version'], set['price'], set['role_limits']],
      [1, { kind: 'excess_bp', bp: 500 }, { buyer: 5_000 }],
    );
    const exact = await run(
      ...'policy set acme --mode warn --whole-excess yes --rate 1 --rate-currency EUR --table'.split(' '),
    );
    assert.match(exact.err, /--price-step/, 'B-24: the price would give the budget away');
    const shown = await run('policy', 'set', 'acme', '--mode', 'warn', '--warn-below', '10000', '--table');
    assert.match(shown.out, /ROLE LIMITS +-\n/, 'replaced as a whole: what was left out is gone, and that is shown');
    const warned = await run('gate', 'ask', '--merchant', 'acme', '--amount', '10', '--period', '2026-P10');
    assert.deepEqual([warned.code, /"acknowledged": true/.test(warned.err)], [1, true], warned.err);
    assert.match(warned.err, /--acknowledge yes/);
    const gate = [
      'gate',
      'ask',
      '--merchant',
      'acme',
      '--amount',
      '10',
      '--period',
      '2026-P10',
      '--acknowledge',
      'yes',
    ];
    assert.equal((await json(...gate))['allowed'], true);
    assert.equal((await json('policy', 'set', 'acme', '--mode', 'enforce'))['version'], 4);
    assert.equal(((await json('policy', 'list', 'acme'))['items'] as unknown[]).length, 4);
    assert.equal((await run('policy', 'set', 'acme', '--mode', 'warn', '--toll', '1', '--excess-bp', '2')).code, 2);
  });
});
