/** What is wrong before a server starts: one clear line, the promised exit code, and nothing changed. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { ConfigError, environment, readConfig, UsageError } from '../../src/server/config.ts';
import { askJson } from '../rig/frame-client.ts';
import { freeAddress } from '../rig/server-process.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { dataDirectories, purser, railFor, type Ended, type RunOptions } from './purser.ts';

/** Ports that nobody uses, so that only the trouble at hand can stop the start. */
async function ports(): Promise<Record<string, string>> {
  const names = ['PURSER_GATEWAY_ADDR', 'PURSER_RISK_ADDR', 'PURSER_LEDGER_ADDR'];
  const entries = names.map(async (name) => [name, `127.0.0.1:${(await freeAddress()).port}`] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A start that must fail. */
async function refusedStart(data: string, { env = {}, uid }: RunOptions = {}): Promise<Ended> {
  const ended = await purser(['serve', '--data', data, '--http', '127.0.0.1:0'], {
    env: { ...(await ports()), ...env },
    ...(uid === undefined ? {} : { uid }),
  });
  assert.match(ended.stderr, /^purser: [^\n]+\n$/, 'one line on stderr, and no stack');
  assert.doesNotMatch(ended.stdout, /event=ready/);
  return ended;
}

function refusedValue(args: readonly string[], env: Record<string, string>): string | undefined {
  try {
    readConfig(args, env);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigError && !(error instanceof UsageError));
    return error.message;
  }
}

async function refusedAtStart(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, stderr } = await purser(['serve', ...args], { env: { ...(await ports()), ...env } });
  assert.equal(code, 78);
  const [, message = ''] = /^purser: ([^\n]+)\n$/.exec(stderr) ?? [];
  return message;
}

suite('the data directory', { concurrency: 2 }, () => {
  test('is made when it is missing, for this user only', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const { ledger } = dataDirectories(rail);
    assert.equal(statSync(ledger).mode & 0o777, 0o700);
    assert.deepEqual(await rail.stop(), [0]);
    assert.deepEqual(readdirSync(ledger).toSorted(), ['keys', 'operator.token', 'purser.db', 'purser.db-lock']);
  });

  test('belongs to one server: the second is told so, the first goes on', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const { ledger } = dataDirectories(rail);
    const { code, stderr } = await refusedStart(ledger);
    assert.equal(code, 1);
    assert.match(stderr, /another purser is using .*purser\.db: stop it, or .* --data/);
    const request = { src: 'ops_float', dst: 'settlement_bank', amount: 1, idempotency_key: 'still-there' };
    assert.equal((await rail.transfer(request))['ok'], true);
    assert.deepEqual(await rail.stop(), [0]);
  });

  test('that is a file', async () => {
    const data = join(temporaryDirectory(), 'file');
    writeFileSync(data, '');
    const { code, stderr } = await refusedStart(data);
    assert.equal(code, 1);
    assert.match(stderr, /file is not a directory: .*--data/);
  });

  test('below a file', async () => {
    const parent = join(temporaryDirectory(), 'file');
    writeFileSync(parent, '');
    const { code, stderr } = await refusedStart(join(parent, 'data'));
    assert.equal(code, 1);
    assert.match(stderr, /is not a directory: .*--data/);
  });

  test('that may not be written', async () => {
    const parent = temporaryDirectory();
    const data = join(parent, 'data');
    mkdirSync(data);
    chmodSync(parent, 0o755);
    chmodSync(data, 0o555);
    // Root may write everywhere, so the server runs as somebody else then.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const { code, stderr } = await refusedStart(data, nobody);
    assert.equal(code, 1);
    assert.match(stderr, /cannot write .*: give this user write permission .*--data/);
  });
});

/** A data directory with a file of somebody else in it. */
function prepared(make: (file: string) => void): { data: string; unchanged: () => void } {
  const data = temporaryDirectory();
  const file = join(data, 'purser.db');
  make(file);
  const before = readFileSync(file);
  return { data, unchanged: () => assert.ok(before.equals(readFileSync(file)), 'the file was changed') };
}

suite('the file purser.db', { concurrency: 2 }, () => {
  test('of a newer version is refused and stays as it is', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    await rail.stop();
    const { ledger } = dataDirectories(rail);
    const db = new DatabaseSync(join(ledger, 'purser.db'));
    db.exec(`insert into migrations (number, name) values (9999, '9999-from-the-future.sql')`);
    db.close();
    const before = readFileSync(join(ledger, 'purser.db'));
    const { code, stderr } = await refusedStart(ledger);
    assert.equal(code, 1);
    assert.match(stderr, /newer purser \(migration 9999; this one knows \d+\): upgrade purser, nothing was changed/);
    assert.ok(before.equals(readFileSync(join(ledger, 'purser.db'))));
  });

  test('that is no database', async () => {
    const { data, unchanged } = prepared((file) => writeFileSync(file, 'these are notes, no database '.repeat(300)));
    const { code, stderr } = await refusedStart(data);
    assert.equal(code, 1);
    assert.match(stderr, /no intact SQLite database: restore a backup with "purser restore"/);
    unchanged();
  });

  test('that is the database of another program', async () => {
    const { data, unchanged } = prepared((file) => {
      const db = new DatabaseSync(file);
      db.exec('create table facts (what text); create table accounts (who text)');
      db.close();
    });
    const { code, stderr } = await refusedStart(data);
    assert.equal(code, 1);
    assert.match(stderr, /no database of purser: name another directory with --data/);
    unchanged();
  });
});

suite('an address', { concurrency: 2 }, () => {
  for (const name of ['PURSER_GATEWAY_ADDR', 'PURSER_RISK_ADDR', 'PURSER_LEDGER_ADDR', '--http']) {
    test(`${name} that somebody listens on`, async () => {
      const squatter = createServer();
      const { port } = await freeAddress();
      await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
      const address = `127.0.0.1:${port}`;
      const http = name === '--http' ? address : '127.0.0.1:0';
      const env = { ...(await ports()), ...(name === '--http' ? {} : { [name]: address }) };
      const data = join(temporaryDirectory(), 'data');
      const { code, stderr } = await purser(['serve', '--data', data, '--http', http], { env });
      squatter.close();
      assert.equal(code, 78);
      assert.match(stderr, new RegExp(`^purser: ${address} \\(${name}\\) is in use: [^\\n]+\\n$`));
    });
  }

  test('that another machine has', async () => {
    const { code, stderr } = await refusedStart(join(temporaryDirectory(), 'data'), {
      env: { PURSER_GATEWAY_ADDR: '192.0.2.1:9100' },
    });
    assert.equal(code, 78);
    assert.match(stderr, /--tls-cert/);
  });
});

suite('a variable that makes no sense is named', { concurrency: 2 }, () => {
  const wholeNumber = ['-1', '1e3', '', '9007199254740992'];
  const seconds = ['0', '1.2345', 'soon'];
  const address = ['', '127.0.0.1', 'example.org:9100'];
  const senseless: Readonly<Record<keyof typeof environment, readonly string[]>> = {
    PURSER_DATA: [''],
    PURSER_STORE: ['mysql://u@h/d', 'postgres://', 'postgres://u@h:99999/d', 'postgres://u@h/d?sslmode=maybe'],
    PURSER_STORE_PASSWORD_FILE: ['/nowhere/password'],
    PURSER_GATEWAY_ADDR: address,
    PURSER_RISK_ADDR: ['nowhere'],
    PURSER_LEDGER_ADDR: ['127.0.0.1:-1'],
    PURSER_RISK_UNREACHABLE: ['PROCEED'],
    PURSER_VELOCITY: ['database', 'store'],
    PURSER_ESCROW_WORK_S: ['0', 'a week'],
    PURSER_ESCROW_DISPUTE_S: ['1.5'],
    PURSER_ESCROW_AUTO_RELEASE_S: ['86400000000'],
    PURSER_KEY_FILE: ['/nowhere/keys'],
    PURSER_LIGHTNING: ['bitcoin'],
    PURSER_PAYER_ADDR: ['9740'],
    PURSER_RECONCILE_MINUTES: ['0', 'soon'],
    PURSER_FUNDING_KEYS: ['/nowhere/keys.json'],
    PURSER_FUNDING_SPOOL: ['/nowhere/spool'],
    PURSER_FUNDING_FEED: ['http://192.0.2.1/feed', 'feed', 'https://user:secret@host/feed'],
    PURSER_OIDC_ISSUER: ['id.example', 'http://id.example'],
    PURSER_OIDC_AUDIENCE: [],
    PURSER_OIDC_ROLE_CLAIM: [''],
    PURSER_OIDC_MERCHANT_CLAIM: [''],
    PURSER_OIDC_ROLES: ['boss', 'till=boss'],
    BANK_LOCAL: ['', '2'],
    BANK_BALANCES: ['', 'one', 'one,one', 'one,two words'],
    BANK_INITIAL_BALANCE: wholeNumber,
    BANK_FRAUD_TIMEOUT: seconds,
    BANK_ACCT_TIMEOUT: ['never'],
    BANK_VELOCITY_WINDOW: ['0'],
    BANK_VELOCITY_LIMIT: ['-3'],
    BANK_SINGLE_TX_LIMIT: ['5000.5'],
    BANK_ROLLBACK_RETRIES: ['0', '17'],
    BANK_ROLLBACK_BASE_S: ['fast'],
  };
  for (const [name, values] of Object.entries(senseless)) {
    test(name, async () => {
      for (const value of values) {
        const data = join(temporaryDirectory(), 'data');
        const args = name === 'PURSER_DATA' ? [] : ['--data', data];
        // What a look at the value tells needs no process; of files only the start can say what is wrong.
        const message = refusedValue(args, { [name]: value }) ?? (await refusedAtStart(args, { [name]: value }));
        assert.match(message, new RegExp(`^${name} must [^\\n]+$`), `${name}="${value}"`);
        assert.ok(!existsSync(data), 'nothing was made');
      }
    });
  }

  test('one of them as a process: one line, and the exit code for configuration', async () => {
    assert.match(await refusedAtStart([], { BANK_LOCAL: '2' }), /^BANK_LOCAL must /);
  });

  test('flags too, as wrong usage', async () => {
    for (const args of [['--role', 'boss'], ['--http', 'here'], ['--data', ''], ['--unknown'], ['stray']]) {
      const { code, stderr } = await purser(['serve', ...args], { env: await ports() });
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, /^purser: [^\n]+\n$/);
    }
  });
});

suite('opening balances are recorded once', { concurrency: 2 }, () => {
  const rows: readonly [what: string, env: Record<string, string>, message: RegExp][] = [
    [
      'another amount',
      { BANK_INITIAL_BALANCE: '20000' },
      /BANK_INITIAL_BALANCE is 20000, but \S+ was opened with 10000/,
    ],
    [
      'an account left out',
      { BANK_BALANCES: 'collection_pending,ops_float' },
      /BANK_BALANCES leaves out payout_available/,
    ],
  ];
  for (const [what, env, message] of rows) {
    test(`${what} stops the start, and the balances stay`, async (t) => {
      const rail = await railFor(t, 'all-in-one');
      await rail.stop();
      const { ledger } = dataDirectories(rail);
      const { code, stderr } = await refusedStart(ledger, { env });
      assert.equal(code, 78);
      assert.match(stderr, message);
      await rail.start();
      assert.equal((await askJson(rail.ledger, { op: 'BALANCE' }))['total'], 50_000);
      await rail.stop();
    });
  }

  test('another account may join later', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    await rail.stop();
    await rail.start(['all'], { BANK_BALANCES: `${environment.BANK_BALANCES},reserve` });
    assert.equal((await askJson(rail.ledger, { op: 'BALANCE' }))['total'], 60_000);
    await rail.stop();
  });
});
