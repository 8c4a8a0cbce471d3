/** `purser serve` as a process (P-03, P-04): its lines, its HTTP side, its signals, its refusals to start. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { deployments, Rail } from '../rig/deployment.ts';
import { ask, openClient } from '../rig/frame-client.ts';
import { ServerProcess } from '../rig/server-process.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';

const anyPort = {
  PURSER_GATEWAY_ADDR: '127.0.0.1:0',
  PURSER_RISK_ADDR: '127.0.0.1:0',
  PURSER_LEDGER_ADDR: '127.0.0.1:0',
};

const http = ['--http', '127.0.0.1:0'];

async function get(server: ServerProcess, path: string): Promise<{ status: number; body: unknown }> {
  const { host, port } = await server.address('http');
  const response = await fetch(`http://${host}:${port}${path}`);
  return { status: response.status, body: await response.json() };
}

suite('a role and its lines', { concurrency: 2 }, () => {
  const running: ServerProcess[] = [];
  after(() => Promise.all(running.map((server) => server.kill())));

  const start = async (args: readonly string[]): Promise<ServerProcess> => {
    const server = new ServerProcess([...args, '--data', temporaryDirectory()], anyPort);
    running.push(server);
    await server.ready;
    return server;
  };

  const rows: readonly [role: string, names: readonly string[]][] = [
    ['all', ['gateway', 'http', 'ledger', 'risk']],
    ['gateway', ['gateway']],
    ['risk', ['risk']],
    ['ledger', ['ledger']],
  ];
  for (const [role, names] of rows) {
    test(`P-03 ${role}: one SERVICE line per port, and nothing else listens`, async () => {
      const server = await start(role === 'all' ? http : ['--role', role]);
      const listening = server.lines.filter((line) => line.includes('event=listening'));
      for (const line of listening) {
        assert.match(
          line,
          new RegExp(
            `^SERVICE name=(gateway|risk|ledger|http) event=listening addr=127\\.0\\.0\\.1:\\d+ pid=${server.child.pid}$`,
          ),
        );
      }
      const listed = listening.map((line) => /name=(\w+)/.exec(line)?.[1]);
      assert.equal(listed.length, names.length);
      assert.deepEqual(new Set(listed), new Set(names));
      assert.equal(server.errors, '');
    });
  }

  for (const role of ['all', 'gateway', 'risk', 'ledger']) {
    test(`${role}: /health and /ready, when asked for`, async () => {
      const server = await start(['--role', role, ...http]);
      const { status, body } = await get(server, '/health');
      assert.equal(status, 200);
      assert.equal((body as { status: string; role: string }).role, role);
      assert.deepEqual(await get(server, '/ready'), { status: 200, body: { ready: true } });
      assert.equal((await get(server, '/nothing')).status, 404);
      assert.equal(await server.stop(), 0);
    });
  }
});

suite('signals', { concurrency: 2 }, () => {
  for (const deployment of deployments) {
    test(`${deployment}: SIGTERM answers what is under way, ends open connections and exits 0`, async () => {
      const rail = await Rail.start(deployment);
      const idle = await openClient(rail.gateway);
      const client = await openClient(rail.gateway);
      const requests = Array.from({ length: 300 }, (_, i) => ({
        op: 'TRANSFER',
        src: 'ops_float',
        dst: 'settlement_bank',
        amount: 1,
        idempotency_key: `key ${i}`,
      }));
      client.send(...requests);
      const first = await client.answer();
      // The payment gateway goes first, as an operator would do it: what it has taken still needs the others.
      const stopped = rail.stop([rail.programOf('gateway')]);
      const answers = [first, ...(await client.rest())];
      assert.deepEqual(await idle.rest(), []);
      client.close();
      idle.close();
      assert.deepEqual(await stopped, [0]);
      for (const answer of answers) assert.equal((JSON.parse(String(answer)) as { ok: boolean }).ok, true);
      if (deployment === 'split') assert.deepEqual(await rail.stop(), [0, 0]);
      await rail.start();
      // Whatever was answered is there; what was not taken any more may come again.
      const again = await openClient(rail.gateway);
      again.send(...requests);
      assert.deepEqual((await again.answers(300)).slice(0, answers.length), answers);
      assert.equal((await rail.balances())['ops_float'], 9_700);
      again.close();
      await rail.stop();
    });
  }

  test('SIGINT ends it the same way, and says so', async () => {
    const server = new ServerProcess(['--data', temporaryDirectory(), ...http], anyPort);
    await server.ready;
    server.child.kill('SIGINT');
    assert.equal(await server.exited, 0);
    await server.line(/^SERVICE name=purser event=draining /);
    await server.line(/^SERVICE name=purser event=stopped /);
  });
});

suite('refusals to start say what to do', { concurrency: 2 }, () => {
  interface Refusal {
    readonly what: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly code: number;
    readonly says: RegExp;
  }
  const missing = ['--tls-cert', '/no/such/file', '--tls-key', '/no/such/file', '--tls-client-ca', '/no/such/file'];
  const rows: readonly Refusal[] = [
    {
      what: 'P-03 an address that is not loopback, without TLS',
      env: { PURSER_GATEWAY_ADDR: '0.0.0.0:0' },
      code: 78,
      says: /loopback.*--tls-cert/,
    },
    {
      what: 'P-03 IPv6 for everybody, without TLS',
      env: { PURSER_LEDGER_ADDR: '[::]:0' },
      code: 78,
      says: /loopback.*--tls-cert/,
    },
    { what: 'HTTP for everybody', args: ['--http', '0.0.0.0:0'], code: 2, says: /--http must be a loopback address/ },
    { what: 'TLS files that are not there', args: missing, code: 78, says: /\/no\/such\/file/ },
    {
      what: 'a number that is none',
      env: { BANK_VELOCITY_LIMIT: 'three' },
      code: 78,
      says: /BANK_VELOCITY_LIMIT.*"three"/,
    },
    {
      what: 'N-02 the sandbox where real money is configured',
      args: ['--lightning', 'sandbox'],
      env: { PURSER_LIGHTNING: 'lnd+https://node.example:8080?macaroon-file=/etc/purser/invoices.macaroon' },
      code: 78,
      says: /--lightning and PURSER_LIGHTNING contradict each other/,
    },
    { what: 'an unknown flag', args: ['--prot', '1'], code: 2, says: /--prot/ },
    { what: 'an unknown role', args: ['--role', 'bank'], code: 2, says: /--role must be one of/ },
  ];
  for (const { what, args = [], env = {}, code, says } of rows) {
    test(what, async () => {
      const data = join(temporaryDirectory(), 'data');
      const server = new ServerProcess(['--data', data, ...args], { ...anyPort, ...env });
      assert.equal(await server.exited, code);
      assert.match(server.errors, says);
      assert.doesNotMatch(server.errors, /\n\s+at /, 'no stack trace');
      assert.equal(existsSync(data), false, 'nothing was made');
    });
  }

  test('a port that is taken', async () => {
    const first = new ServerProcess(['--role', 'risk'], anyPort);
    const { host, port } = await first.address('risk');
    const second = new ServerProcess(['--role', 'risk'], { ...anyPort, PURSER_RISK_ADDR: `${host}:${port}` });
    assert.equal(await second.exited, 78);
    assert.match(second.errors, new RegExp(`${host}:${port} \\(PURSER_RISK_ADDR\\) is in use`));
    await first.stop();
  });

  test('a data directory that another server uses', async () => {
    const data = temporaryDirectory();
    const first = new ServerProcess(['--role', 'ledger', '--data', data], anyPort);
    await first.ready;
    const second = new ServerProcess(['--role', 'ledger', '--data', data], anyPort);
    assert.equal(await second.exited, 1);
    assert.match(second.errors, /another purser is using .*purser\.db/);
    await first.kill();
    const third = new ServerProcess(['--role', 'ledger', '--data', data], anyPort);
    await third.ready;
    await third.stop();
  });

  test('a data directory that is a file, and a database that is none', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    mkdirSync(join(directory, 'data'));
    writeFileSync(
      join(directory, 'data', 'purser.db'),
      'Not a database at all, however long one looks at it. '.repeat(99),
    );
    for (const [data, says] of [
      ['file', /not a directory/],
      ['data', /no intact SQLite database/],
    ] as const) {
      const server = new ServerProcess(['--role', 'ledger', '--data', join(directory, data)], anyPort);
      assert.equal(await server.exited, 1);
      assert.match(server.errors, says);
      assert.doesNotMatch(server.errors, /\n\s+at /, 'no stack trace');
    }
  });
});

test('the data directory is for its owner alone', async () => {
  const parent = temporaryDirectory();
  chmodSync(parent, 0o755);
  const server = new ServerProcess(['--role', 'ledger', '--data', join(parent, 'data')], anyPort);
  const address = await server.address('ledger');
  await ask(address, { op: 'ROLLBACK', tx_id: 't' });
  assert.equal(statSync(join(parent, 'data')).mode & 0o077, 0);
  await server.stop();
});
