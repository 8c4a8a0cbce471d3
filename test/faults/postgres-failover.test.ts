/** A store whose primary is lost: it finds the one that takes over by itself, and never builds on one that lacks what it has acknowledged. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createDecisions } from '../../src/flows/commands.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { readTarget } from '../../src/store/postgres/target.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import { Postgres } from '../rig/postgres.ts';
import { assertSound, balances, OPENING, policy, small, submitAll, transferOf, wholeLog } from '../rig/store-place.ts';
import { until } from '../rig/until.ts';

interface Line {
  readonly up: boolean;
  readonly reason: string;
}

/** A primary and its standby, a store on both, and what that has said of its connection. */
async function failover(t: { after(fn: () => unknown): void }, synchronous: boolean) {
  const primary = await Postgres.start({ durable: true });
  const standby = await primary.standby({ synchronous });
  const { pathname } = new URL(await primary.createDatabase());
  const lines: Line[] = [];
  const open = async (): Promise<Store> => {
    const store = await openPostgresStore({
      target: readTarget(`postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}${pathname}`),
      decisions: createDecisions(policy),
      onLine: (up, reason) => lines.push({ up, reason }),
    });
    // Not waited for: a store that was told to build on nothing less than it has acknowledged may be waiting for that.
    t.after(() => void store.close());
    return store;
  };
  const store = await open();
  await store.submit({ type: 'open-balances', names: balances, amount: OPENING });
  return { primary, standby, store, lines, open };
}

/** A caller who is refused asks again. */
async function persist(store: Store, key: string): Promise<Outcome> {
  let outcome: Outcome = { answer: '', code: 'unavailable', replayed: false };
  await until(`${key} has an outcome`, async () => {
    outcome = await store.submit(transferOf(key, 'a', 'b', 1));
    return outcome.code !== 'unavailable';
  });
  return outcome;
}

suite('failover', { concurrency: 2 }, () => {
  test('under load the store goes over to the standby: every answer stands, every key has one outcome', async (t) => {
    const { primary, standby, store, open } = await failover(t, true);
    const commands = small(400, 'k');
    const first = submitAll(store, commands.slice(0, 200));
    await store.submit(transferOf('before', 'a', 'b', 1));
    const during = submitAll(store, commands.slice(200));
    await primary.kill();
    await standby.promote();
    const told = [...(await first), ...(await during)];
    await persist(store, 'after');
    const again = await submitAll(store, commands);
    for (const [i, outcome] of told.entries()) {
      if (outcome.code !== null) assert.equal(outcome.code, 'unavailable');
      else assert.deepEqual([again[i]!.answer, again[i]!.replayed], [outcome.answer, true]);
    }
    assert.equal((await wholeLog(store)).length, 2 * 402);
    await assertSound(store);
    await store.close();
    const later = await open();
    assert.equal((await later.submit(transferOf('before', 'a', 'b', 1))).replayed, true);
    await later.close();
    await standby.stop();
  });

  test('while nobody takes writes callers are refused, and the store says so and when it is over', async (t) => {
    const { primary, standby, store, lines } = await failover(t, true);
    await primary.kill();
    await until('the store has noticed', async () => (await store.submit(transferOf('k', 'a', 'b', 1))).code !== null);
    await until('it says so', () => lines.length > 0);
    assert.match(lines[0]!.reason, /nobody listens there.*read-only standby/);
    await standby.promote();
    assert.equal((await persist(store, 'k')).replayed, false);
    assert.deepEqual(
      lines.map(({ up }) => up),
      [false, true],
    );
    await store.close();
    await standby.stop();
  });

  test('a standby that lacks acknowledged facts is refused by the server that knows of them', async (t) => {
    const { primary, standby, store, lines, open } = await failover(t, false);
    // Only paused it would still find in its socket what the primary had sent.
    await standby.stop();
    assert.equal((await store.submit(transferOf('lost', 'a', 'b', 1))).code, null);
    await primary.kill();
    await standby.start();
    await standby.promote();
    await store.submit(transferOf('next', 'a', 'b', 1));
    await until('the store has looked', () =>
      lines.some(({ reason }) => /lacks facts that were acknowledged/.test(reason)),
    );
    assert.equal((await store.submit(transferOf('next', 'a', 'b', 1))).code, 'unavailable');
    // The operator may accept the loss, by starting the server again.
    const later = await open();
    assert.equal((await later.submit(transferOf('lost', 'a', 'b', 1))).replayed, false);
    await later.close();
    await standby.kill();
  });
});
