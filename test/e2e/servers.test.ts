/** Several servers on one PostgreSQL database, as real processes that are asked at once, stopped, killed and paused. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Callers } from '../rig/callers.ts';
import { ask, openClient, type Json } from '../rig/frame-client.ts';
import { queryAt, sharedPostgres } from '../rig/postgres.ts';
import { assertRailSound } from '../rig/rail-sound.ts';
import { holdHead, startServer, startServers, waitingForLock, type Server } from '../rig/servers.ts';
import { transferRequest } from '../rig/transfer-request.ts';
import { until } from '../rig/until.ts';

const database = async (): Promise<string> => (await sharedPostgres()).createDatabase();

const stopAll = (servers: readonly Server[]): Promise<(number | string)[]> =>
  Promise.all(servers.map(({ process }) => process.stop()));

suite('several servers on one database', { concurrency: 2 }, () => {
  test('start together on an empty database, and race the same keys: one outcome each, the same bytes everywhere', async () => {
    const url = await database();
    const servers = await startServers(url, 3);
    const keys = Array.from({ length: 300 }, (_, i) => `raced ${i}`);
    const told = await Promise.all(
      servers.map(async ({ gateway }) => {
        const client = await openClient(gateway);
        client.send(...keys.map((key) => transferRequest(key)));
        const answers = await client.answers(keys.length);
        client.close();
        return answers.map(String);
      }),
    );
    const outcomes = new Map(keys.map((key, i) => [key, told[0]![i]!]));
    for (const [i, key] of keys.entries()) assert.equal(new Set(told.map((answers) => answers[i])).size, 1, key);
    assert.equal(new Set(outcomes.values()).size, keys.length);
    const balances = await Promise.all(servers.map(({ ledger }) => ask(ledger, { op: 'BALANCE' })));
    assert.equal(new Set(balances).size, 1);
    assert.match(balances[0]!, /"ops_float":9700/);
    assert.match(balances[0]!, /"settlement_bank":10300/);
    // As an outsider reads it; what `assertRailSound` adds: openings once, invariants, the journal without gaps.
    assert.equal((await queryAt(url, 'select 1 from transactions')).length, 2 * keys.length);
    await assertRailSound(url, outcomes);
    assert.deepEqual(await stopAll(servers), [0, 0, 0]);
  });

  test('P-14 a duplicate at another server waits for the first', async () => {
    const url = await database();
    const servers = await startServers(url, 2);
    const head = await holdHead(url);
    const first = ask(servers[0]!.gateway, transferRequest('twice'));
    await until('the first waits for its turn', async () => (await waitingForLock(url)) === 1);
    const second = ask(servers[1]!.gateway, transferRequest('twice'));
    await until('the duplicate waits too', async () => (await waitingForLock(url)) === 2);
    await head.letGo();
    assert.equal(await second, await first);
    await assertRailSound(url, new Map([['twice', await first]]));
    assert.equal((await queryAt(url, 'select 1 from transactions')).length, 2);
    assert.deepEqual(await stopAll(servers), [0, 0]);
  });

  test('under load one is asked to stop and one is killed: the others go on, and nothing that was told is lost', async () => {
    const url = await database();
    const servers = await startServers(url, 3);
    const callers = new Callers(
      servers.map(({ gateway }) => gateway),
      'leaving',
    );
    callers.start(12);
    const further = (count: number): Promise<void> => {
      const goal = callers.outcomes.size + count;
      return until(`${count} further outcomes`, () => callers.outcomes.size >= goal);
    };
    await further(200);
    assert.equal(await servers[0]!.process.stop(), 0);
    await further(200);
    await servers[1]!.process.kill();
    await further(200);
    await callers.stop();
    const late = await startServer(url);
    await callers.askAgain([servers[2]!.gateway, late.gateway]);
    assert.deepEqual(callers.complaints, []);
    await assertRailSound(url, callers.outcomes);
    assert.deepEqual(await stopAll([servers[2]!, late]), [0, 0]);
  });

  test('one that is paused while it holds the journal’s head does not hold up the others, and is sound afterwards', async () => {
    const url = await database();
    const servers = await startServers(url, 2);
    const [paused, other] = servers as [Server, Server];
    const quiet = /name=reconciliation event=ended/;
    await until('nothing goes on by itself', () =>
      Promise.resolve(servers.some(({ process: { lines } }) => lines.some((line) => quiet.test(line)))),
    );
    const head = await holdHead(url);
    const slow = ask(paused.gateway, transferRequest('slow'));
    await until('its batch waits for its turn', async () => (await waitingForLock(url)) === 1);
    paused.process.child.kill('SIGSTOP');
    await head.letGo();
    const holds = `select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;
    await until('it has its turn and does nothing with it', async () => (await queryAt(url, holds)).length === 1);
    const meanwhile = await ask(other.gateway, transferRequest('meanwhile'));
    assert.equal((JSON.parse(meanwhile) as Json)['ok'], true);
    paused.process.child.kill('SIGCONT');
    const late = await slow;
    assert.equal((JSON.parse(late) as Json)['ok'], true);
    assert.equal(await ask(other.gateway, transferRequest('slow')), late);
    assert.equal(await ask(paused.gateway, transferRequest('meanwhile')), meanwhile);
    await assertRailSound(
      url,
      new Map([
        ['slow', late],
        ['meanwhile', meanwhile],
      ]),
    );
    assert.deepEqual(await stopAll(servers), [0, 0]);
  });
});
