/**
 * `purser verify` and `purser rebuild` on PostgreSQL: content with what was recorded; whatever is done to a fact, a batch, the
 * head or a row is named; what follows from the facts is mended.
 */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { rowTables } from '../../src/flows/row-facts.ts';
import { postgresPlace } from '../rig/postgres-place.ts';
import { queryAt, sharedPostgres } from '../rig/postgres.ts';
import { balances, openRail, small, submitAll } from '../rig/store-place.ts';
import { assertNamed, failures, purser, verify } from '../faults/purser.ts';
import { copyOfDatabase, migrated, tablesOfDatabase, tamperDatabase } from '../faults/recorded-postgres.ts';
import { recordedParts, type Part } from '../faults/recorded.ts';

let urls: Readonly<Record<Part, string>>;

before(async () => {
  const data = await recordedParts();
  urls = { all: await migrated(data.all), ledger: await migrated(data.ledger), gateway: await migrated(data.gateway) };
});

/** What is done, and how the first failed check's line begins. */
type Row = readonly [what: string, part: Part, statements: readonly string[], first: string];

const set = (assignment: string, seq = 20): string[] => [`update facts set ${assignment} where seq = ${seq}`];

const newest = '(select max(seq) from facts)';

suite('sound databases pass', { concurrency: 2 }, () => {
  for (const part of ['all', 'ledger', 'gateway'] as const) {
    test(`with what was recorded by ${part}`, async () => {
      const report = await verify(urls[part]);
      assert.deepEqual([report.code, failures(report)], [0, []]);
      assert.ok(report.facts > 100);
      assert.equal(
        report.checks.map(({ name }) => name).join(' '),
        `journal keys replay accounts openings counters transactions transfers ${rowTables.map(({ name }) => name).join(' ')} I1 I2 I3 I4 I5 I6 I7 S1 S2 S3 S4 S5 S6 S7 S8 O1 O2 O3 O4 O5 B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 head`,
      );
    });
  }

  test('also when PURSER_STORE names them', async () => {
    const { code, stdout } = await purser(['verify'], { env: { PURSER_STORE: urls.all } });
    assert.equal(code, 0);
    assert.match(stdout, /VERIFY facts=\d+ status=OK head=[0-9a-f]{64}\n$/);
  });
});

test('a server goes on writing meanwhile: verify sees one moment, rebuild takes its turn', async () => {
  const place = postgresPlace();
  const store = await openRail(place);
  const url = await place.url();
  const done = new AbortController();
  const writing = (async () => {
    let committed = 0;
    for (let i = 0; !done.signal.aborted; i++) {
      const outcomes = await submitAll(store, small(5, `w${i}`));
      committed += outcomes.filter(({ code }) => code === null).length;
    }
    return committed;
  })();
  const seen = [];
  for (const program of ['verify', 'rebuild', 'verify'] as const) {
    if (program === 'rebuild') assert.equal((await purser(['rebuild', '--store', url])).code, 0);
    const report = await verify(url);
    assert.deepEqual(failures(report), []);
    seen.push(report.facts);
  }
  done.abort();
  const committed = await writing;
  await store.close();
  assert.ok(seen[0]! < seen.at(-1)!, `${seen.join()} facts were seen`);
  const report = await verify(url);
  assert.deepEqual([failures(report), report.facts], [[], committed + balances.length]);
});

suite('a journal that was edited', { concurrency: 2 }, () => {
  // prettier-ignore
  const rows: readonly Row[] = [
    ['body', 'all', set(`body = replace(body, ']', ' ]')`), 'journal: facts seq=20:'],
    ['key', 'all', set(`key = 'transfer:stolen'`), 'journal: facts seq=20:'],
    ['key taken away', 'all', set('key = null'), 'journal: facts seq=20:'],
    ['answer', 'all', set(`answer = replace(answer, 'tx-', 'ty-')`), 'journal: facts seq=20:'],
    ['request', 'gateway', set(`request = '{}'`, 1), 'journal: facts seq=1:'],
    ['type', 'ledger', set(`type = 'ledger/credited.v2'`), 'journal: facts seq=20:'],
    ['subject', 'ledger', set(`subject = 'tx-0000000999'`), 'journal: facts seq=20:'],
    ['instant', 'all', set('at = at + 1'), 'journal: facts seq=20:'],
    ['mark', 'all', set('mark = mark + 1'), 'journal: facts seq=20:'],
    ['two facts swapped', 'all', [...set('seq = -1'), ...set('seq = 20', 21), ...set('seq = 21', -1)], 'journal: facts seq=20:'],
    ['a fact moved far away', 'all', set('seq = 4611686018427387904'), 'journal: facts seq=20:'],
    ['a fact deleted', 'all', ['delete from facts where seq = 20'], 'journal: facts seq=20:'],
    ['the first fact deleted', 'ledger', ['delete from facts where seq = 1'], 'journal: facts seq=1:'],
    ['the last fact deleted', 'gateway', [`delete from facts where seq = ${newest}`], 'journal: batches first_seq='],
    ['a batch deleted', 'all', ['delete from batches where first_seq = 1'], 'journal: batches first_seq=6: expected a batch that begins with fact 1'],
    ['the root of a batch', 'all', ['update batches set root = chain where first_seq = 1'], 'journal: batches first_seq=1: expected root'],
    ['the chain hash of a batch', 'all', ['update batches set chain = root where first_seq = 1'], 'journal: batches first_seq=1: expected chain'],
    ['a fact without a batch', 'all', [`insert into facts select seq + 1, at + 1024, type, subject, null, request, answer, body, mark from facts where seq = ${newest}`], 'journal: facts seq='],
    ['the last batch cut off, facts and all', 'ledger', ['delete from facts where seq >= (select max(first_seq) from batches)', 'delete from batches where first_seq = (select max(first_seq) from batches)'], 'accounts: accounts id='],
    ['the number of the head', 'all', ['update journal_head set seq = seq + 1'], 'head: journal_head only_one=true: expected seq ='],
    ['the instant of the head', 'ledger', ['update journal_head set at = 0'], 'head: journal_head only_one=true: expected at ='],
    ['the chain hash of the head', 'gateway', [`update journal_head set chain = repeat('0', 64)`], 'head: journal_head only_one=true: expected chain ='],
    ['no head', 'all', ['delete from journal_head'], 'head: journal_head only_one=true: expected one row'],
  ];
  for (const [what, part, statements, first] of rows) {
    test(what, async () => {
      const copy = await copyOfDatabase(urls[part]);
      await tamperDatabase(copy, ...statements);
      await assertNamed(copy, first);
    });
  }

  test('a key twice, the index on keys taken away', async () => {
    const copy = await copyOfDatabase(urls.all);
    const first = 'key = (select key from facts where key is not null order by seq limit 1)';
    await tamperDatabase(copy, 'drop index facts_by_key', ...set(first, 30), ...set(first, 40));
    const keys = failures(await verify(copy)).find((failure) => failure.startsWith('keys: '));
    assert.match(String(keys), /^keys: facts seq=30: expected a key that no other fact has, found ".+", as fact \d+$/);
  });
});

suite('tables that do not follow from the facts', { concurrency: 2 }, () => {
  const where = `where tx_id = 'tx-0000000003' and op = 'credit'`;
  const entry = 'transactions: transactions tx_id=tx-0000000003 op=credit:';
  const transfer = `where tx_id = 'tx-0000000002'`;
  // prettier-ignore
  const rows: readonly Row[] = [
    ['a balance', 'all', [`update accounts set balance = balance + 1 where id = 'ops_float'`], 'accounts: accounts id=ops_float: expected balance ='],
    ['an account deleted', 'ledger', [`delete from accounts where id = 'ops_float'`], 'accounts: accounts id=ops_float: expected a row'],
    ['an account inserted', 'all', [`insert into accounts values ('mine', 5)`], 'accounts: accounts id=mine: expected no such row'],
    ['an opening', 'all', [`update openings set amount = 1 where id = 'ops_float'`], 'openings: openings id=ops_float:'],
    ['an opening deleted', 'all', ['delete from openings'], 'openings: openings id='],
    ['an entry deleted', 'all', [`delete from transactions ${where}`], `${entry} expected a row`],
    ['the last entry deleted', 'all', ['delete from transactions where created_at = (select max(created_at) from transactions)'], 'transactions: transactions tx_id='],
    ['an entry inserted', 'all', [`insert into transactions select 'mine', op, account_id, amount, balance_after, created_at + 1 from transactions ${where}`], 'transactions: transactions tx_id=mine op=credit: expected no such row'],
    ['an entry at the same instant, the index on instants taken away', 'all', ['drop index transactions_by_time', `insert into transactions select 'ty', op, account_id, amount, balance_after, created_at from transactions ${where}`], 'transactions: transactions tx_id='],
    ['an entry inserted where none were', 'gateway', [`insert into transactions values ('mine', 'credit', 'a', 1, 1, 1)`], 'transactions: transactions tx_id=mine op=credit:'],
    ['an amount', 'all', [`update transactions set amount = amount + 1 ${where}`], `${entry} expected amount =`],
    ['a balance_after', 'all', [`update transactions set balance_after = 0 ${where}`], `${entry} expected balance_after =`],
    ['a created_at', 'all', [`update transactions set created_at = created_at + 1 ${where}`], `${entry} expected created_at =`],
    ['an op', 'all', [`update transactions set op = 'rollback' ${where}`], 'transactions: transactions tx_id=tx-0000000003 op='],
    ['the counter', 'all', ['update counters set value = value - 1'], 'counters: counters name=tx:'],
    ['a counter inserted', 'ledger', [`insert into counters values ('mine', 1)`], 'counters: counters name=mine:'],
    ['the answer of a transfer', 'gateway', [`update transfers set answer = '{"ok":true}' ${transfer}`], 'transfers: transfers key=k-1: expected answer ='],
    ['the state of a transfer', 'gateway', [`update transfers set state = 'debiting' ${transfer}`], 'transfers: transfers key=k-1: expected state ='],
    ['a transfer deleted', 'gateway', [`delete from transfers ${transfer}`], 'transfers: transfers key=k-1: expected a row'],
    ['a transfer inserted', 'gateway', [`insert into transfers select 'mine', 'tx-9', src, dst, amount, state, risk, src_balance, cause, answer, updated_at, carrier from transfers limit 1`], 'transfers: transfers key=mine: expected no such row'],
  ];
  for (const [what, part, statements, first] of rows) {
    test(`${what}: named, and mended by rebuild`, async () => {
      const copy = await copyOfDatabase(urls[part]);
      await tamperDatabase(copy, ...statements);
      await assertNamed(copy, first);
      const { code, stdout, stderr } = await purser(['rebuild', '--store', copy]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^REBUILD facts=\d+ accounts=\d+ .* status=OK\n$/);
      assert.deepEqual(failures(await verify(copy)), []);
      assert.deepEqual(await tablesOfDatabase(copy), await tablesOfDatabase(urls[part]));
    });
  }
});

suite('rebuild', { concurrency: 2 }, () => {
  test('refuses facts that are not sound, and changes nothing', async () => {
    const copy = await copyOfDatabase(urls.all);
    await tamperDatabase(copy, ...set(`answer = '{}'`), 'update accounts set balance = 1');
    const { code, stderr } = await purser(['rebuild', '--store', copy]);
    assert.equal(code, 1);
    assert.match(stderr, /postgres:\/\/.* are not sound, nothing was changed \(facts seq=20: /);
    assert.deepEqual(await queryAt(copy, 'select distinct balance from accounts'), [{ balance: '1' }]);
  });

  for (const what of ['the head is wrong', 'the head is gone'] as const) {
    test(`mends the head: ${what}`, async () => {
      const copy = await copyOfDatabase(urls.all);
      await tamperDatabase(
        copy,
        what === 'the head is gone' ? 'delete from journal_head' : 'update journal_head set seq = 5, at = 5',
      );
      assert.equal((await purser(['rebuild', '--store', copy])).code, 0);
      assert.deepEqual(failures(await verify(copy)), []);
      assert.deepEqual(await tablesOfDatabase(copy), await tablesOfDatabase(urls.all));
    });
  }
});

suite('what is no database of purser gets a message, not a stack', { concurrency: 2 }, () => {
  const rows: readonly [what: string, make: () => Promise<string>, message: RegExp][] = [
    ['an empty one', async () => (await sharedPostgres()).createDatabase(), /the database is empty: /],
    ['none', async () => (await sharedPostgres()).url('nowhere'), /there is no such database/],
    [
      'one of another program',
      async () => {
        const url = await (await sharedPostgres()).createDatabase();
        await queryAt(url, 'create table facts (seq bigint)');
        return url;
      },
      /tables of another program/,
    ],
    [
      'one of a newer version',
      async () => {
        const copy = await copyOfDatabase(urls.all);
        await queryAt(copy, `insert into migrations values (9999, '9999-later.sql')`);
        return copy;
      },
      /newer purser \(migration 9999/,
    ],
  ];
  for (const [what, make, message] of rows) {
    test(what, async () => {
      const { code, stdout, stderr } = await purser(['verify', '--store', await make()]);
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }

  for (const program of ['backup', 'restore'] as const) {
    test(`${program} says what to use instead`, async () => {
      const file = program === 'backup' ? ['--to', 'b.db'] : ['b.db'];
      const { code, stderr } = await purser([program, ...file, '--store', urls.all]);
      assert.equal(code, 1);
      assert.match(stderr, /PostgreSQL's own backup .*migrate-store --to sqlite:/);
    });
  }

  for (const args of [
    ['--store', 'mysql://a@b/c'],
    ['--store', 'postgres://a:secret@h/d'],
    ['--data', 'x', '--store', 'y'],
  ]) {
    test(`verify ${args.join(' ')}: wrong usage`, async () => {
      const { code, stderr } = await purser(['verify', ...args]);
      assert.equal(code, 2);
      assert.match(stderr, /^purser: --(?:store|data)/);
      assert.doesNotMatch(stderr, /secret/);
    });
  }
});
