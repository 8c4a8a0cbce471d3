/**
 * The database is replicated and fails over: killed and started again, killed and replaced by its standby, without its
 * standby, replaced by a standby that lacks something. Servers find the primary by themselves; callers hear `unavailable` at
 * worst, and no answer that anybody heard is lost or contradicted.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Callers } from '../rig/callers.ts';
import { ask, askJson, type Json } from '../rig/frame-client.ts';
import { Postgres, queryAt } from '../rig/postgres.ts';
import { assertRailSound } from '../rig/rail-sound.ts';
import { readiness, startServer, startServers, storeLines, type Server } from '../rig/servers.ts';
import { outcomeOf, transferRequest, UNAVAILABLE } from '../rig/transfer-request.ts';
import { until } from '../rig/until.ts';
import { purser } from '../faults/purser.ts';

/** One URL with both hosts. */
function both(one: string, other: Postgres): string {
  return one.replace(/@([^/]+)\//, `@$1,127.0.0.1:${other.port}/`);
}

function databaseOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function caughtUp(url: string): Promise<void> {
  const has = 'select 1 from pg_stat_replication where replay_lsn >= pg_current_wal_lsn()';
  return until('the standby has replayed everything', async () => (await queryAt(url, has)).length === 1);
}

suite('failover', { concurrency: 4 }, () => {
  suite('a primary and its synchronous standby', { concurrency: 1 }, () => {
    let primary: Postgres;
    let standby: Postgres;
    let servers: Server[];
    /** The database on the primary alone. */
    let url: string;

    before(async () => {
      primary = await Postgres.start();
      url = await primary.createDatabase();
      standby = await primary.standby();
      // A standby that has lost its primary looks for it only now and then.
      await standby.query('postgres', `alter system set wal_retrieve_retry_interval = '100ms'`);
      await standby.query('postgres', 'select pg_reload_conf()');
      servers = await startServers(both(url, standby), 2);
    });

    after(async () => {
      await Promise.all(servers.map(({ process }) => process.kill()));
      await Promise.all([primary.stop(), standby.stop()]);
    });

    const callersOf = (prefix: string): Callers =>
      new Callers(
        servers.map(({ gateway }) => gateway),
        prefix,
      );

    const further = (callers: Callers, count: number): Promise<void> => {
      const goal = callers.outcomes.size + count;
      return until(`${count} further outcomes`, () => callers.outcomes.size >= goal);
    };

    const everyServer = (what: string, holds: (server: Server) => boolean | Promise<boolean>): Promise<void> =>
      until(what, async () => (await Promise.all(servers.map(async (server) => holds(server)))).every(Boolean));

    test('a standby alone is refused: nobody may write there', async () => {
      const { code, stderr } = await purser(['serve', '--store', standby.url(databaseOf(url))]);
      assert.equal(code, 1);
      assert.match(stderr, /^purser: [^\n]*is a read-only standby: name the primary too, or promote this one\n$/);
    });

    test('without its standby a commit is not told to anybody until the standby is back', async () => {
      standby.pause();
      let told = false;
      const answer = ask(servers[0]!.gateway, transferRequest('waits')).finally(() => (told = true));
      const waits = `select 1 from pg_stat_activity where wait_event = 'SyncRep'`;
      await until('the commit waits for the standby', async () => (await queryAt(url, waits)).length === 1);
      // Another server cannot know it either: it waits behind the first.
      const duplicate = ask(servers[1]!.gateway, transferRequest('waits')).finally(() => (told = true));
      const behind = `select 1 from pg_stat_activity where wait_event_type = 'Lock'`;
      await until('the other server waits behind it', async () => (await queryAt(url, behind)).length === 1);
      assert.equal(told, false);
      standby.resume();
      assert.equal(await duplicate, await answer);
      assert.equal((JSON.parse(await answer) as Json)['ok'], true);
    });

    test('a commit whose wait for the standby is cancelled is not told before the standby has it', async () => {
      standby.pause();
      let told = false;
      const answer = ask(servers[0]!.gateway, transferRequest('cancelled')).finally(() => (told = true));
      const waits = `select pid from pg_stat_activity where wait_event = 'SyncRep'`;
      await until('the commit waits for the standby', async () => (await queryAt(url, waits)).length === 1);
      const [waiting] = await queryAt<{ pid: number }>(url, waits);
      await queryAt(url, 'select pg_cancel_backend($1)', [waiting?.pid]);
      await until('another commit waits for the standby', async () => {
        const pids = await queryAt<{ pid: number }>(url, waits);
        return pids.some(({ pid }) => pid !== waiting?.pid);
      });
      assert.equal(told, false);
      standby.resume();
      assert.equal((JSON.parse(await answer) as Json)['ok'], true);
      await assertRailSound(url, new Map([['cancelled', await answer]]));
    });

    test('killed and started again: unavailable meanwhile, and no server needs a restart', async () => {
      const callers = callersOf('restarted');
      callers.start(8);
      await further(callers, 100);
      await primary.kill();
      await everyServer('503', async (server) => (await readiness(server)) === 503);
      for (const { gateway } of servers) assert.equal(await ask(gateway, transferRequest('meanwhile')), UNAVAILABLE);
      await primary.start();
      await everyServer('200', async (server) => (await readiness(server)) === 200);
      await further(callers, 100);
      await callers.stop();
      await callers.askAgain();
      assert.deepEqual(callers.complaints, []);
      for (const server of servers) {
        const lines = storeLines(server);
        assert.ok(
          lines.some((line) =>
            /event=unavailable reason=".*(?:nobody listens there|ECONNRESET|starting or stopping)/.test(line),
          ),
          lines.join('\n'),
        );
        assert.equal(lines.at(-1), 'SERVICE name=store event=available');
      }
      await assertRailSound(url, callers.outcomes);
    });

    test('killed and replaced by its standby: servers follow, every answer stands, no key has two outcomes', async () => {
      const callers = callersOf('promoted');
      callers.start(8);
      await further(callers, 100);
      await primary.kill();
      await everyServer('503', async (server) => (await readiness(server)) === 503);
      // Refused, not left waiting; callers of a commit of unknown fate do wait, and those may be all that there are.
      for (const { gateway } of servers) assert.equal(await ask(gateway, transferRequest('in the gap')), UNAVAILABLE);
      await standby.promote();
      await everyServer('200', async (server) => (await readiness(server)) === 200);
      await further(callers, 100);
      await callers.stop();
      await callers.askAgain();
      assert.deepEqual(callers.complaints, []);
      await assertRailSound(standby.url(databaseOf(url)), callers.outcomes);
      const late = await startServer(both(url, standby));
      await callers.askAgain([late.gateway]);
      assert.deepEqual(callers.complaints, []);
      assert.deepEqual(await Promise.all([...servers, late].map(({ process }) => process.stop())), [0, 0, 0]);
    });
  });

  test('a standby that lacks facts which were told is promoted: nobody builds on it, and the reason is said', async (t) => {
    const primary = await Postgres.start();
    const url = await primary.createDatabase();
    const standby = await primary.standby({ synchronous: false });
    t.after(() => Promise.all([primary.stop(), standby.stop()]));
    const server = await startServer(both(url, standby));
    const kept = await ask(server.gateway, transferRequest('kept'));
    await caughtUp(url);
    // From here on it is late.
    await standby.stop();
    const lost = await ask(server.gateway, transferRequest('lost'));
    assert.equal((JSON.parse(lost) as Json)['ok'], true);
    await primary.kill();
    await standby.start();
    await standby.promote();
    await until('the server has noticed', async () => (await readiness(server)) === 503);
    await server.process.line(/event=unavailable reason=".*lacks facts that were acknowledged \(fact \d+\): promote/);
    for (const key of ['kept', 'lost', 'new'])
      assert.equal(await ask(server.gateway, transferRequest(key)), UNAVAILABLE);
    const facts = `select 1 from facts where key = 'transfer:lost' or key = 'transfer:new'`;
    assert.deepEqual(await queryAt(standby.url(databaseOf(url)), facts), []);
    // The operator accepts the loss by a restart.
    assert.equal(await server.process.stop(), 0);
    const again = await startServer(both(url, standby));
    assert.equal(await ask(again.gateway, transferRequest('kept')), kept);
    assert.equal((await askJson(again.gateway, transferRequest('lost')))['ok'], true);
    await assertRailSound(standby.url(databaseOf(url)), new Map([['kept', kept]]));
    assert.equal(await again.process.stop(), 0);
  });

  test('an old primary that comes back is passed over, and nobody reads there', async (t) => {
    const primary = await Postgres.start();
    const url = await primary.createDatabase();
    const standby = await primary.standby({ synchronous: false });
    t.after(() => Promise.all([primary.stop(), standby.stop()]));
    const server = await startServer(both(url, standby));
    const first = await ask(server.gateway, transferRequest('first'));
    await caughtUp(url);
    await primary.kill();
    await standby.promote();
    const here = standby.url(databaseOf(url));
    const second = await outcomeOf(server.gateway, 'second');
    // It takes itself for the primary, and is the first in the URL.
    await primary.start();
    await queryAt(here, `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'purser'`);
    const third = await outcomeOf(server.gateway, 'third');
    assert.deepEqual(await queryAt(url, `select key from facts where key like 'transfer:%'`), [
      { key: 'transfer:first' },
    ]);
    assert.match(await ask(server.ledger, { op: 'BALANCE' }), /"ops_float":9997/);
    await assertRailSound(here, new Map(Object.entries({ first, second, third })));
    assert.equal(await server.process.stop(), 0);
  });

  test('a primary that stands still neither answers nor refuses: callers are refused all the same', async (t) => {
    const primary = await Postgres.start();
    t.after(() => primary.stop());
    const url = await primary.createDatabase();
    const server = await startServer(url);
    const earlier = await ask(server.gateway, transferRequest('before'));
    primary.pause();
    const answers = await Promise.all([
      ask(server.gateway, transferRequest('during')),
      ask(server.ledger, { op: 'BALANCE' }),
      ask(server.ledger, { op: 'TX_LOG' }),
    ]);
    assert.deepEqual(answers, [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]);
    assert.equal(await readiness(server), 503);
    primary.resume();
    await outcomeOf(server.gateway, 'during');
    assert.equal(await ask(server.gateway, transferRequest('before')), earlier);
    assert.match(await ask(server.ledger, { op: 'BALANCE' }), /"ops_float":9998/);
    await assertRailSound(url, new Map([['before', earlier]]));
    assert.equal(await server.process.stop(), 0);
  });
});
