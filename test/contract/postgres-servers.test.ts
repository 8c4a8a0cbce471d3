/** Several servers at once on one PostgreSQL database: one journal, one outcome per key, no money made or lost. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import { postgresPlace, type PostgresPlace } from '../rig/postgres-place.ts';
import { queryAt } from '../rig/postgres.ts';
import {
  assertJournalSound,
  assertSound,
  balances,
  balancesOf,
  openRail,
  policy,
  small,
  submitAll,
  transferOf,
  wholeLog,
} from '../rig/store-place.ts';

async function servers(place: PostgresPlace, count: number): Promise<Store[]> {
  const first = await openRail(place);
  return [first, ...(await Promise.all(Array.from({ length: count - 1 }, () => openRail(place))))];
}

type Keyed = PaymentCommand & { readonly key: string };

const transfersOf = (count: number, prefix: string): Keyed[] =>
  Array.from({ length: count }, (_, i) => {
    const key = `${prefix}-${i}`;
    return { ...transferOf(key, 'a', 'b', 1), key };
  });

const closeAll = (stores: readonly Store[]): Promise<void[]> => Promise.all(stores.map((store) => store.close()));

suite('PostgreSQL: several servers', () => {
  test('that start together on an empty database make one schema and one opening per balance', async () => {
    for (let round = 0; round < 4; round++) {
      const place = postgresPlace();
      await place.url();
      const stores = await Promise.all(Array.from({ length: 4 }, () => openRail(place)));
      for (const store of stores) assert.equal((await store.balances()).length, balances.length);
      const { facts } = await place.journal();
      assert.deepEqual(
        facts.map(({ subject }) => subject),
        balances,
      );
      await closeAll(stores);
    }
  });

  test('write one journal without gaps, and each knows at once what the others have committed', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 2);
    const [one, other] = stores as [Store, Store];
    for (let round = 0; round < 5; round++) {
      const { answer } = await one.submit(transferOf(`told ${round}`, 'a', 'b', 1));
      assert.deepEqual(await other.submit(transferOf(`told ${round}`, 'a', 'b', 1)), {
        answer,
        code: null,
        replayed: true,
      });
      assert.deepEqual(await balancesOf(one), await balancesOf(other));
      const crowd = stores.map((store, i) => submitAll(store, small(200, `server ${i} round ${round}`)));
      for (const { code, replayed } of (await Promise.all(crowd)).flat())
        assert.deepEqual([code, replayed], [null, false]);
    }
    assert.equal((await wholeLog(other)).length, 2 * 5 * 401);
    await assertSound(one);
    await closeAll(stores);
    assertJournalSound(await place.journal());
  });

  test('P-14 a key raced by three servers has one outcome and moves once, a raced conflict is one everywhere', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 3);
    const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`);
    const told = await Promise.all(
      stores.map((store) =>
        submitAll(
          store,
          keys.map((key) => transferOf(key, 'a', 'b', 1)),
        ),
      ),
    );
    for (const [i, key] of keys.entries()) {
      const outcomes = told.map((list) => list[i]!);
      assert.equal(new Set(outcomes.map(({ answer }) => answer)).size, 1, key);
      assert.equal(outcomes.filter(({ replayed }) => !replayed).length, 1, key);
    }
    assert.equal((await wholeLog(stores[0]!)).length, 2 * keys.length);
    const raced = await Promise.all(
      stores.map((store, i) =>
        submitAll(
          store,
          keys.map((key) => transferOf(`other ${key}`, 'a', 'b', i + 1)),
        ),
      ),
    );
    for (const [i, key] of keys.entries()) {
      const codes = raced.map((list) => list[i]!.code ?? 'passed').toSorted((a, b) => a.localeCompare(b));
      assert.deepEqual(codes, ['idempotency_conflict', 'idempotency_conflict', 'passed'], key);
    }
    await assertSound(stores[1]!);
    await closeAll(stores);
    assertJournalSound(await place.journal());
  });

  test('one hot account is emptied by three servers to the last unit and never below', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 3);
    const outcomes = await Promise.all(
      stores.map((store, i) =>
        submitAll(
          store,
          Array.from({ length: 500 }, (_, n) => transferOf(`server ${i} ${n}`, 'a', 'b', 13)),
        ),
      ),
    );
    const passed = outcomes.flat().filter(({ code }) => code === null).length;
    assert.equal(passed, Math.floor(10_000 / 13));
    assert.equal(outcomes.flat().filter(({ code }) => code === 'insufficient_funds').length, 1_500 - passed);
    assert.deepEqual(await balancesOf(stores[2]!), {
      a: 10_000n - 13n * BigInt(passed),
      b: 10_000n + 13n * BigInt(passed),
      c: 10_000n,
      d: 10_000n,
    });
    await assertSound(stores[0]!);
    await closeAll(stores);
    assertJournalSound(await place.journal());
  });

  test('who reads facts meanwhile never sees one before its predecessors, nor a row of the log behind one seen later', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 2);
    const url = await place.url();
    const state = { over: false };
    const load = Promise.all(
      stores.map(async (store, i) => {
        for (let wave = 0; wave < 25; wave++) await submitAll(store, small(20, `server ${i} wave ${wave}`));
      }),
    ).finally(() => (state.over = true));
    const seen: bigint[] = [];
    let looks = 0;
    while (!state.over) {
      const [facts] = await queryAt<{ last: string; all: string }>(
        url,
        'select max(seq) as last, count(*) as all from facts',
      );
      assert.equal(facts?.last, facts?.all);
      const page = await stores[looks % 2]!.log({ after: seen.at(-1) ?? 0n, limit: 1_000_000 });
      seen.push(...page.map(({ created_at: at }) => at));
      looks += 1;
    }
    await load;
    assert.ok(looks > 3, `looked ${looks} times`);
    const all = (await wholeLog(stores[0]!)).map(({ created_at: at }) => at);
    assert.deepEqual(seen, all.slice(0, seen.length), 'a reader that goes on from the last row misses none');
    await closeAll(stores);
  });

  test('P-26 created_at strictly increases, also when the servers’ clocks are a day apart', async () => {
    const place = postgresPlace();
    const DAY_MS = 86_400_000;
    const clockAt = (nowMs: number) => ({ nowMs: () => nowMs, uptimeMs: () => 0 });
    const stores: Store[] = [];
    for (const offsetMs of [0, DAY_MS, -DAY_MS])
      stores.push(await openRail(place, { clock: clockAt(1_800_000_000_000 + offsetMs) }));
    for (let round = 0; round < 5; round++)
      await Promise.all(stores.map((store, i) => submitAll(store, small(10, `server ${i} round ${round}`))));
    assert.equal((await wholeLog(stores[0]!)).length, 2 * 150);
    await closeAll(stores);
    assertJournalSound(await place.journal());
  });
});

suite('PostgreSQL: connections that break', () => {
  test('whatever a commit was doing when its connection was cut, every answer is true and every refusal left no trace', async () => {
    const place = postgresPlace();
    const stores = await servers(place, 2);
    const url = await place.url();
    const asked: { readonly command: Keyed; readonly outcome: Promise<Outcome> }[] = [];
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'purser' and datname = current_database()`;
    for (let wave = 0; wave < 40; wave++) {
      const heard = stores.flatMap((store, i) =>
        transfersOf(10, `server ${i} wave ${wave}`).map((command) => {
          const outcome = store.submit(command);
          asked.push({ command, outcome });
          return outcome;
        }),
      );
      // Not awaited first: it must meet a batch at whatever point that is.
      await Promise.all([queryAt(url, cut), ...heard]);
    }
    await closeAll(stores);
    const journal = await place.journal();
    assertJournalSound(journal);
    const answers = new Map(journal.facts.map(({ key, answer }) => [key, answer]));
    let refused = 0;
    for (const { command, outcome } of asked) {
      const { code, answer } = await outcome;
      const recorded = answers.get(`transfer:${command.key}`);
      if (code === null) assert.equal(recorded, answer);
      else assert.deepEqual([code, recorded], ['unavailable', undefined]);
      if (code !== null) refused += 1;
    }
    assert.ok(refused < asked.length, 'some went through');
    const again = await place.open({ decisions: createDecisions(policy) });
    await assertSound(again);
    await again.close();
  });
});
