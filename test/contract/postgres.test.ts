/** The PostgreSQL engine under the store's contract, and what only a database of its own kind can get wrong (P-26). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { rebuildPostgres } from '../../src/store/postgres/rebuild.ts';
import { readTarget } from '../../src/store/postgres/target.ts';
import { StoreError, type Store } from '../../src/store/store.ts';
import { openPostgres, postgresPlace } from '../rig/postgres-place.ts';
import { queryAt, sharedPostgres } from '../rig/postgres.ts';
import { debitOf, openRail, policy, transferOf, wholeLog } from '../rig/store-place.ts';
import { ledgerContract } from './ledger.ts';
import { storeContract } from './store.ts';

storeContract('PostgreSQL', postgresPlace);
ledgerContract('PostgreSQL', postgresPlace);

suite('PostgreSQL: what another reader finds while the server runs', () => {
  test('P-26 the tables of the source, with committed rows only', async () => {
    const place = postgresPlace();
    const store = await openRail(place);
    await store.submit(transferOf('k', 'a', 'b', 1));
    const url = await place.url();
    const columns = async (table: string): Promise<string[]> => {
      const rows = await queryAt<{ column: string }>(
        url,
        `select concat_ws(' ', column_name, data_type, is_nullable) as column
         from information_schema.columns where table_name = $1 order by ordinal_position`,
        [table],
      );
      return rows.map(({ column }) => column);
    };
    assert.deepEqual(await columns('accounts'), ['id text NO', 'balance bigint NO']);
    assert.deepEqual(await columns('transactions'), [
      'tx_id text NO',
      'op text NO',
      'account_id text NO',
      'amount bigint NO',
      'balance_after bigint NO',
      'created_at bigint NO',
    ]);
    const keys = `select conrelid::regclass::text as table, pg_get_constraintdef(oid) as key from pg_constraint
      where contype = 'p' and conrelid in ('accounts'::regclass, 'transactions'::regclass) order by 1`;
    assert.deepEqual(await queryAt(url, keys), [
      { table: 'accounts', key: 'PRIMARY KEY (id)' },
      { table: 'transactions', key: 'PRIMARY KEY (tx_id, op)' },
    ]);
    assert.deepEqual(await queryAt(url, 'select op, amount from transactions order by created_at'), [
      { op: 'debit', amount: '1' },
      { op: 'credit', amount: '1' },
    ]);
    await store.close();
  });

  test('facts and batches can be neither changed nor deleted nor truncated', async () => {
    const place = postgresPlace();
    await (await openRail(place)).close();
    const statements = [
      "update facts set body = '{}'",
      'delete from facts',
      'truncate facts',
      "update batches set root = ''",
      'delete from batches where first_seq = 1',
      'truncate batches cascade',
      'truncate accounts, facts',
    ];
    const url = await place.url();
    for (const statement of statements) await assert.rejects(queryAt(url, statement), /append-only/, statement);
  });

  test('the time of day is the database’s, and each digit of an instant is exact in a double', async () => {
    const place = postgresPlace();
    const store = await openRail(place);
    const now = `select (extract(epoch from clock_timestamp()) * 1e9)::bigint as now`;
    const instant = async (): Promise<bigint> =>
      BigInt((await queryAt<{ now: string }>(await place.url(), now))[0]!.now);
    const before = await instant();
    await store.submit(transferOf('k', 'a', 'b', 1));
    const after = await instant();
    const MS = 1_000_000n;
    for (const { created_at: at } of await wholeLog(store)) {
      assert.ok(at >= before - MS && at <= after + MS, `${at} is not between ${before} and ${after}`);
      assert.equal(BigInt(Number(at)), at);
    }
    await store.close();
  });

  test('ids and keys with NUL and its sign: found again as they were, told apart, and in the log as they were', async () => {
    const place = postgresPlace();
    const ids = ['t\0', 't\u2400', 't\u24000', 't\u2400\u2400', 't\\0', 't'];
    for (const code of [null, 'duplicate_tx']) {
      const store = await openRail(place);
      for (const id of ids) assert.equal((await store.submit(debitOf(id, 'a', 1))).code, code, JSON.stringify(id));
      assert.deepEqual(
        (await wholeLog(store)).map(({ tx_id: txId }) => txId),
        ids,
      );
      await store.close();
    }
  });
});

suite('PostgreSQL: databases that cannot be used are refused with what to do', () => {
  const opening = (url: string): Promise<Store> => openPostgres(url, { decisions: createDecisions(policy) });

  const says = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.match(error.message, pattern);
    return true;
  };

  test('a database that does not exist, and a server that does not', async () => {
    const postgres = await sharedPostgres();
    await assert.rejects(opening(postgres.url('nowhere')), says(/nowhere: there is no such database: create it/));
    await assert.rejects(opening('postgres://postgres@127.0.0.1:1/x'), says(/127\.0\.0\.1:1\/x: nobody listens there/));
  });

  test('a database in which text is not UTF-8', async () => {
    const postgres = await sharedPostgres();
    await postgres.query('postgres', `create database latin template template0 encoding 'LATIN1'`);
    await assert.rejects(opening(postgres.url('latin')), says(/has the encoding LATIN1: create the database with/));
  });

  test('a database of another program is left as it is', async () => {
    const url = await (await sharedPostgres()).createDatabase();
    await queryAt(url, 'create table accounts (recipe text)');
    await assert.rejects(opening(url), says(/tables of another program/));
    assert.deepEqual(await queryAt(url, `select tablename as name from pg_tables where schemaname = 'public'`), [
      { name: 'accounts' },
    ]);
  });

  test('a database of a newer version is left as it is, and a server that runs already stops writing', async () => {
    const place = postgresPlace();
    const store = await openRail(place);
    const url = await place.url();
    await queryAt(url, "insert into migrations (number, name) values (9999, '9999-later.sql')");
    await assert.rejects(opening(url), says(/newer purser.*upgrade/));
    await queryAt(url, 'update journal_head set migration = 9999');
    const { code } = await store.submit(transferOf('k', 'a', 'b', 1));
    assert.equal(code, 'unavailable');
    assert.deepEqual(await wholeLog(store), []);
    await store.close();
  });

  test('a user who may not create tables', async () => {
    const postgres = await sharedPostgres();
    const url = new URL(await postgres.createDatabase());
    await postgres.query('postgres', 'create role guest login');
    url.username = 'guest';
    await assert.rejects(opening(url.href), says(/may not do that: .*grant/));
  });
});

suite('PostgreSQL: what a server keeps in memory', () => {
  test('is dropped when the projections were written anew, though the journal has not moved', async () => {
    const place = postgresPlace();
    const store = await openRail(place);
    const url = await place.url();
    await queryAt(url, "update accounts set balance = 0 where id = 'c'");
    // Whoever wrote that is not seen: this server was the last to write. Another one finds it.
    assert.equal((await store.submit(debitOf('t1', 'c', 1))).code, null);
    const other = await place.open({ decisions: createDecisions(policy) });
    await queryAt(url, "update accounts set balance = 0 where id = 'd'");
    assert.equal((await other.submit(debitOf('t2', 'd', 1))).code, 'insufficient_funds');
    await rebuildPostgres(readTarget(url));
    assert.equal((await other.submit(debitOf('t3', 'd', 1))).code, null);
    await Promise.all([store.close(), other.close()]);
  });
});

suite('PostgreSQL: leases', () => {
  test('one holder at a time; a new one has a higher token; who was late can tell by its own', async () => {
    const place = postgresPlace();
    const [one, two] = await Promise.all([openRail(place), openRail(place)]);
    const first = await one.leases.hold('job', 'one', 60_000);
    assert.equal(await two.leases.hold('job', 'two', 60_000), undefined);
    assert.equal(await one.leases.hold('job', 'one', 60_000), first, 'held for longer, the same token');
    assert.equal(await two.leases.isHeld('job'), true);
    await queryAt(await place.url(), "update leases set expires_at = now() - interval '1 second'");
    assert.equal(await two.leases.isHeld('job'), false);
    const second = await two.leases.hold('job', 'two', 60_000);
    assert.ok(first !== undefined && second !== undefined && second > first);
    assert.equal(await one.leases.hold('job', 'one', 60_000), undefined, 'it has gone over');
    await one.leases.letGo('job', 'one');
    assert.equal(await two.leases.isHeld('job'), true, 'only its holder ends a lease');
    await two.leases.letGo('job', 'two');
    assert.ok((await one.leases.hold('job', 'one', 60_000))! > second);
    await Promise.all([one.close(), two.close()]);
  });

  test('of many servers that ask at once one gets it', async () => {
    const place = postgresPlace();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openRail(place)));
    const tokens = await Promise.all(stores.map((store, i) => store.leases.hold('job', `server ${i}`, 60_000)));
    assert.equal(tokens.filter((token) => token !== undefined).length, 1);
    await Promise.all(stores.map((store) => store.close()));
  });
});
