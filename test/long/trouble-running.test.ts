/**
 * What goes wrong while a server runs: the disk is full, another program holds the database, somebody asks it to stop under
 * load. Nothing acknowledged is lost, what could not be done says `unavailable`, and no restart is needed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { deployments, type Rail } from '../rig/deployment.ts';
import { freeAddress, ServerProcess } from '../rig/server-process.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { limitFiles, smallDisk } from '../faults/disk.ts';
import { Load, seededRandom } from '../faults/load.ts';
import { dataDirectories, failures, railFor, verify } from '../faults/purser.ts';

const transfer = (key: string): Record<string, unknown> => ({
  src: 'ops_float',
  dst: 'settlement_bank',
  amount: 1,
  idempotency_key: key,
});

async function assertVerified(rail: Rail): Promise<void> {
  const { ledger, gateway } = dataDirectories(rail);
  for (const data of new Set([ledger, gateway])) assert.deepEqual(failures(await verify(data)), []);
}

/** Keys that the database holds, in order. */
function recordedKeys(data: string): string[] {
  const db = new DatabaseSync(join(data, 'purser.db'), { readOnly: true });
  const keys = db.prepare("select key from facts where key like 'transfer:%'").all();
  db.close();
  return keys.map(({ key }) => String(key).replace(/^transfer:/, '')).toSorted();
}

suite('the disk is full', { concurrency: 2 }, () => {
  test('TRANSFER says unavailable, BALANCE goes on, and with space everything does, without a restart', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const server = rail.process('ledger');
    const before = await rail.transfer(transfer('before'));
    limitFiles(server, 1);
    assert.deepEqual(await rail.transfer(transfer('during')), { ok: false, error: 'unavailable' });
    assert.deepEqual(await rail.transfer(transfer('before')), before, 'what is recorded can be told');
    assert.equal((await rail.balances())['ops_float'], 9_999);
    limitFiles(server, undefined);
    assert.equal((await rail.transfer(transfer('during')))['ok'], true);
    assert.equal((await rail.balances())['ops_float'], 9_998);
    await assertVerified(rail);
    assert.deepEqual(await rail.stop(), [0]);
  });

  for (const deployment of deployments) {
    test(`again and again under load, then a kill (${deployment})`, async (t) => {
      const rail = await railFor(t, deployment);
      const load = new Load(seededRandom(5), 'full');
      const ledger = rail.process('ledger');
      const gateway = rail.process('gateway');
      const lastAt = 2_500;
      let full = false;
      let turnAt = 200;
      const goOn = (): boolean => {
        if (load.answered >= turnAt) {
          full = !full;
          turnAt += full ? 60 : 200;
          for (const server of new Set([ledger, gateway])) limitFiles(server, full ? 1 : undefined);
        }
        return load.answered < lastAt;
      };
      await Promise.all([1, 2, 3].map(() => load.pump(rail.gateway, 24, goOn)));
      assert.deepEqual(load.contradictions, []);
      limitFiles(ledger, 1);
      await rail.kill([rail.programOf('ledger')]);
      await rail.start([rail.programOf('ledger')]);
      limitFiles(rail.process('gateway'), undefined);
      await load.ask(rail.gateway, load.keys);
      assert.deepEqual(load.contradictions, []);
      assert.equal(load.outcomes.size, load.keys.length);
      t.diagnostic(`${load.keys.length} keys, ${load.succeeded.length} went through`);
      const total = Object.values(await rail.balances()).reduce((sum, balance) => sum + balance, 0);
      assert.equal(total, 50_000);
      await assertVerified(rail);
      await rail.stop();
    });
  }

  test('a real one, where this machine allows to mount it', async (t) => {
    const disk = smallDisk({ megabytes: 4, taken: 3 });
    if (disk === undefined)
      return t.diagnostic('no mount is allowed here: the tests above limit the size of files instead');
    t.after(() => disk.unmount());
    const address = await freeAddress();
    const data = join(disk.directory, 'data');
    const args = ['--data', data, '--http', '127.0.0.1:0'];
    const others = { PURSER_RISK_ADDR: '127.0.0.1:0', PURSER_LEDGER_ADDR: '127.0.0.1:0' };
    const server = new ServerProcess(args, {
      PURSER_GATEWAY_ADDR: `${address.host}:${address.port}`,
      BANK_VELOCITY_LIMIT: '1000000',
      ...others,
    });
    t.after(() => server.kill());
    await server.ready;
    const load = new Load(seededRandom(6), 'tmpfs');
    const told = (): boolean => server.errors.includes('code=unavailable');
    await load.pump(address, 64, () => !told());
    assert.match(server.errors, /event=refused code=unavailable reason="[^"]*full/);
    disk.free();
    await load.ask(address, load.keys);
    assert.deepEqual(load.contradictions, []);
    assert.equal(load.outcomes.size, load.keys.length);
    assert.deepEqual(failures(await verify(data)), []);
    assert.equal(await server.stop(), 0);
  });
});

/** Begins to write, and does not go on. */
function outsider(rail: Rail): DatabaseSync {
  const db = new DatabaseSync(rail.ledgerFile);
  db.exec('begin immediate');
  return db;
}

suite('another program holds the database', { concurrency: 2 }, () => {
  test('for a moment: commands wait, reads go on', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const db = outsider(rail);
    const waiting = rail.transfer(transfer('waits'));
    assert.equal((await rail.balances())['ops_float'], 10_000);
    db.exec('rollback');
    db.close();
    assert.equal((await waiting)['ok'], true);
    await rail.stop();
  });

  test('for too long: unavailable after the busy timeout, and all is well afterwards', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const db = outsider(rail);
    const answers = await Promise.all([rail.transfer(transfer('one')), rail.transfer(transfer('two'))]);
    for (const answer of answers) assert.deepEqual(answer, { ok: false, error: 'unavailable' });
    assert.match(rail.process('ledger').errors, /code=unavailable reason="database is locked"/);
    db.exec('rollback');
    db.close();
    assert.equal((await rail.transfer(transfer('two')))['ok'], true);
    assert.equal((await rail.transfer(transfer('three')))['ok'], true);
    assert.deepEqual(recordedKeys(dataDirectories(rail).ledger), ['three', 'two']);
    await assertVerified(rail);
    await rail.stop();
  });
});

test('SIGTERM while the server starts: it stops as it should', async (t) => {
  const addresses = ['GATEWAY', 'RISK', 'LEDGER'].map((part) => [`PURSER_${part}_ADDR`, '127.0.0.1:0']);
  const args = ['--data', join(temporaryDirectory(), 'data'), '--http', '127.0.0.1:0'];
  const server = new ServerProcess(args, Object.fromEntries(addresses) as Record<string, string>);
  t.after(() => server.kill());
  await server.line(/name=ledger event=listening/);
  assert.equal(await server.stop(), 0);
});

suite('SIGTERM under load', { concurrency: 2 }, () => {
  for (const deployment of deployments) {
    test(`every accepted request is answered, and every answer is recorded (${deployment})`, async (t) => {
      const rail = await railFor(t, deployment);
      const load = new Load(seededRandom(8), 'drain');
      const stopped = Promise.withResolvers<(number | string)[]>();
      let asked = false;
      const pumps = [1, 2, 3, 4].map(() =>
        load.pump(rail.gateway, 48, () => {
          if (load.answered < 400 || asked) return true;
          asked = true;
          void rail.stop([rail.programOf('gateway')]).then(stopped.resolve, stopped.reject);
          return true;
        }),
      );
      assert.deepEqual(await stopped.promise, [0]);
      await Promise.all(pumps);
      assert.deepEqual(recordedKeys(dataDirectories(rail).gateway), [...load.outcomes.keys()].toSorted());
      await assertVerified(rail);
      await rail.start([rail.programOf('gateway')]);
      await load.ask(rail.gateway, load.keys);
      assert.deepEqual(load.contradictions, []);
      assert.ok((await rail.stop()).every((code) => code === 0));
    });
  }
});
