/**
 * `purser verify` is content with what real servers wrote, also while they write; what is no database of purser gets a
 * message. `purser rebuild` has its refusals.
 */
import assert from 'node:assert/strict';
import { openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, suite, test } from 'node:test';
import { rowTables } from '../../src/flows/row-facts.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { Load, seededRandom } from './load.ts';
import { dataDirectories, failures, purser, railFor, verify } from './purser.ts';
import { copyOf, recordedParts, sql, tablesOf, tamper, type Part } from './recorded.ts';

let data: Readonly<Record<Part, string>>;

before(async () => {
  data = await recordedParts();
});

suite('sound databases pass', { concurrency: 2 }, () => {
  for (const part of ['all', 'ledger', 'gateway'] as const) {
    test(`of the ${part === 'all' ? 'all-in-one server' : `${part} alone`}`, async () => {
      const report = await verify(data[part]);
      assert.deepEqual([report.code, report.ok, failures(report)], [0, true, []]);
      assert.ok(report.facts > 100);
    });
  }

  test('its lines are for people and for scripts', async () => {
    const { code, stdout, stderr } = await purser(['verify', '--data', data.all]);
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout.trimEnd().split('\n');
    const names = lines.slice(0, -1).map((line) => /^CHECK name=(\S+) status=OK( \w+=\d+)+$/.exec(line)?.[1]);
    assert.equal(
      names.join(' '),
      `file journal keys replay accounts openings counters transactions transfers ${rowTables.map(({ name }) => name).join(' ')} I1 I2 I3 I4 I5 I6 I7 S1 S2 S3 S4 S5 S6 S7 S8 O1 O2 O3 O4 O5 B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 key-index`,
    );
    assert.match(lines.at(-1)!, /^VERIFY facts=\d+ status=OK head=[0-9a-f]{64}$/);
  });

  for (const deployment of ['all-in-one', 'split'] as const) {
    test(`while the servers write (${deployment})`, async (t) => {
      const rail = await railFor(t, deployment);
      const load = new Load(seededRandom(11), 'live');
      let checked = false;
      const pumps = [1, 2].map(() => load.pump(rail.gateway, 16, () => !checked));
      const { ledger, gateway } = dataDirectories(rail);
      let facts = 0;
      for (const directory of [ledger, gateway, ledger]) {
        const report = await verify(directory);
        assert.deepEqual([report.code, failures(report)], [0, []]);
        facts = report.facts;
      }
      checked = true;
      await Promise.all(pumps);
      assert.ok(facts > 5, 'there was something to check');
      await rail.stop();
    });
  }
});

suite('rebuild', () => {
  test('refuses facts that are not sound, and changes nothing', async () => {
    const copy = copyOf(data.all);
    tamper(copy, sql(`update facts set answer = '{}' where seq = 20`, `update accounts set balance = 1`));
    const { code, stderr } = await purser(['rebuild', '--data', copy]);
    assert.equal(code, 1);
    assert.match(stderr, /facts seq=20: .* nothing was changed|nothing was changed \(facts seq=20: /);
    assert.equal(new Set((tablesOf(copy) as { balance: bigint }[][])[0]!.map(({ balance }) => balance)).size, 1);
  });

  test('is refused while a server runs', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const { code, stderr } = await purser(['rebuild', '--data', dataDirectories(rail).ledger]);
    assert.equal(code, 1);
    assert.match(stderr, /another purser is using .*purser\.db.*--data/);
    await rail.stop();
  });
});

test('facts and batches cannot be updated or deleted by an ordinary statement', () => {
  const db = new DatabaseSync(join(copyOf(data.all), 'purser.db'));
  for (const table of ['facts', 'batches']) {
    const column = table === 'facts' ? 'body' : 'root';
    assert.throws(() => db.exec(`update ${table} set ${column} = ''`), /append-only/);
    assert.throws(() => db.exec(`delete from ${table}`), /append-only/);
  }
  db.close();
});

test('--data is what is looked at, though PURSER_STORE names a database, and that is said', async () => {
  const directory = copyOf(data.all);
  const env = { PURSER_STORE: 'postgres://nobody@127.0.0.1:1/nowhere' };
  const { code, stderr } = await purser(['verify', '--data', directory], { env });
  assert.deepEqual([code, stderr.includes(directory), /PURSER_STORE leave --data out/.test(stderr)], [0, true, true]);
});

const file = (directory: string): string => join(directory, 'purser.db');

suite('what is no database of purser gets a message, not a stack', { concurrency: 2 }, () => {
  // prettier-ignore
  const rows: readonly [what: string, make: (directory: string) => void, message: RegExp][] = [
    ['nothing there', () => {}, /there is no database .*purser\.db: .*--data/],
    ['an empty file', (directory) => writeFileSync(file(directory), ''), /migration 0 of \d+/],
    ['garbage', (directory) => writeFileSync(file(directory), 'no database at all, but long enough to be read as one'.repeat(40)), /no intact SQLite database/],
    [
      'a database of another program',
      (directory) => {
        const db = new DatabaseSync(file(directory));
        db.exec('create table facts (seq)');
        db.close();
      },
      /no database of purser/,
    ],
    ['a database of a newer version', (directory) => { writeFileSync(file(directory), readFileSync(file(copyOf(data.all)))); tamper(directory, sql(`insert into migrations values (9999, '9999-later.sql')`)); }, /newer purser \(migration 9999/],
  ];
  for (const [what, make, message] of rows) {
    test(what, async () => {
      const directory = temporaryDirectory();
      make(directory);
      const { code, stdout, stderr } = await purser(['verify', '--data', directory]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }

  test('a page that was overwritten', async () => {
    const copy = copyOf(data.all);
    const descriptor = openSync(file(copy), 'r+');
    writeSync(descriptor, Buffer.alloc(8_192, 0xa5), 0, 8_192, 16_384);
    const { code, stdout, stderr } = await purser(['verify', '--data', copy]);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /CHECK name=file status=VIOLATED|no intact SQLite database/);
  });

  test('a file that was cut in half', async () => {
    const copy = copyOf(data.all);
    truncateSync(file(copy), Math.floor(statSync(file(copy)).size / 8_192) * 4_096);
    const { code, stdout, stderr } = await purser(['verify', '--data', copy]);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /CHECK name=file status=VIOLATED|no intact SQLite database/);
  });

  for (const args of [['--bogus'], ['extra'], ['--data'], ['--json=yes'], ['--data', '']]) {
    test(`verify ${args.join(' ')}: wrong usage`, async () => {
      const { code, stderr } = await purser(['verify', ...args]);
      assert.equal(code, 2);
      assert.match(stderr, /^purser: /);
    });
  }
});
