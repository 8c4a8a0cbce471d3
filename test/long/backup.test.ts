/**
 * `purser backup` and `purser restore`: a copy taken under load is whole; a restore verifies before it switches, keeps what
 * it replaces, and can be interrupted at any point.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { deployments } from '../rig/deployment.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { Load, seededRandom } from '../faults/load.ts';
import { dataDirectories, failures, purser, railFor, verify, type Ended } from '../faults/purser.ts';
import { copyOf, recordedParts, sql, tablesOf, tamper, type Part } from '../faults/recorded.ts';

let data: Readonly<Record<Part, string>>;

before(async () => {
  data = await recordedParts();
});

async function backedUp(from: string): Promise<string> {
  const to = join(temporaryDirectory(), 'backup.db');
  const { code, stderr } = await purser(['backup', '--data', from, '--to', to]);
  assert.deepEqual([code, stderr], [0, '']);
  return to;
}

const restore = (from: string, into: string): Promise<Ended> => purser(['restore', from, '--data', into]);

const replacedIn = (directory: string): string[] =>
  readdirSync(directory).filter((name) => /^purser\.db\.replaced-[^/]*Z$/.test(name));

async function factsOf(directory: string): Promise<number> {
  const report = await verify(directory);
  assert.deepEqual(failures(report), []);
  return report.facts;
}

/** A database file as a data directory of its own. */
function asData(file: string): string {
  const directory = join(temporaryDirectory(), 'data');
  mkdirSync(directory);
  copyFileSync(file, join(directory, 'purser.db'));
  return directory;
}

suite('backup', { concurrency: 2 }, () => {
  for (const deployment of deployments) {
    test(`under load, then restored elsewhere: every key of the copy has the same outcome (${deployment})`, async (t) => {
      const rail = await railFor(t, deployment, { BANK_SINGLE_TX_LIMIT: '20000' });
      const load = new Load(seededRandom(3), 'b');
      let copied = false;
      const pumps = [1, 2].map(() => load.pump(rail.gateway, 16, () => !copied || load.answered < 300));
      const { gateway } = dataDirectories(rail);
      const told = load.outcomes.size;
      const backup = await backedUp(gateway);
      copied = true;
      await Promise.all(pumps);
      assert.equal(statSync(backup).mode & 0o777, 0o600);
      const elsewhere = join(temporaryDirectory(), 'new', 'data');
      const { code, stdout } = await restore(backup, elsewhere);
      assert.equal(code, 0);
      assert.match(stdout, /^RESTORE file=\S+purser\.db facts=\d+ chain=[0-9a-f]{64} replaced=nothing status=OK\n$/);
      assert.deepEqual(failures(await verify(elsewhere)), []);
      const answers = answersIn(elsewhere);
      assert.ok(answers.size >= told, 'what was acknowledged before the backup began is in it');
      for (const [key, answer] of answers) assert.equal(answer, load.outcomes.get(key), key);
    });
  }

  test('prints what it holds, and never overwrites', async () => {
    const to = join(temporaryDirectory(), 'backup.db');
    const args = ['backup', '--data', data.all, '--to', to];
    const { stdout } = await purser(args);
    const { head, facts } = await verify(data.all);
    const bytes = statSync(to).size;
    assert.equal(
      stdout,
      `BACKUP file=${to} bytes=${bytes} facts=${facts} chain=${head.chain} left_out=operator.token status=OK\n`,
    );
    const again = await purser(args);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /backup\.db exists already: .*--to/);
    assert.equal(statSync(to).size, bytes);
  });

  const rows: readonly [what: string, args: (to: string) => string[], code: number, message: RegExp][] = [
    ['without --to', () => ['--data', data.all], 2, /--to FILE is missing/],
    ['of nothing', (to) => ['--data', join(to, 'none'), '--to', to], 1, /there is no database/],
    [
      'into a directory that is not there',
      (to) => ['--data', data.all, '--to', join(to, 'b')],
      1,
      /cannot copy .* to /,
    ],
  ];
  for (const [what, args, code, message] of rows) {
    test(what, async () => {
      const to = join(temporaryDirectory(), 'backup.db');
      const ended = await purser(['backup', ...args(to)]);
      assert.equal(ended.code, code);
      assert.match(ended.stderr, message);
      assert.ok(!existsSync(to));
    });
  }

  test('onto a disk that is full leaves nothing behind', async () => {
    const directory = temporaryDirectory();
    const launcher = join(import.meta.dirname, '../../bin/purser');
    const args = ['backup', '--data', data.all, '--to', join(directory, 'b.db')];
    const limited = promisify(execFile)('sh', ['-c', 'ulimit -f 128; exec "$0" "$@"', launcher, ...args]);
    await assert.rejects(limited, /cannot copy .* to /);
    assert.deepEqual(readdirSync(directory), []);
  });
});

/** The completed answers in a payment gateway's database, by key. */
function answersIn(directory: string): Map<string, string> {
  const db = new DatabaseSync(join(directory, 'purser.db'), { readOnly: true });
  const facts = `select substr(key, 10) as key, answer from facts where key like 'transfer:%' and answer is not null`;
  const rows = db.prepare(`${facts} union select key, answer from transfers where answer is not null`).all();
  db.close();
  return new Map(rows.map(({ key, answer }) => [String(key), String(answer)]));
}

suite('restore', { concurrency: 2 }, () => {
  test('keeps what it replaces, with everything that was acknowledged before a kill', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const load = new Load(seededRandom(4), 'r');
    await load.pump(rail.gateway, 16, () => load.answered < 300);
    await rail.kill();
    const { ledger } = dataDirectories(rail);
    assert.ok(statSync(join(ledger, 'purser.db-wal')).size > 0, 'there is a log to be folded in');
    const { code, stdout } = await restore(await backedUp(data.all), ledger);
    assert.equal(code, 0);
    const [replaced = ''] = replacedIn(ledger);
    assert.match(stdout, new RegExp(`replaced=\\S+/${replaced} `));
    assert.deepEqual(readdirSync(ledger).toSorted(), [
      'keys',
      'operator.token',
      'purser.db',
      'purser.db-lock',
      replaced,
    ]);
    assert.deepEqual(tablesOf(ledger), tablesOf(data.all));
    const old = asData(join(ledger, replaced));
    assert.deepEqual(failures(await verify(old)), []);
    assert.deepEqual([...answersIn(old).keys()].toSorted(), [...load.outcomes.keys()].toSorted());
    await rail.start();
    await rail.stop();
  });

  test('is refused while a server runs', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const { code, stderr } = await restore(await backedUp(data.all), dataDirectories(rail).ledger);
    assert.equal(code, 1);
    assert.match(stderr, /another purser is using/);
    assert.equal((await rail.balances())['ops_float'], 10_000);
  });

  const refused: readonly [what: string, make: (backup: string) => void, message: RegExp][] = [
    [
      'an edited fact',
      (file) => edit(file, `update facts set answer = '{}' where seq = 20`),
      /not sound.* facts seq=20:/,
    ],
    [
      'an edited balance',
      (file) => edit(file, 'update accounts set balance = balance + 1'),
      /not sound.* accounts id=/,
    ],
    ['garbage', (file) => writeFileSync(file, 'no backup, only text '.repeat(500)), /no intact SQLite database/],
    [
      'half of it',
      (file) => writeFileSync(file, readFileSync(file).subarray(0, 65_536)),
      /malformed|not sound|no intact/,
    ],
    ['a newer version', (file) => edit(file, `insert into migrations values (9999, 'later')`), /newer purser/],
  ];
  for (const [what, make, message] of refused) {
    test(`of a backup that is not sound is refused, and the old data stays: ${what}`, async () => {
      const backup = await backedUp(data.ledger);
      make(backup);
      const target = copyOf(data.all);
      const names = readdirSync(target);
      const { code, stderr } = await restore(backup, target);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.deepEqual(readdirSync(target).toSorted(), [...names, 'purser.db-lock'].toSorted());
      assert.deepEqual(tablesOf(target), tablesOf(data.all));
    });
  }

  test('of nothing', async () => {
    const target = copyOf(data.all);
    const { code, stderr } = await restore(join(target, 'none'), target);
    assert.equal(code, 1);
    assert.match(stderr, /there is no backup/);
  });

  test('over a damaged database: that one is kept as it is, log and all', async () => {
    const target = copyOf(data.all);
    writeFileSync(join(target, 'purser.db'), 'this was a database once '.repeat(400));
    const log = logOf(data.all);
    writeFileSync(join(target, 'purser.db-wal'), log);
    const { code } = await restore(await backedUp(data.all), target);
    assert.equal(code, 0);
    const [replaced = ''] = replacedIn(target);
    assert.ok(log.equals(readFileSync(join(target, `${replaced}-wal`))));
    assert.match(readFileSync(join(target, replaced), 'utf8'), /^this was a database once/);
    assert.deepEqual(tablesOf(target), tablesOf(data.all), 'the old log did not get into the restored database');
  });

  test('a log without its database does not get into the restored one either', async () => {
    const target = join(temporaryDirectory(), 'data');
    mkdirSync(target);
    writeFileSync(join(target, 'purser.db-wal'), logOf(data.all));
    const { code } = await restore(await backedUp(data.all), target);
    assert.equal(code, 0);
    assert.deepEqual(tablesOf(target), tablesOf(data.all));
  });

  test('interrupted at any point: the old database or the new one is there, whole', async (t) => {
    const backup = await backedUp(data.ledger);
    const [oldFacts, newFacts] = [await factsOf(data.all), await factsOf(data.ledger)];
    assert.notEqual(oldFacts, newFacts);
    const moments: readonly [when: string, (names: readonly string[], events: number) => boolean][] = [
      ['the first change', () => true],
      ['the tenth change', (_, events) => events === 10],
      ['the copy has begun', (names) => names.includes('purser.db.restoring')],
      ['the copy is in WAL mode', (names) => names.includes('purser.db.restoring-wal')],
      ['the copy is checked', (names) => names.includes('purser.db-shm')],
      ['the old one has its second name', (names) => names.some((name) => name.includes('.replaced-'))],
      ['the switch', (names, events) => events > 5 && !names.includes('purser.db.restoring')],
      ['never', () => false],
    ];
    for (const [when, now] of moments) {
      const target = copyOf(data.all);
      let events = 0;
      let kill = (): void => {};
      const watcher = watch(target, () => {
        events += 1;
        if (now(readdirSync(target), events)) kill();
      });
      await purser(['restore', backup, '--data', target], { started: (stop) => void (kill = stop) });
      watcher.close();
      const facts = await factsOf(target);
      assert.ok(facts === oldFacts || facts === newFacts, `${facts} facts, killed at: ${when}`);
      t.diagnostic(`killed at: ${when}: ${facts === oldFacts ? 'the old one' : 'the new one'} is there`);
      assert.equal((await restore(backup, target)).code, 0);
      assert.equal(await factsOf(target), newFacts);
    }
  });
});

/** A log that sets every balance to 1, if SQLite plays it into a database. */
function logOf(from: string): Buffer {
  const copy = copyOf(from);
  const db = new DatabaseSync(join(copy, 'purser.db'));
  db.exec('pragma wal_autocheckpoint = 0; update accounts set balance = 1');
  const log = readFileSync(join(copy, 'purser.db-wal'));
  db.close();
  return log;
}

function edit(file: string, statement: string): void {
  const directory = asData(file);
  tamper(directory, sql(statement));
  copyFileSync(join(directory, 'purser.db'), file);
}
