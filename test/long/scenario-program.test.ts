/** `purser scenario` as a program: what it prints, its exit codes, and that it leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ServerProcess } from '../../src/scenario/server-process.ts';
import { Rail } from '../rig/deployment.ts';
import { sharedPostgres } from '../rig/postgres.ts';

const purser = join(import.meta.dirname, '..', '..', 'bin', 'purser');

let directory = '';
before(() => (directory = mkdtempSync(join(tmpdir(), 'purser-test-'))));
after(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the driver with its temporary files in this test's directory; `onOutput` may stop it. */
function scenario(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onOutput: (text: string, stop: () => void) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(purser, ['scenario', ...args], { env: { ...process.env, TMPDIR: directory, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      onOutput(stdout, () => child.kill('SIGINT'));
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Where a sequential baseline leaves the balances. */
async function balancesOf(seed: string): Promise<string | undefined> {
  const { stdout } = await scenario(['--workload', 'baseline', '--deployment', 'all-in-one', '--seed', seed]);
  return /balances: .*/.exec(stdout)?.[0];
}

const leftovers = (): string[] => readdirSync(directory).filter((name) => name.startsWith('purser-scenario-'));

suite('purser scenario', () => {
  test('prints every invariant, a table and the final line', async () => {
    const { code, stdout } = await scenario(['--workload', 'baseline', '--seed', '3'], { BANK_RUN_ID: 'r1' });
    assert.equal(code, 0, stdout);
    for (const check of ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7'])
      assert.equal(stdout.match(new RegExp(`^ {2}${check} ok: `, 'gm'))?.length, 2, check);
    for (const line of ['latency: p50 ', 'stats: ok=10 fail=0 ', 'balances: collection_pending='])
      assert.equal(stdout.split(`\n  ${line}`).length, 3, line);
    assert.match(stdout, /^PASS {2}split +baseline +none +10 /m);
    assert.match(stdout, /\nFINAL scenarios=2 passed=2 failed=0 violations=0 seed=3 run=r1 status=PASS\n$/);
    assert.deepEqual(leftovers(), []);
  });

  test('the same seed asks for the same transfers', async () => {
    const [one, again, other] = await Promise.all([balancesOf('3'), balancesOf('3'), balancesOf('4')]);
    assert.equal(one, again);
    assert.notEqual(one, other);
  });

  test('--json writes one document to stdout and progress to stderr', async () => {
    const { code, stdout, stderr } = await scenario(
      ['--json', '--workload', 'amount-probes', '--fault', 'latency', '--deployment', 'split'],
      { BANK_SEED: '5' },
    );
    assert.equal(code, 0, stderr);
    const { seed, status, scenarios } = JSON.parse(stdout) as {
      seed: number;
      status: string;
      scenarios: { name: string; total: number; checks: Record<string, boolean> }[];
    };
    assert.deepEqual([seed, status, scenarios.length], [5, 'PASS', 1]);
    assert.equal(scenarios[0]?.name, 'split/amount-probes/latency');
    assert.equal(scenarios[0].total, 50_000);
    assert.ok(Object.values(scenarios[0].checks).every(Boolean));
    assert.match(stderr, /FINAL .* status=PASS/);
  });

  test('names and the table of faults are in the help', async () => {
    const { code, stdout } = await scenario(['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}small-500 /m);
    assert.match(stdout, /^ {2}server-killed +the server +- /m);
    assert.match(stdout, /^ {2}risk-down +- +risk /m);
    assert.match(stdout, /BANK_SETTLE_S=15/);
  });

  test('docs/scenario.md shows the tables as they are', async () => {
    const { stdout } = await scenario(['--list']);
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'scenario.md'), 'utf8');
    assert.ok(page.includes(stdout), 'copy the output of "purser scenario --list" to docs/scenario.md');
  });

  const wrong: readonly (readonly [args: readonly string[], env: Record<string, string>, says: RegExp])[] = [
    [['--workload', 'nonsense'], {}, /--workload must be one of baseline, burst, .*not "nonsense"/],
    [['--fault', 'nonsense'], {}, /--fault must be one of none, latency, .*not "nonsense"/],
    [['--fault', 'risk-down', '--deployment', 'all-in-one'], {}, /--fault risk-down does not apply/],
    [['--deployment', 'three'], {}, /--deployment must be one of/],
    [['--seed', '-1'], {}, /seed/],
    [['--gateway', '127.0.0.1:9100'], {}, /--gateway and --data \(or --store\) belong together/],
    [['--gateway', 'here', '--data', '.'], {}, /--gateway must be ADDRESS:PORT, not "here"/],
    [['--gateway', '127.0.0.1:1', '--data', '.'], {}, /127\.0\.0\.1:1 gives no balances/],
    [
      ['--gateway', '127.0.0.1:1', '--data', '.', '--fault', 'server-killed'],
      {},
      /--fault server-killed cannot be had/,
    ],
    [['--store', 'sqlite:here'], {}, /--store must be postgres:/],
    [['--store', 'postgres://me:secret@127.0.0.1/x'], {}, /--store: a command line is no place for a password/],
    [['--store', 'postgres://me@127.0.0.1:1/x'], {}, /--store: .*127\.0\.0\.1:1\/x: nobody listens there/],
    [
      [],
      { PURSER_STORE: 'postgres://me:secret@127.0.0.1:1/x' },
      /PURSER_STORE: postgres:\/\/me@127\.0\.0\.1:1\/x: nobody/,
    ],
    [['--fault', 'database-cut'], {}, /--fault database-cut needs --store/],
    [['--servers', '2'], {}, /--servers goes with --store/],
    [['--servers', '0', '--store', 'postgres://me@127.0.0.1:1/x'], {}, /--servers must be a whole number from 1 to/],
    [
      ['--servers', '2', '--store', 'postgres://me@127.0.0.1:1/x', '--deployment', 'split'],
      {},
      /--servers 2 goes with --deployment all-in-one, not "split"/,
    ],
    [['--colour'], {}, /Unknown option '--colour'/],
    [[], { BANK_TRANSFERS: '0' }, /BANK_TRANSFERS must be a whole number from 1/],
    [[], { BANK_CONCURRENCY: 'many' }, /BANK_CONCURRENCY must be/],
    [[], { BANK_SETTLE_S: '-1' }, /BANK_SETTLE_S must be seconds/],
    [[], { BANK_SEED: '4.2' }, /BANK_SEED must be a whole number/],
    [[], { BANK_RUN_ID: 'a b' }, /BANK_RUN_ID must be/],
    [[], { BANK_DUPLICATE_EVERY: 'x' }, /BANK_DUPLICATE_EVERY must be/],
  ];
  test('wrong usage is exit code 2 and says which word is wrong', async () => {
    await Promise.all(
      wrong.map(async ([args, env, says]) => {
        const { code, stderr } = await scenario(args, env);
        assert.equal(code, 2, args.join(' '));
        assert.match(stderr, says);
      }),
    );
  });

  test('drives a server that runs already, with the limits that it has', async () => {
    const data = join(directory, 'running');
    const env = { BANK_VELOCITY_WINDOW: '30', BANK_INITIAL_BALANCE: '700', BANK_SINGLE_TX_LIMIT: '90' };
    const addresses = {
      PURSER_GATEWAY_ADDR: '127.0.0.1:0',
      PURSER_RISK_ADDR: '127.0.0.1:0',
      PURSER_LEDGER_ADDR: '127.0.0.1:0',
    };
    const server = await ServerProcess.start({
      name: 'running',
      command: [purser, 'serve'],
      args: ['--data', data, '--http', '127.0.0.1:0'],
      env: { ...process.env, ...env, ...addresses },
      logFile: join(directory, 'running.log'),
    });
    try {
      const { host, port } = server.address('gateway');
      const target = ['--gateway', `${host}:${port}`, '--data', data];
      for (const args of [[], ['--workload', 'mixed-day', '--fault', 'loss']]) {
        const { code, stdout } = await scenario([...target, ...args], env);
        assert.equal(code, 0, stdout);
      }
      const { code, stdout } = await scenario([...target, '--workload', 'baseline'], { BANK_INITIAL_BALANCE: '701' });
      assert.equal(code, 1);
      assert.match(stdout, /I1 VIOLATED 1 times/);
      assert.match(stdout, /status=FAIL/);
      const wrongNames = await scenario(target, { ...env, BANK_BALANCES: 'a,b' });
      assert.match(wrongNames.stderr, /BANK_BALANCES is a,b, but the server has collection_pending,/);
    } finally {
      await server.stop();
    }
  });

  test('--store makes a database for each scenario and drops it, and leaves that of a server that runs as it is', async () => {
    const postgres = await sharedPostgres();
    const store = postgres.url('postgres');
    const databases = (): Promise<unknown> => postgres.query('postgres', 'select datname from pg_database order by 1');
    const present = await databases();
    const { code, stdout } = await scenario(['--store', store, '--servers', '2', '--workload', 'baseline']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^PASS {2}all-in-one +baseline +none +10 /m);
    assert.deepEqual(await databases(), present);

    const rail = await Rail.start('all-in-one', { BANK_SINGLE_TX_LIMIT: '5000' }, 'PostgreSQL');
    const { host, port } = rail.gateway;
    const target = ['--gateway', `${host}:${port}`, '--store', rail.placeOf('ledger')];
    const driven = await scenario([...target, '--workload', 'mixed-day'], { BANK_VELOCITY_LIMIT: '1000000' });
    assert.equal(driven.code, 0, driven.stdout);
    assert.equal((await rail.log()).length > 0, true);
    await rail.stop();
  });

  test('a user who may not create databases hears what to do', async () => {
    const postgres = await sharedPostgres();
    await postgres.query('postgres', 'create role visitor login');
    const url = postgres.url('postgres').replace('postgres@', 'visitor@');
    const { code, stderr } = await scenario(['--store', url]);
    assert.equal(code, 2);
    assert.match(stderr, /may not create any: grant it createdb/);
  });

  test('an interrupt ends its servers and leaves nothing behind', async () => {
    const pids = new Set<number>();
    const { code } = await scenario(['--workload', 'velocity', '--deployment', 'split'], {}, (_, stop) => {
      for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        if (!file.startsWith('purser-scenario-') || !file.endsWith('.log')) continue;
        const log = readFileSync(join(directory, file), 'utf8');
        for (const [, pid] of log.matchAll(/event=ready .*pid=(\d+)/g)) pids.add(Number(pid));
      }
      if (pids.size === 3) stop();
    });
    assert.equal(code, 130);
    assert.equal(pids.size, 3);
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.deepEqual(leftovers(), []);
  });
});
