/** Velocity windows that servers on one PostgreSQL database share (P-30): a slot is used once, whoever judges, and only for good. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { limits } from '../../src/base/limits.ts';
import type { Clock } from '../../src/base/clock.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import { verifyPostgres } from '../../src/store/postgres/verify.ts';
import { rebuildPostgres } from '../../src/store/postgres/rebuild.ts';
import { readTarget } from '../../src/store/postgres/target.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import { postgresPlace, type PostgresPlace } from '../rig/postgres-place.ts';
import { queryAt } from '../rig/postgres.ts';
import { assertSound, balances, debitOf, openRail, policy, submitAll, transferOf } from '../rig/store-place.ts';
import { bug, withBugs } from './store-refusals.ts';

const LIMIT = 3;
/** No test takes as long as the window. */
const narrow = { ...policy, movementsMax: LIMIT, windowMs: 3_600_000 };

const REFUSED = 'daily_transfer_limit_exceeded';

const CUT = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = 'purser' and datname = current_database()`;

const decisions = () => createDecisions(narrow, { sharesWindows: true });

/** Time stands still until it is moved, for all servers. */
function stoppedClock(): Clock & { ms: number } {
  return {
    ms: 1_800_000_000_000,
    nowMs() {
      return this.ms;
    },
    uptimeMs: () => 0,
  };
}

async function servers(place: PostgresPlace, count: number, clock?: Clock): Promise<Store[]> {
  const stores: Store[] = [];
  for (let i = 0; i < count; i++)
    stores.push(await openRail(place, { decisions: decisions(), ...(clock && { clock }) }));
  return stores;
}

const closeAll = (stores: readonly Store[]): Promise<void[]> => Promise.all(stores.map((store) => store.close()));

const checkOf = (src: string): PaymentCommand => ({ type: 'check', src, amount: 1n });

const passed = (outcomes: readonly Outcome[]): number => outcomes.filter(({ code }) => code === null).length;

const codesOf = (outcomes: readonly Outcome[]): (string | null)[] => outcomes.map(({ code }) => code);

const rowsAt = (url: string): Promise<{ source: string; used: string }[]> =>
  queryAt(url, 'select source, used from velocity order by id');

suite('P-30 servers on PostgreSQL that share their velocity windows', () => {
  test('let through exactly the limit, at any concurrency, of transfers and checks together', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 3);
    for (const [round, src] of ['a', 'b', 'c'].entries()) {
      const told = await Promise.all(
        stores.map((store, i) =>
          submitAll(
            store,
            Array.from({ length: 40 }, (_, n) =>
              (n + i) % 2 === 0 ? checkOf(src) : transferOf(`${round} ${i} ${n}`, src, 'd', 1),
            ),
          ),
        ),
      );
      const outcomes = told.flat();
      assert.equal(passed(outcomes), LIMIT, src);
      assert.equal(outcomes.filter(({ code }) => code === REFUSED).length, outcomes.length - LIMIT);
    }
    assert.deepEqual(
      (await rowsAt(await place.url())).map(({ used }) => Number(used)).reduce((sum, used) => sum + used),
      3 * LIMIT,
    );
    await assertSound(stores[0]!);
    await closeAll(stores);
  });

  test('one after the other: each knows what the others have let through, also by checks that record no fact', async () => {
    const place = postgresPlace();
    const [one, two, three] = (await servers(place, 3)) as [Store, Store, Store];
    const before = await place.journal();
    assert.equal((await one.submit(checkOf('a'))).answer, '{"approved":true}');
    assert.equal((await two.submit(checkOf('a'))).answer, '{"approved":true}');
    assert.deepEqual(await place.journal(), before, 'the journal is as it was');
    assert.equal((await three.submit(transferOf('third', 'a', 'b', 1))).code, null);
    for (const [i, store] of [one, two, three].entries()) {
      assert.equal((await store.submit(checkOf('a'))).code, REFUSED);
      assert.equal((await store.submit(transferOf(`fourth ${i}`, 'a', 'b', 1))).code, REFUSED);
      assert.equal((await store.submit(transferOf('third', 'a', 'b', 1))).replayed, true);
    }
    assert.equal((await one.submit(checkOf('b'))).code, null, 'other sources go on');
    await closeAll([one, two, three]);
  });

  test('a server that is started anew knows what was used, and one that uses its own windows does not', async () => {
    const place = postgresPlace();
    const [one] = (await servers(place, 1)) as [Store];
    assert.equal(passed(await submitAll(one, [checkOf('a'), checkOf('a'), checkOf('a'), checkOf('a')])), LIMIT);
    await one.close();
    const [again] = (await servers(place, 1)) as [Store];
    assert.equal((await again.submit(checkOf('a'))).code, REFUSED);
    await again.close();
    const alone = await openRail(place, { decisions: createDecisions(narrow) });
    assert.equal((await alone.submit(checkOf('a'))).code, null);
    await alone.close();
    assert.equal((await rowsAt(await place.url())).length, 1);
  });

  test('slots leave the window with time, to the millisecond, at every server', async () => {
    const clock = stoppedClock();
    const stores = (await servers(postgresPlace(), 2, clock)) as [Store, Store];
    const [one, two] = stores;
    assert.equal((await one.submit(checkOf('a'))).code, null);
    clock.ms += 1;
    assert.equal(passed(await submitAll(two, [checkOf('a'), checkOf('a')])), 2);
    clock.ms += narrow.windowMs - 2;
    for (const store of stores) assert.equal((await store.submit(checkOf('a'))).code, REFUSED);
    clock.ms += 1;
    assert.deepEqual(codesOf(await submitAll(two, [checkOf('a'), checkOf('a')])), [null, REFUSED]);
    assert.equal((await one.submit(checkOf('a'))).code, REFUSED);
    clock.ms += 1;
    assert.deepEqual(codesOf(await submitAll(one, Array(3).fill(checkOf('a')))), [null, null, REFUSED]);
    await closeAll(stores);
  });

  test('a slot counts only if its batch was committed, also for the others', async () => {
    const place = postgresPlace();
    const [other] = (await servers(place, 1)) as [Store];
    const store = await openRail(place, { decisions: withBugs(decisions()) });
    await store.submit(debitOf('once', 'd', 1));
    assert.equal((await other.submit(checkOf('a'))).code, null);
    assert.deepEqual(codesOf(await submitAll(store, [transferOf('k1', 'a', 'b', 1), bug('refused'), checkOf('b')])), [
      null,
      'internal',
      null,
    ]);
    assert.deepEqual(await rowsAt(await place.url()), [
      { source: 'a', used: '1' },
      { source: 'a', used: '1' },
      { source: 'b', used: '1' },
    ]);
    assert.deepEqual(codesOf(await submitAll(other, [checkOf('a'), checkOf('a')])), [null, REFUSED]);
    assert.deepEqual(codesOf(await submitAll(store, [checkOf('a'), checkOf('b'), checkOf('b'), checkOf('b')])), [
      REFUSED,
      null,
      null,
      REFUSED,
    ]);
    await closeAll([store, other]);
  });

  test('whenever connections are cut, no more than the limit is let through, and servers find each other again', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 2);
    const url = await place.url();
    const told: Outcome[] = [];
    for (let wave = 0; wave < 20; wave++) {
      const heard = stores.flatMap((store) => [store.submit(checkOf('a')), store.submit(checkOf(balances[wave % 4]!))]);
      await queryAt(url, CUT);
      told.push(...(await Promise.all(heard)));
    }
    for (const { code } of told) assert.ok([null, REFUSED, 'unavailable'].includes(code), String(code));
    const used = await queryAt<{ most: string }>(
      url,
      'select max(sum) as most from (select sum(used) from velocity group by source) s',
    );
    assert.equal(used[0]?.most, String(LIMIT));
    assert.ok(passed(told) <= LIMIT * balances.length, `${passed(told)} were let through`);
    const again = await servers(place, 1);
    assert.equal((await again[0]!.submit(checkOf('a'))).code, REFUSED);
    await closeAll([...stores, ...again]);
  });

  test('after a failover to a database that lacks rows and gave their numbers to others, its rows count', async () => {
    const place = postgresPlace();
    const [store] = (await servers(place, 1)) as [Store];
    for (const outcomes of [
      await submitAll(store, Array(LIMIT).fill(checkOf('a'))),
      [await store.submit(checkOf('c'))],
    ])
      assert.deepEqual(new Set(codesOf(outcomes)), new Set([null]));
    assert.equal((await store.submit(checkOf('a'))).code, REFUSED);
    const url = await place.url();
    await queryAt(url, 'truncate velocity restart identity');
    const other = `insert into velocity (source, first_ms, last_ms, used)
      select 'b', ms, ms, ${LIMIT} from (select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms) now`;
    await queryAt(url, other);
    await queryAt(url, CUT);
    assert.equal((await store.submit(checkOf('b'))).code, REFUSED);
    assert.equal((await store.submit(checkOf('a'))).code, null);
    await store.close();
  });

  test('rows that left the window are deleted now and then, so the table stays small', async () => {
    const place = postgresPlace();
    const clock = stoppedClock();
    const stores = await servers(place, 2, clock);
    const batches = (2 * 3 * limits.postgresVelocityRowsUnswept) / balances.length;
    for (let i = 0; i < batches; i++) {
      clock.ms += narrow.windowMs;
      const outcomes = await submitAll(stores[i % 2]!, balances.map(checkOf));
      assert.equal(passed(outcomes), balances.length);
    }
    const left = (await rowsAt(await place.url())).length;
    assert.ok(left <= 2 * limits.postgresVelocityRowsUnswept, `${left} rows are left`);
    await closeAll(stores);
  });

  test('verify and rebuild leave the windows as they are', async () => {
    const place = postgresPlace();
    const [store] = (await servers(place, 1)) as [Store];
    await submitAll(store, [checkOf('a'), transferOf('k', 'a', 'b', 1), checkOf('a')]);
    const url = await place.url();
    const rows = await rowsAt(url);
    assert.equal(rows.length, 1);
    await rebuildPostgres(readTarget(url));
    assert.equal((await verifyPostgres(readTarget(url))).ok, true);
    assert.deepEqual(await rowsAt(url), rows);
    assert.equal((await store.submit(checkOf('a'))).code, REFUSED);
    await store.close();
  });
});
