/**
 * What goes wrong between a server and its PostgreSQL: before it starts, one clear line and nothing changed; while it runs,
 * `unavailable` with the reason on record, nothing lost, and no restart needed once somebody has mended it.
 */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, chownSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { before, suite, test, type TestContext } from 'node:test';
import { Callers } from '../rig/callers.ts';
import { createAuthority } from '../rig/certificates.ts';
import { ask, askJson, openClient, type Address, type Json } from '../rig/frame-client.ts';
import { owner } from '../rig/postgres-binaries.ts';
import { queryAt, sharedPostgres, Postgres } from '../rig/postgres.ts';
import { assertRailSound } from '../rig/rail-sound.ts';
import { freeAddress } from '../rig/server-process.ts';
import {
  environment,
  holdHead,
  readiness,
  startServer,
  storeLines,
  waitingForLock,
  type Server,
} from '../rig/servers.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { outcomeOf, transferRequest, UNAVAILABLE } from '../rig/transfer-request.ts';
import { until } from '../rig/until.ts';
import { smallDisk } from '../faults/disk.ts';
import { purser, type Ended } from '../faults/purser.ts';

const PASSWORD = 'correct-horse-battery';

let postgres: Postgres;
let authority: ReturnType<typeof createAuthority>;

/** Users: `scram` with a password, the others without, and TLS for whoever asks for it. */
before(async () => {
  postgres = await sharedPostgres();
  authority = createAuthority('authority of the database');
  const { cert, key } = authority.issue('localhost');
  const sql = (text: string): Promise<Record<string, string>[]> => postgres.query('postgres', text);
  const [row] = await sql(`select current_setting('data_directory') as data`);
  const inData = (name: string, text: string): void => {
    const file = join(row!['data']!, name);
    writeFileSync(file, text);
    if (owner.uid !== undefined) chownSync(file, owner.uid, owner.gid);
    chmodSync(file, 0o600);
  };
  inData('server.crt', cert);
  inData('server.key', key);
  inData('pg_hba.conf', 'host all scram 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n');
  await sql(`create role scram login password '${PASSWORD}'`);
  for (const role of ['clerk', 'crowded', 'guest', 'timid']) await sql(`create role ${role} login`);
  await sql('alter system set ssl = on');
  await sql('select pg_reload_conf()');
  await until('it speaks TLS', async () => (await sql('show ssl'))[0]?.['ssl'] === 'on');
});

const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** The same database as somebody else. */
const as = (url: string, user: string): string => url.replace('postgres@', `${user}@`);

/** A database that belongs to a user with no special rights. */
async function databaseOf(user: string): Promise<string> {
  const url = await postgres.createDatabase();
  await postgres.query('postgres', `alter database ${nameOf(url)} owner to ${user}`);
  return url;
}

function passwordFile(text: string): string {
  const file = join(temporaryDirectory(), 'password');
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
}

/** A start that must fail, with one line on stderr that says why. */
async function refusedStart(store: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const ended = await purser(['serve', '--store', store, '--http', '127.0.0.1:0'], { env: { ...environment, ...env } });
  assert.match(ended.stderr, /^purser: [^\n]+\n$/);
  assert.doesNotMatch(ended.stdout, /event=ready/);
  return ended;
}

async function running(t: TestContext, store: string, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const server = await startServer(store, env);
  t.after(() => server.process.kill());
  return server;
}

suite('a store that cannot be reached', { concurrency: 2 }, () => {
  test('a URL without a database, with a parameter nobody knows, with a password: exit 2', async () => {
    const rows: readonly [url: string, says: RegExp][] = [
      ['postgres://postgres@127.0.0.1:5432', /--store must be a store's URL: .*\/DATABASE/],
      ['postgres://postgres@127.0.0.1:99999/d', /must be HOST or HOST:PORT, not "127\.0\.0\.1:99999"/],
      ['postgres://postgres@127.0.0.1/d?sslmod=require', /knows sslmode, .*, not "sslmod"/],
      ['mysql://root@127.0.0.1/d', /--store must be postgres:\/\/USER@HOST/],
      [`postgres://scram:${PASSWORD}@127.0.0.1/d`, /--store must hold no password.*PURSER_STORE_PASSWORD_FILE/],
    ];
    for (const [url, says] of rows) {
      const { code, stderr } = await refusedStart(url);
      assert.equal(code, 2, url);
      assert.match(stderr, says);
      assert.ok(!stderr.includes(PASSWORD));
    }
  });

  test('a host that nobody knows, a port where nobody or somebody else listens', async () => {
    const other = createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const free = await freeAddress();
    const rows: readonly [url: string, says: RegExp][] = [
      ['postgres://clerk@no-such-host.invalid/d', /the name of the host is not known: mend it/],
      [`postgres://clerk@127.0.0.1:${free.port}/d`, /nobody listens there: start PostgreSQL, or mend host and port/],
      [`postgres://clerk@127.0.0.1:${port}/d`, new RegExp(`postgres://clerk@127\\.0\\.0\\.1:${port}/d: `)],
    ];
    for (const [url, says] of rows) {
      const { code, stderr } = await refusedStart(url);
      assert.equal(code, 1, url);
      assert.match(stderr, says);
    }
    other.close();
  });

  test('a password that is wrong or missing; with the right one it starts, and never prints it', async (t) => {
    const url = as(await databaseOf('scram'), 'scram');
    for (const env of [{ PURSER_STORE_PASSWORD_FILE: passwordFile('wrong') }, {}] as const) {
      const { code, stderr } = await refusedStart(url, env);
      assert.equal(code, 1);
      assert.match(stderr, /user or password is wrong: put the password into the file that PURSER_STORE_PASSWORD_FILE/);
    }
    const server = await running(t, url, { PURSER_STORE_PASSWORD_FILE: passwordFile(PASSWORD) });
    assert.equal((await askJson(server.gateway, transferRequest('k')))['ok'], true);
    assert.equal(await server.process.stop(), 0);
    assert.ok(![server.process.errors, ...server.process.lines].join('\n').includes(PASSWORD));
  });

  test('TLS: a server of another authority or without the name is refused, the right one is not', async (t) => {
    const url = await postgres.createDatabase();
    const files = temporaryDirectory();
    const named = (name: string, text: string): string => {
      writeFileSync(join(files, name), text);
      return join(files, name);
    };
    const right = named('right.pem', authority.cert);
    const wrong = named('wrong.pem', createAuthority('somebody else').cert);
    const through = (host: string, ca: string): string =>
      `${url.replace('127.0.0.1', host)}?sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`;
    assert.match((await refusedStart(through('localhost', wrong))).stderr, /certificate/);
    assert.match((await refusedStart(through('127.0.0.1', right))).stderr, /IP|altnames|does not match/);
    const server = await running(t, through('localhost', right));
    assert.equal((await askJson(server.gateway, transferRequest('k')))['ok'], true);
    const plain = `select 1 from pg_stat_ssl join pg_stat_activity using (pid)
      where datname = current_database() and application_name = 'purser' and not ssl`;
    assert.deepEqual(await queryAt(url, plain), []);
    assert.equal(await server.process.stop(), 0);
  });
});

suite('a store that cannot be used', { concurrency: 2 }, () => {
  test('a database, a user or rights that are missing', async () => {
    const foreign = await postgres.createDatabase();
    const used = await postgres.createDatabase();
    await (await startServer(used)).process.stop();
    const rows: readonly [url: string, says: RegExp][] = [
      [postgres.url('no_such_database'), /there is no such database: create it \("createdb"\), then start again/],
      [as(foreign, 'nobody_knows'), /role "nobody_knows" does not exist/],
      [as(foreign, 'guest'), /the user may not do that: make it the owner of the database, or grant/],
      [as(used, 'guest'), /the user may not do that/],
    ];
    for (const [url, says] of rows) {
      const { code, stderr } = await refusedStart(url);
      assert.equal(code, 1, url);
      assert.match(stderr, says);
    }
    assert.deepEqual(await queryAt(foreign, `select 1 from pg_tables where schemaname = 'public'`), []);
  });

  test('a database of another program, of a newer version, of another encoding: refused, and nothing is changed', async () => {
    const other = await postgres.createDatabase();
    await queryAt(other, 'create table accounts (who text)');
    const newer = await postgres.createDatabase();
    await (await startServer(newer)).process.stop();
    await queryAt(newer, `insert into migrations values (9999, '9999-from-the-future.sql')`);
    await postgres.query('postgres', `create database latin template template0 encoding 'LATIN1' locale 'C'`);
    const tables = `select relname from pg_class where relnamespace = 'public'::regnamespace order by 1`;
    const rows: readonly [url: string, says: RegExp][] = [
      [other, /the database has tables of another program: name another database in the URL/],
      [newer, /written by a newer purser \(migration 9999; this one knows \d+\): upgrade purser, nothing was changed/],
      [postgres.url('latin'), /has the encoding LATIN1: create the database with encoding UTF8/],
    ];
    for (const [url, says] of rows) {
      const earlier = await queryAt(url, tables);
      const { code, stderr } = await refusedStart(url);
      assert.equal(code, 1, url);
      assert.match(stderr, says);
      assert.deepEqual(await queryAt(url, tables), earlier);
    }
  });

  // A role's own limit stands for max_connections: PostgreSQL refuses with the same code.
  test('no connection is left, or too few: it says so and does not start', async () => {
    const url = as(await databaseOf('crowded'), 'crowded');
    for (const left of [0, 1]) {
      await postgres.query('postgres', `alter role crowded connection limit ${left}`);
      const { code, stderr } = await refusedStart(url);
      assert.equal(code, 1);
      assert.match(stderr, /no connection left: raise max_connections, or lower pool= in the URL/);
    }
    await postgres.query('postgres', 'alter role crowded connection limit -1');
  });
});

/** Sends one transfer until it has gone through. */
async function persist({ gateway }: Pick<Server, 'gateway'>, key: string): Promise<string> {
  const answer = await outcomeOf(gateway, key);
  assert.equal((JSON.parse(answer) as Json)['ok'], true, answer);
  return answer;
}

/** Takes what is left of a disk. */
function fill(file: string): void {
  try {
    for (;;) appendFileSync(file, Buffer.alloc(4_096));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  }
}

const own = `from pg_stat_activity where application_name = 'purser' and datname = current_database()`;

suite('trouble while the server runs', { concurrency: 2 }, () => {
  test('somebody ends or cancels what the server does, again and again under load', async (t) => {
    const url = await postgres.createDatabase();
    const servers = [await running(t, url), await running(t, url)];
    const callers = new Callers(
      servers.map(({ gateway }) => gateway),
      'ended',
    );
    callers.start(8);
    for (let round = 0; round < 20; round++) {
      const goal = callers.outcomes.size + 10;
      await queryAt(url, `select pg_${round % 2 === 0 ? 'terminate' : 'cancel'}_backend(pid) ${own}`);
      await until('callers go on', () => callers.outcomes.size >= goal);
    }
    await callers.stop();
    await callers.askAgain();
    assert.deepEqual(callers.complaints, []);
    await assertRailSound(url, callers.outcomes);
    for (const { process } of servers) assert.equal(await process.stop(), 0);
  });

  test('a newer version migrates the database: this one stops writing, says so, and is not ready', async (t) => {
    const url = await postgres.createDatabase();
    const server = await running(t, url);
    const earlier = await persist(server, 'before');
    await queryAt(
      url,
      `insert into migrations values (9999, '9999-from-the-future.sql'); update journal_head set migration = 9999`,
    );
    assert.equal(await ask(server.gateway, transferRequest('after')), UNAVAILABLE);
    await server.process.line(/event=unavailable reason=".*newer purser \(migration 9999; .*upgrade/);
    await until('it is not ready', async () => (await readiness(server)) === 503);
    assert.equal((await queryAt(url, `select 1 from facts where key = 'transfer:after'`)).length, 0);
    await queryAt(url, 'delete from migrations where number = 9999; update journal_head set migration = 1');
    await persist(server, 'after');
    assert.equal(await ask(server.gateway, transferRequest('before')), earlier);
    await assertRailSound(url, new Map([['before', earlier]]));
    assert.equal(await server.process.stop(), 0);
  });

  test('no connection is left when it needs a new one, and later there is', async (t) => {
    const url = await databaseOf('clerk');
    const server = await running(t, as(url, 'clerk'));
    const earlier = await persist(server, 'before');
    await postgres.query('postgres', 'alter role clerk connection limit 0');
    assert.equal((await askJson(server.gateway, transferRequest('on the old one')))['ok'], true);
    await queryAt(url, `select pg_terminate_backend(pid) ${own}`);
    await server.process.line(/event=unavailable reason=".*no connection left: raise max_connections/);
    assert.equal(await ask(server.gateway, transferRequest('none')), UNAVAILABLE);
    assert.equal(await ask(server.gateway, { op: 'BALANCE' }), UNAVAILABLE);
    await postgres.query('postgres', 'alter role clerk connection limit -1');
    await persist(server, 'none');
    assert.equal(await ask(server.gateway, transferRequest('before')), earlier);
    await assertRailSound(url);
    assert.equal(await server.process.stop(), 0);
  });

  test('a right is taken away, and given back', async (t) => {
    const url = await databaseOf('scram');
    const server = await running(t, as(url, 'scram'), { PURSER_STORE_PASSWORD_FILE: passwordFile(PASSWORD) });
    await persist(server, 'before');
    await queryAt(url, 'revoke insert on facts from scram');
    assert.equal(await ask(server.gateway, transferRequest('after')), UNAVAILABLE);
    assert.match(server.process.errors, /event=refused code=unavailable reason="permission denied for table facts"/);
    await queryAt(url, 'grant insert on facts to scram');
    await persist(server, 'after');
    await assertRailSound(url);
    assert.equal(await server.process.stop(), 0);
  });

  test('time limits that somebody has set for the user do not cut a batch that waits for its turn', async (t) => {
    const url = await databaseOf('timid');
    await queryAt(url, `alter role timid set statement_timeout = '1ms'`);
    await queryAt(url, `alter role timid set lock_timeout = '1ms'`);
    await queryAt(url, `alter role timid set idle_in_transaction_session_timeout = '1ms'`);
    const server = await running(t, as(url, 'timid'));
    const head = await holdHead(url);
    const answer = ask(server.gateway, transferRequest('waits'));
    await until('its batch waits for its turn', async () => (await waitingForLock(url)) === 1);
    await head.letGo();
    assert.equal((JSON.parse(await answer) as Json)['ok'], true);
    assert.equal(server.process.errors, '');
    assert.equal(await server.process.stop(), 0);
  });

  test('one connection for reading, and many who read at once: all are answered', async (t) => {
    const url = await postgres.createDatabase();
    const server = await running(t, `${url}?pool=1`);
    await persist(server, 'k');
    const read = async (address: Address, op: string): Promise<(string | undefined)[]> => {
      const client = await openClient(address);
      client.send(...Array.from({ length: 100 }, () => ({ op })));
      const answers = await client.answers(100);
      client.close();
      return answers;
    };
    const all = await Promise.all([read(server.gateway, 'BALANCE'), read(server.ledger, 'TX_LOG')]);
    assert.deepEqual(new Set(all.flat().map((text) => text?.split(':')[0])), new Set(['{"balances"', '{"entries"']));
    // One writes, one reads, and one may hold leases.
    assert.ok((await queryAt(url, `select 1 ${own}`)).length <= 3);
    assert.equal(await server.process.stop(), 0);
  });

  test('the database is restored from before: facts that were told are missing, so nobody builds on it', async (t) => {
    const url = await postgres.createDatabase();
    const writer = await running(t, url);
    await persist(writer, 'old');
    const sql = (text: string): Promise<unknown> => postgres.query('postgres', text);
    const name = nameOf(url);
    assert.equal(await writer.process.stop(), 0);
    await sql(`create database ${name}_backup template ${name}`);
    // One has written what the backup lacks, the other has only told it to a caller.
    const servers = [await running(t, url), await running(t, url)];
    const lost = await persist(servers[0]!, 'lost');
    assert.equal(await persist(servers[1]!, 'lost'), lost);
    const swap = async (away: string, here: string): Promise<void> => {
      await sql(`alter database ${name} allow_connections false`);
      await sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
      await sql(`alter database ${name} rename to ${away}`);
      await sql(`alter database ${here} rename to ${name}`);
      await sql(`alter database ${name} allow_connections true`);
    };
    await swap(`${name}_away`, `${name}_backup`);
    for (const server of servers) {
      await server.process.line(/event=unavailable reason=".*lacks facts that were acknowledged \(fact \d+\): promote/);
      assert.equal(await readiness(server), 503);
      for (const key of ['old', 'lost', 'new'])
        assert.equal(await ask(server.gateway, transferRequest(key)), UNAVAILABLE);
    }
    assert.equal((await queryAt(url, `select 1 from facts where key like 'transfer:%'`)).length, 1);
    await swap(`${name}_backup`, `${name}_away`);
    for (const server of servers) {
      assert.equal(await persist(server, 'lost'), lost);
      assert.equal(storeLines(server).at(-1), 'SERVICE name=store event=available');
      assert.equal(await server.process.stop(), 0);
    }
    await assertRailSound(url, new Map([['lost', lost]]));
  });

  test('the disk of its tables is full: unavailable, reads go on, and with space everything does', async (t) => {
    const disk = smallDisk({ megabytes: 24, taken: 8 });
    if (disk === undefined) return t.diagnostic('not shown: no mount is allowed here');
    // One of its own: any other test's checkpoint would have to write to the full disk, too.
    const full = await Postgres.start();
    t.after(async () => {
      await full.stop();
      disk.unmount();
    });
    if (owner.uid !== undefined) chownSync(disk.directory, owner.uid, owner.gid);
    chmodSync(disk.directory, 0o700);
    chmodSync(dirname(disk.directory), 0o711);
    await full.query('postgres', `create tablespace small location '${disk.directory}'`);
    await full.query('postgres', 'create database small template template0 tablespace small');
    const url = full.url('small');
    const server = await running(t, url);
    const earlier = await persist(server, 'before');
    fill(join(disk.directory, 'ballast'));
    const callers = new Callers([server.gateway], 'full');
    callers.start(4);
    await until('callers are refused', () => callers.refused > 10);
    assert.match(server.process.errors, /event=refused code=unavailable reason="could not extend file/);
    assert.match(await ask(server.gateway, { op: 'BALANCE' }), /"total":50000/);
    disk.free();
    await callers.stop();
    await callers.askAgain();
    assert.deepEqual(callers.complaints, []);
    assert.equal(await ask(server.gateway, transferRequest('before')), earlier);
    await assertRailSound(url, callers.outcomes);
    assert.equal(await server.process.stop(), 0);
  });
});
