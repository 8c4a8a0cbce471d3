/** Work beside requests on a real engine: done once, by one server at a time, also after a restart and after a lease has run out. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { applyHoldDeadlines } from '../../src/background/hold-deadlines.ts';
import { Job } from '../../src/background/job.ts';
import { Outbox } from '../../src/background/outbox.ts';
import { createDecisions } from '../../src/flows/commands.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { holds, movements } from '../../src/settlement/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { ACCOUNTS, holdOf, receiptOf } from '../rig/settlement-commands.ts';
import { policy, type Place } from '../rig/store-place.ts';

const balances = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve'];
const [payer, payee] = ACCOUNTS as [string, string] & typeof ACCOUNTS;

async function open(place: Place): Promise<Store> {
  const store = await place.open({ decisions: createDecisions({ ...policy, balances, mapping: defaultMapping }) });
  await store.submit({ type: 'open-balances', names: balances, amount: 0n });
  return store;
}

const pendingOf = async (store: Store): Promise<number> =>
  (await store.rows({ table: movements, where: { state: 'pending' }, by: 'created_at', limit: 1_000 })).length;

async function balanceOf(store: Store, name: string): Promise<bigint> {
  return (await store.balances()).find(({ id }) => id === name)?.balance ?? 0n;
}

export function backgroundContract(name: string, createPlace: () => Place): void {
  suite(`${name}: work beside requests`, () => {
    test('J7 movements that no process has made are made by the next, each once, however many look', async () => {
      const place = createPlace();
      const first = await open(place);
      for (let i = 0; i < 40; i++) await first.submit(receiptOf(`r${i}`, ACCOUNTS[0]!, 10n));
      assert.equal(await pendingOf(first), 40);
      await first.close();
      const store = await open(place);
      const outboxes = [1, 2].map(() => new Outbox({ store, nowMs: () => 0, refused: () => assert.fail('refused') }));
      await Promise.all(outboxes.map((outbox) => outbox.run()));
      assert.equal(await pendingOf(store), 0);
      assert.equal(await balanceOf(store, 'payout_available'), 400n);
      await store.close();
      assert.equal((await place.verify()).ok, true);
    });

    test('a refused movement waits, with growing pauses, and is told of each time', async () => {
      const store = await open(createPlace());
      await store.submit(receiptOf('r', ACCOUNTS[0]!, 100n));
      await store.submit(holdOf({ holdId: 'h', orderId: 'o', payer, payee }, 60n));
      await store.submit({ type: 'move-hold', holdId: 'h', payer, payee, to: 'released', reason: null, actor: null });
      // The hold's payout before the money has come in.
      const [, release] = await store.rows({ table: movements, by: 'created_at', limit: 2 });
      const told: string[] = [];
      let nowMs = 0;
      const only = { ...store, rows: () => Promise.resolve([release!]), submit: store.submit.bind(store) };
      const outbox = new Outbox({
        store: only as unknown as Store,
        nowMs: () => nowMs,
        refused: (key, code) => told.push(`${key} ${code}`),
      });
      await outbox.run();
      await outbox.run();
      assert.deepEqual(told, ['hold:h:released insufficient_funds']);
      const everything = new Outbox({ store, nowMs: () => nowMs, refused: (key, code) => told.push(`${key} ${code}`) });
      await everything.run();
      nowMs += 60_000;
      await everything.run();
      assert.equal(await pendingOf(store), 0);
      assert.equal(await balanceOf(store, 'settlement_bank'), 60n);
      await store.close();
    });

    test('S-34 a hold ends when its own time has come, also when that was while no server ran; a freeze stops the clock', async () => {
      const place = createPlace();
      let store = await open(place);
      await store.submit(receiptOf('r', ACCOUNTS[0]!, 100n));
      const due = { workBy: 2_000_000n, ownDeadlines: true } as const;
      const later = { autoReleaseAfter: 3_000_000n, ownDeadlines: true } as const;
      for (const [holdId, terms] of [
        ['back', due],
        ['frozen', due],
        ['on', later],
        ['not yet', { workBy: 2n ** 62n, ownDeadlines: true }],
        ['of an order', { workBy: 2_000_000n, ownDeadlines: false }],
      ] as const)
        await store.submit({ ...holdOf({ holdId, orderId: holdId, payer, payee }, 10n), ...terms });
      await store.submit({
        type: 'move-hold',
        holdId: 'frozen',
        payer,
        payee,
        to: 'frozen',
        reason: null,
        actor: null,
      });
      await store.close();
      store = await open(place);
      await applyHoldDeadlines(store, 3);
      const rows = await store.rows({ table: holds, by: 'created_at', limit: 10 });
      assert.deepEqual(
        rows.map(({ hold_id: id, state }) => `${id}: ${state}`),
        ['back: refunded', 'frozen: frozen', 'on: released', 'not yet: active', 'of an order: active'],
      );
      assert.equal(await applyHoldDeadlines(store, 3), false);
      await store.close();
    });

    test('a job runs where its lease is, again after a failure, and goes over when its holder leaves', async () => {
      const store = await open(createPlace());
      const ran: string[] = [];
      const failures: unknown[] = [];
      const job = (holder: string, run: () => Promise<boolean>): Job =>
        new Job({ name: 'work', leases: store.leases, holder, run, failed: (_, error) => failures.push(error) });
      let fail = true;
      const first = await new Promise<Job>((resolve) => {
        const one: Job = job('one', () => {
          ran.push('one');
          if (!fail) resolve(one);
          const broken = fail;
          fail = false;
          setImmediate(() => one.poke());
          return broken ? Promise.reject(new Error('once')) : Promise.resolve(false);
        });
        one.poke();
      });
      assert.equal(failures.length, 1);
      const second = job('two', () => {
        ran.push('two');
        return Promise.resolve(false);
      });
      second.poke();
      await second.stop();
      assert.ok(!ran.includes('two'), 'the lease is held');
      await first.stop();
      const third = job('three', () => {
        ran.push('three');
        return Promise.resolve(false);
      });
      third.poke();
      await third.stop();
      assert.equal(ran.at(-1), 'three');
      await store.close();
    });
  });
}
