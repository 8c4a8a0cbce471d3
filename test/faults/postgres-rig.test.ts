/** The PostgreSQL that other tests rely on does what they ask of it: it fails over, comes back, stands still, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite, test } from 'node:test';
import { Postgres, queryAt, sharedPostgres } from '../rig/postgres.ts';
import { until } from '../rig/until.ts';

const values = (postgres: Postgres): Promise<unknown> => postgres.query('postgres', 'select v from kept order by v');

suite('a PostgreSQL of the tests', { concurrency: 2 }, () => {
  test('what a commit was answered for is on the standby when the primary is killed, which then takes writes', async () => {
    const primary = await Postgres.start({ durable: true });
    const standby = await primary.standby();
    await primary.query('postgres', 'create table kept (v int)');
    await primary.query('postgres', 'insert into kept values (1)');
    await primary.kill();
    await assert.rejects(primary.query('postgres', 'select 1'), { code: 'ECONNREFUSED' });
    assert.deepEqual(await values(standby), [{ v: 1 }]);
    await assert.rejects(standby.query('postgres', 'insert into kept values (2)'), { code: '25006' });
    await standby.promote();
    await standby.query('postgres', 'insert into kept values (2)');
    assert.deepEqual(await values(standby), [{ v: 1 }, { v: 2 }]);
    await standby.stop();
  });

  test('without its standby the primary does not answer for a commit', async () => {
    const primary = await Postgres.start({ durable: true });
    const standby = await primary.standby();
    standby.pause();
    const commit = primary.query('postgres', 'create table kept (v int)').then(() => 'answered');
    const waits = `select 1 from pg_stat_activity where wait_event = 'SyncRep'`;
    await until('the commit waits', async () => (await primary.query('postgres', waits)).length === 1);
    standby.resume();
    assert.equal(await commit, 'answered');
    await Promise.all([primary.stop(), standby.stop()]);
  });

  test('after kill -9 or a stop it comes back at the same port with everything', async () => {
    const postgres = await Postgres.start({ durable: true });
    const { port } = postgres;
    await postgres.query('postgres', 'create table kept (v int)');
    for (const [v, end] of (['kill', 'stop'] as const).entries()) {
      await postgres.query('postgres', `insert into kept values (${v})`);
      await postgres[end]();
      await postgres.start();
    }
    assert.equal(postgres.port, port);
    assert.deepEqual(await values(postgres), [{ v: 0 }, { v: 1 }]);
    await postgres.stop();
  });

  test('two databases of one server know nothing of each other', async () => {
    const postgres = await sharedPostgres();
    const [one, other] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
    await queryAt(one, 'create table here (v int)');
    await assert.rejects(queryAt(other, 'select * from here'), { code: '42P01' });
  });

  for (const state of ['running', 'paused'] as const) {
    test(`a test process that is killed leaves neither the server nor its data behind (${state})`, async () => {
      const rig = new URL('../rig/postgres.ts', import.meta.url).href;
      const script = `
        const { Postgres } = await import('${rig}');
        const postgres = await Postgres.start();
        const data = await postgres.query('postgres', "select current_setting('data_directory') as directory");
        const pids = await postgres.query('postgres', 'select pid from pg_stat_activity');
        if ('${state}' === 'paused') postgres.pause();
        console.log(JSON.stringify({ directory: data[0].directory, pids: pids.map(({ pid }) => pid) }));
        setInterval(() => {}, 1_000);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
      const { directory, pids } = JSON.parse(line) as { directory: string; pids: number[] };
      assert.ok(existsSync(directory) && pids.some(isAlive) && pids.length > 3);
      child.kill('SIGKILL');
      await until('the data directory is gone', () => !existsSync(dirname(directory)));
      await until('no process is left', () => !pids.some(isAlive));
    });
  }
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
