/** PURSER_VELOCITY=store: real servers on one PostgreSQL database share their velocity windows (P-30). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ask, askJson, type Json } from '../rig/frame-client.ts';
import { sharedPostgres } from '../rig/postgres.ts';
import { ServerProcess } from '../rig/server-process.ts';
import { startServer, type Server } from '../rig/servers.ts';

const APPROVED = '{"approved":true}';
const SLOTS = '{"approved":false,"reason":"daily_transfer_limit_exceeded"}';

/** No test takes as long as the window. */
const env = { PURSER_VELOCITY: 'store', BANK_VELOCITY_LIMIT: '3', BANK_VELOCITY_WINDOW: '3600' };

const database = async (): Promise<string> => (await sharedPostgres()).createDatabase();

const transfer = ({ gateway }: Server, key: string): Promise<Json> =>
  askJson(gateway, { op: 'TRANSFER', src: 'ops_float', dst: 'settlement_bank', amount: 1, idempotency_key: key });

const check = async (process: ServerProcess): Promise<string> =>
  ask(await process.address('risk'), { op: 'CHECK', src: 'ops_float', dst: 'settlement_bank', amount: 1 });

suite('P-30 PURSER_VELOCITY=store', { concurrency: 2 }, () => {
  test('two servers: the fourth movement is refused through either, also after a restart', async () => {
    const url = await database();
    const servers = [await startServer(url, env), await startServer(url, env)] as const;
    const [one, other] = servers;
    assert.equal((await transfer(one, 'first'))['ok'], true);
    assert.equal(await check(other.process), APPROVED);
    assert.equal((await transfer(one, 'third'))['ok'], true);
    assert.equal((await transfer(other, 'fourth'))['error'], 'daily_transfer_limit_exceeded');
    assert.equal(await check(one.process), SLOTS);
    assert.equal((await transfer(other, 'first'))['ok'], true, 'a replay uses no slot');
    assert.deepEqual(await Promise.all(servers.map(({ process }) => process.stop())), [0, 0]);
    const again = await startServer(url, env);
    assert.equal((await transfer(again, 'fifth'))['error'], 'daily_transfer_limit_exceeded');
    assert.equal(await again.process.stop(), 0);
  });

  test('two servers of the role risk count together', async () => {
    const url = await database();
    const start = async (): Promise<ServerProcess> => {
      const risk = new ServerProcess(['--role', 'risk', '--store', url], { ...env, PURSER_RISK_ADDR: '127.0.0.1:0' });
      await risk.ready;
      return risk;
    };
    const [one, other] = [await start(), await start()];
    const answers = await Promise.all([one, other, one, other, one, other].map(check));
    assert.deepEqual(answers.toSorted(), [SLOTS, SLOTS, SLOTS, APPROVED, APPROVED, APPROVED]);
    assert.deepEqual(await Promise.all([one.stop(), other.stop()]), [0, 0]);
  });

  test('SQLite refuses it by its name', async () => {
    for (const role of ['all', 'risk']) {
      const server = new ServerProcess(['--role', role], env);
      assert.equal(await server.exited, 78);
      assert.match(server.errors, /^purser: PURSER_VELOCITY must [^\n]*--store postgres:\/\/[^\n]*\n$/);
    }
  });
});
