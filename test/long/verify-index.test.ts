/** The key index is only there once a quarter of a million facts are: its runs are compared with the facts, and mended. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, suite, test } from 'node:test';
import { askJson } from '../rig/frame-client.ts';
import type { Rail } from '../rig/deployment.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { FACTS, railWithFullRun, refusedRequest } from '../faults/full-run.ts';
import { migrate, migrateAndKill } from '../faults/migrate.ts';
import { dataDirectories, failures, purser, verify } from '../faults/purser.ts';
import { copyOf, tamper } from '../faults/recorded.ts';

let rail: Rail;
let data: string;

before(async () => {
  rail = await railWithFullRun();
  data = dataDirectories(rail).ledger;
});

suite('the key index', { concurrency: 2 }, () => {
  test('that a server has sealed is sound', async () => {
    const report = await verify(data);
    assert.deepEqual(failures(report), []);
    const { counted } = report.checks.find(({ name }) => name === 'key-index')!;
    assert.equal(counted['runs'], 1);
    assert.ok(counted['keys']! > 262_000);
  });

  test('that was damaged is named, and mended by rebuild', async () => {
    const copy = copyOf(data);
    tamper(copy, (db) => {
      const row = db.prepare('select first, entries from key_entries order by first limit 1 offset 200');
      row.setReadBigInts(true);
      const { first, entries } = row.get() as { first: bigint; entries: Uint8Array };
      entries[9] = entries[9]! ^ 1;
      db.prepare('update key_entries set entries = ? where first = ?').run(entries, first);
    });
    const named = /^key-index: key_entries run=0 first=\d+: expected the hashes of/;
    assert.match(failures(await verify(copy)).join('\n'), named);
    assert.equal((await purser(['rebuild', '--data', copy])).code, 0);
    assert.deepEqual(indexOf(copy), indexOf(data));
  });
});

test('migrate-store writes it too, also when it was interrupted before the run was full', async () => {
  const source = copyOf(data);
  const copy = join(temporaryDirectory(), 'data');
  await migrateAndKill(source, copy, (facts) => facts > 50_000);
  assert.equal((await migrate(source, copy)).code, 0);
  const report = await verify(copy);
  assert.deepEqual(failures(report), []);
  const { counted } = report.checks.find(({ name }) => name === 'key-index')!;
  assert.equal(counted['runs'], 1);
});

test('keys of sealed runs are found again after a restart', async (t) => {
  t.after(() => rail.kill());
  await rail.start();
  for (const n of [0, 1, 77_777, FACTS - 1]) {
    const again = await askJson(rail.gateway, refusedRequest(n));
    assert.equal(again['error'], 'transfer_amount_exceeds_limit');
    assert.match(String(again['tx_id']), new RegExp(`^tx-0*${n + 1}$`));
  }
  await rail.stop();
});

function indexOf(directory: string): unknown {
  const db = new DatabaseSync(join(directory, 'purser.db'), { readOnly: true, readBigInts: true });
  const rows = [
    db.prepare('select * from key_runs').all(),
    db.prepare('select run, first, entries from key_entries').all(),
  ];
  db.close();
  return rows;
}
