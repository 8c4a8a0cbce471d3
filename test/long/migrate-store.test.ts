/**
 * `purser migrate-store`: a journal is the same on both engines, chain and all; killed at any moment the copy is taken for
 * incomplete by everybody, and the next run goes on; what is no copy of the source is refused.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { readTarget } from '../../src/store/postgres/target.ts';
import { sharedPostgres } from '../rig/postgres.ts';
import { sqlitePlace } from '../rig/sqlite-place.ts';
import { openRail, policy, small, submitAll } from '../rig/store-place.ts';
import { temporaryDirectory } from '../rig/temporary-directory.ts';
import { factsIn, migrate, migrateAndKill } from '../faults/migrate.ts';
import { at, dataDirectories, failures, purser, railFor, verify } from '../faults/purser.ts';
import { copyOfDatabase, migrated, tamperDatabase } from '../faults/recorded-postgres.ts';
import { appendBatch, copyOf, recordedParts, sql, tablesOf, tamper, type Part } from '../faults/recorded.ts';

let data: Readonly<Record<Part, string>>;
/** A database whose copy takes several transactions. */
let large: string;

const LARGE = 40_000;

before(async () => {
  data = await recordedParts();
  large = join(temporaryDirectory(), 'data');
  const store = await openRail(sqlitePlace(join(large, 'purser.db')));
  for (let from = 0; from < LARGE; from += 10_000) await submitAll(store, small(10_000, `k${from}`));
  await store.close();
});

const newDatabase = async (): Promise<string> => (await sharedPostgres()).createDatabase();
const newDirectory = (): string => join(temporaryDirectory(), 'data');

/** What a copy goes into, and how a server opens it. */
const ends = {
  SQLite: {
    make: () => Promise.resolve(newDirectory()),
    open: (place: string) => sqlitePlace(join(place, 'purser.db')).open({ decisions: createDecisions(policy) }),
  },
  PostgreSQL: {
    make: newDatabase,
    open: (place: string) => openPostgresStore({ target: readTarget(place), decisions: createDecisions(policy) }),
  },
};

suite('a copy', { concurrency: 2 }, () => {
  for (const part of ['all', 'ledger', 'gateway'] as const) {
    test(`to PostgreSQL and back is the same, table by table (${part})`, async () => {
      const { head, facts } = await verify(data[part]);
      const database = await newDatabase();
      const there = await migrate(data[part], database);
      assert.equal(there.code, 0, there.stderr);
      assert.equal(
        there.stdout.split('\n').at(-2),
        `MIGRATE from=sqlite:${data[part]} to=${database} facts=${facts} copied=${facts} chain=${head.chain} status=OK`,
      );
      const report = await verify(database);
      assert.deepEqual([failures(report), report.head], [[], head]);
      const directory = newDirectory();
      const back = await migrate(database, directory, { json: true });
      assert.equal(back.code, 0, back.stderr);
      const { violated: _, ...document } = JSON.parse(back.stdout) as Record<string, unknown>;
      assert.deepEqual(document, {
        ok: true,
        from: database,
        to: `sqlite:${directory}`,
        facts,
        copied: facts,
        chain: head.chain,
      });
      assert.deepEqual(tablesOf(directory), tablesOf(data[part]));
      assert.deepEqual((await verify(directory)).head, head);
    });
  }

  test('holds every text that a caller may choose, NUL and escapes included', async () => {
    const copy = copyOf(data.all);
    const odd = 'nul \0, escape \u2400, both \u24000 \\ \' " { } , é 😀';
    tamper(copy, (db) => {
      const fact = { type: 'ledger/rolled-back.v1', key: `transfer:${odd}`, request: '{}', answer: '{}' };
      appendBatch(db, [{ ...fact, subject: odd, body: '{"entries":[["rollback","",0,0]]}' }]);
    });
    assert.equal((await purser(['rebuild', ...at(copy)])).code, 0);
    const database = await migrated(copy);
    const directory = newDirectory();
    assert.equal((await migrate(database, directory)).code, 0);
    assert.deepEqual(tablesOf(directory), tablesOf(copy));
    assert.deepEqual((await verify(database)).head, (await verify(copy)).head);
  });

  for (const [engine, { make, open }] of Object.entries(ends)) {
    test(`is a database like any other: a server goes on with it, and knows its keys (${engine})`, async () => {
      const source = newDirectory();
      const first = await openRail(sqlitePlace(join(source, 'purser.db')));
      const told = await submitAll(first, small(100, 'k'));
      await first.close();
      const place = await make();
      assert.equal((await migrate(source, place)).code, 0);
      const store = await open(place);
      const again = await submitAll(store, [...small(100, 'k'), ...small(100, 'n')]);
      await store.close();
      assert.deepEqual(
        again.slice(0, 100),
        told.map((outcome) => ({ ...outcome, replayed: true })),
      );
      assert.ok(again.slice(100).every(({ code, replayed }) => code === null && !replayed));
      assert.deepEqual(failures(await verify(place)), []);
    });
  }

  test('can be continued when its source has gone on', async () => {
    const source = copyOf(data.ledger);
    const database = await migrated(source);
    const first = await factsIn(database);
    tamper(source, (db) => {
      const lone = { type: 'ledger/rolled-back.v1', key: null, request: null, answer: null };
      appendBatch(db, [{ ...lone, subject: 'late-1', body: '{"entries":[["rollback","",0,0]]}' }]);
    });
    assert.equal((await purser(['rebuild', ...at(source)])).code, 0);
    const { code, stdout } = await migrate(source, database);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(` facts=${first + 1} copied=1 `));
    assert.match((await migrate(source, database)).stdout, / copied=0 .* status=OK/);
  });
});

suite(
  'interrupted by kill -9, a copy is incomplete for everybody, and the next run goes on',
  { concurrency: 2 },
  () => {
    const moments: readonly [when: string, now: (facts: number, of: number) => boolean][] = [
      ['a part has arrived', (facts) => facts > 0],
      ['half of it has arrived', (facts, of) => facts > of / 2],
      ['all has arrived, and is being verified', (facts, of) => facts === of],
    ];
    for (const [engine, { make }] of Object.entries(ends)) {
      for (const [when, now] of moments) {
        test(`${engine}: ${when}`, async () => {
          const source = copyOf(large);
          const { facts: of, head } = await verify(source);
          const place = await make();
          await migrateAndKill(source, place, (facts) => now(facts, of));
          const reached = await factsIn(place);
          const serve = await purser(['serve', ...at(place), '--http', '127.0.0.1:0']);
          assert.equal(serve.code, 1);
          for (const { stderr } of [
            serve,
            await purser(['verify', ...at(place)]),
            await purser(['rebuild', ...at(place)]),
          ])
            assert.match(stderr, /is an incomplete copy: run "purser migrate-store" once more/);
          const again = await migrate(source, place);
          assert.equal(again.code, 0, again.stderr);
          const copied = Number(/ copied=(\d+) chain=\S+ status=OK$/m.exec(again.stdout)?.[1]);
          // What was on its way to the database when its sender was killed may have arrived since.
          assert.ok(copied <= of - reached, `${copied} of ${of} facts were copied again behind ${reached}`);
          const report = await verify(place);
          assert.deepEqual([failures(report), report.head], [[], head]);
        });
      }
    }
  },
);

suite('refused', { concurrency: 2 }, () => {
  /** `--json` tells machines why. */
  async function assertRefused(from: string, to: string, code: string): Promise<void> {
    const { code: exit, stdout } = await migrate(from, to, { json: true });
    const { ok, error } = JSON.parse(stdout) as { ok: boolean; error: { code: string } };
    assert.deepEqual([exit, ok, error.code], [1, false, code]);
  }

  test('a target with other facts, or with more', async () => {
    const other = await migrated(data.ledger);
    await assertRefused(data.all, other, 'other_facts');
    assert.deepEqual(failures(await verify(other)), []);
    const directory = copyOf(data.gateway);
    await assertRefused(data.all, directory, 'other_facts');
    assert.deepEqual(tablesOf(directory), tablesOf(data.gateway));
    const longer = copyOf(data.gateway);
    tamper(longer, (db) =>
      appendBatch(db, [{ type: 'x', subject: 'x', key: null, request: null, answer: null, body: '{}' }]),
    );
    await assertRefused(data.gateway, longer, 'other_facts');
  });

  test('a source whose facts are not sound: the copy ends before them, and is incomplete', async () => {
    const source = copyOf(data.all);
    tamper(source, sql(`update facts set answer = '{}' where seq = 20`));
    const database = await newDatabase();
    await assertRefused(source, database, 'unsound_source');
    const { stderr } = await purser(['verify', ...at(database)]);
    assert.match(stderr, /is an incomplete copy/);
  });

  test('a source whose tables do not follow from its facts, until it was rebuilt', async () => {
    const source = copyOf(data.all);
    tamper(source, sql(`update accounts set balance = balance + 1 where id = 'ops_float'`));
    const database = await newDatabase();
    await assertRefused(source, database, 'totals_differ');
    assert.match((await purser(['verify', ...at(database)])).stderr, /is an incomplete copy/);
    assert.equal((await purser(['rebuild', ...at(source)])).code, 0);
    assert.equal((await migrate(source, database)).code, 0);
    assert.deepEqual(failures(await verify(database)), []);
  });

  test('a source or a target that a server uses', async (t) => {
    const rail = await railFor(t, 'all-in-one');
    const { ledger } = dataDirectories(rail);
    for (const [from, to] of [
      [ledger, newDirectory()],
      [data.all, ledger],
    ] as const) {
      const { code, stderr } = await migrate(from, to);
      assert.equal(code, 1);
      assert.match(stderr, /another purser is using/);
    }
  });

  test('a copy that somebody else has edited meanwhile', async () => {
    const database = await copyOfDatabase(await migrated(data.all));
    await tamperDatabase(database, 'update accounts set balance = balance + 1');
    await assertRefused(data.all, database, 'unsound_copy');
  });

  const rows: readonly [what: string, args: readonly string[], code: number, message: RegExp][] = [
    [
      'nothing to copy',
      ['--from', 'sqlite:/nowhere', '--to', 'sqlite:/tmp/x'],
      1,
      /there is no database \/nowhere\/purser\.db/,
    ],
    ['no target', ['--from', 'sqlite:x'], 2, /--from STORE and --to STORE are needed/],
    ['the same store twice', ['--from', 'sqlite:x', '--to', 'sqlite:x'], 2, /are the same store/],
    [
      'another engine',
      ['--from', 'sqlite:x', '--to', 'mysql://a@b/c'],
      2,
      /^purser: --to must be postgres:.*sqlite:DIR/,
    ],
    [
      'a password for everybody to read',
      ['--from', 'postgres://a:b@c/d', '--to', 'sqlite:x'],
      2,
      /^purser: --from must hold no password/,
    ],
  ];
  for (const [what, args, code, message] of rows) {
    test(what, async () => {
      const ended = await purser(['migrate-store', ...args]);
      assert.equal(ended.code, code);
      assert.match(ended.stderr, message);
    });
  }
});
