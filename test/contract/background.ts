/** Work beside requests on a real engine: done once, by one server at a time, also after a restart and after a lease has run out. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Bridge } from '../../src/background/bridge-resume.ts';
import { DisputeAlerts } from '../../src/background/dispute-alerts.ts';
import { applyDue } from '../../src/background/due.ts';
import { applyExecutionDeadlines } from '../../src/background/execution-deadlines.ts';
import { applyHoldDeadlines } from '../../src/background/hold-deadlines.ts';
import { Job } from '../../src/background/job.ts';
import { Outbox } from '../../src/background/outbox.ts';
import { limits } from '../../src/base/limits.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import { executions, orders } from '../../src/orders/tables.ts';
import type { AccountId } from '../../src/settlement/accounts.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { holds, movements } from '../../src/settlement/tables.ts';
import type { Store } from '../../src/store/store.ts';
import { allocations } from '../../src/budgets/tables.ts';
import { BUCKET, budgetOf, gateOf } from '../rig/budget-commands.ts';
import { HandClock } from '../rig/hand-clock.ts';
import { BUYER, offerOf, on, openOf, orderOf, placeOf, refOf, setOrg } from '../rig/order-commands.ts';
import { periodOf } from '../rig/plan-commands.ts';
import { ACCOUNTS, holdOf, receiptOf } from '../rig/settlement-commands.ts';
import { policy, submitAll, type Place } from '../rig/store-place.ts';

const balances = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve'];
const [payer, payee] = ACCOUNTS as [string, string] & typeof ACCOUNTS;

async function open(place: Place, clock = new HandClock()): Promise<Store> {
  const decisions = createDecisions({ ...policy, balances, mapping: defaultMapping });
  const store = await place.open({ decisions, clock });
  await store.submit({ type: 'open-balances', names: balances, amount: 0n });
  return store;
}

const pendingOf = async (store: Store): Promise<number> =>
  (await store.rows({ table: movements, where: { state: 'pending' }, by: 'created_at', limit: 1_000 })).length;

async function balanceOf(store: Store, name: string): Promise<bigint> {
  return (await store.balances()).find(({ id }) => id === name)?.balance ?? 0n;
}

const HOUR_MS = 3_600_000;
const HOUR_NS = 3_600_000_000_000n;

/** A buyer with money, and an offer. */
async function market(store: Store): Promise<void> {
  const done = await submitAll(store, [receiptOf('r', BUYER as AccountId, 100_000n), setOrg, offerOf({})]);
  assert.deepEqual(
    done.map(({ code }) => code),
    [null, null, null],
  );
}

/** Every execution with its state and its hold's, by order. */
async function ends(store: Store): Promise<Record<string, string>> {
  const rows = await store.rows({ table: executions, by: 'created_at', limit: 1_000 });
  const held = await store.rows({ table: holds, by: 'created_at', limit: 1_000 });
  const stateOf = new Map(held.map(({ hold_id: id, state }) => [id, state]));
  return Object.fromEntries(
    rows.map(({ order_id: id, state, hold_id: hold }) => [id, `${state}, ${stateOf.get(hold ?? '') ?? 'no hold'}`]),
  );
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

    test('S-34 rows that are refused at every turn stop nothing that is due after them, nor at the same time', async () => {
      const store = await open(createPlace());
      await store.submit(receiptOf('r', ACCOUNTS[0]!, 10_000n));
      const refused = limits.jobRowsMax + 1;
      const due = (holdId: string, workBy: bigint): PaymentCommand => ({
        ...holdOf({ holdId, orderId: holdId, payer, payee }, 1n),
        workBy,
        ownDeadlines: true,
      });
      const stuck = Array.from({ length: refused }, (_, i) => due(`a stuck ${i}`, 2_000_000n));
      await submitAll(store, [...stuck, due('z same', 2_000_000n), due('later', 2_000_001n)]);
      const apply = (): Promise<boolean> =>
        applyDue(store, holds, 3, ({ hold_id: holdId }) => ({
          type: 'move-hold',
          holdId: holdId.startsWith('a stuck') ? 'nowhere' : holdId,
          payer,
          payee,
          to: 'refunded',
          reason: null,
          actor: 'deadline',
          atDeadline: true,
        }));
      while (await apply());
      const ended = await store.rows({ table: holds, where: { state: 'refunded' }, by: 'created_at', limit: 9 });
      assert.deepEqual(
        ended.map(({ hold_id: id }) => id),
        ['z same', 'later'],
      );
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

    test('S-34 executions end by themselves in their own time order, also those missed while no server ran', async () => {
      const place = createPlace();
      const clock = new HandClock();
      let store = await open(place, clock);
      await market(store);
      const start = BigInt(clock.now) * 1_000_000n;
      const terms = { acceptBy: null, disputeBy: null, autoReleaseAfter: null };
      const [late, early, done, disputed, waits] = [3n, 1n, 2n, 2n, 100n].map((hours, i) =>
        orderOf(`o${i}`, { deadlines: { ...terms, workBy: start + hours * HOUR_NS } }),
      );
      const list = [late!, early!, done!, disputed!, waits!];
      await submitAll(store, [...list.map((order) => placeOf(order)), ...list.map((order) => openOf(order))]);
      await submitAll(store, [on.result(refOf(done!)), on.result(refOf(disputed!)), on.dispute(refOf(disputed!))]);
      assert.equal(await applyExecutionDeadlines(store, clock.now), false);
      await store.close();
      clock.now += 25 * HOUR_MS;
      store = await open(place, clock);
      await Promise.all([applyExecutionDeadlines(store, clock.now), applyExecutionDeadlines(store, clock.now)]);
      assert.deepEqual(await ends(store), {
        o0: 'expired, refunded',
        o1: 'expired, refunded',
        o2: 'released, released',
        o3: 'disputed, frozen',
        o4: 'opened, active',
      });
      const facts = await store.facts({ after: 0, limit: 1_000 });
      const ended = facts.filter(({ type }) => /^orders\/execution-(?:expired|auto-released)/.test(type));
      assert.deepEqual(
        ended.map(({ subject }) => subject),
        ['exec-o1-1', 'exec-o0-1', 'exec-o2-1'],
      );
      await store.close();
      assert.equal((await place.verify()).ok, true);
    });

    test('B-21, S-34 an order whose budget has rolled on into the next period ends by itself all the same, and opens', async () => {
      const place = createPlace();
      const clock = new HandClock();
      const store = await open(place, clock);
      await market(store);
      const names = ['running', 'left behind'] as const;
      const [running, left] = names.map((id) => orderOf(id, { gateDecisionId: id }));
      const of = (decisionId: string) => ({ budget: { decisionId, bucket: BUCKET } });
      const closed = periodOf('closed', '2026-11', 'budget-1');
      const way = { type: 'roll-order', merchant: 'acme', from: '2026-11', to: '2026-12', path: [''] } as const;
      const done = await submitAll(store, [
        ...budgetOf(2_000n),
        ...names.map((id) => gateOf(id, 700n)),
        { ...placeOf(running!), ...of('running') },
        { ...placeOf(left!), ...of('left behind') },
        { ...openOf(running!), ...of('running') },
        closed,
        ...names.map((id) => ({ ...way, ...of(id).budget, allocationId: `a-${id}`, actor: 'finance' })),
      ]);
      assert.deepEqual([...new Set(done.map(({ code }) => code))], [null]);
      clock.now += 1;
      const told: string[] = [];
      const bridge = new Bridge({ store, nowMs: clock.nowMs, resumed: (id, result) => told.push(`${id} ${result}`) });
      clock.now += 400 * 24 * HOUR_MS;
      await applyExecutionDeadlines(store, clock.now);
      await bridge.resume();
      assert.deepEqual(told, ['left behind opened-execution']);
      assert.deepEqual(await ends(store), { running: 'expired, refunded', 'left behind': 'opened, active' });
      const buckets = await store.rows({ table: allocations, by: 'bucket', limit: 9 });
      assert.deepEqual(
        buckets.map((row) => [row.bucket, row.reserved_cents, row.committed_cents]),
        [
          [BUCKET, 0n, 0n],
          ['acme|2026-12|', 0n, 600n],
        ],
      );
      await store.close();
      assert.equal((await place.verify()).ok, true);
    });

    test('S-34 more deadlines than a job takes at once: it asks for another turn, and none is left', async () => {
      const clock = new HandClock();
      const store = await open(createPlace(), clock);
      await market(store);
      await store.submit(offerOf({ sequenceNo: 2n, maxQueueDepth: 1_000n, priceAmount: 1n }));
      const list = Array.from({ length: 300 }, (_, i) => orderOf(`o${i}`, { offerSeq: 2n, units: 1n }));
      await submitAll(store, [...list.map((order) => placeOf(order)), ...list.map((order) => openOf(order))]);
      clock.now += 8 * 24 * HOUR_MS;
      assert.equal(await applyExecutionDeadlines(store, clock.now), true);
      assert.equal(await applyExecutionDeadlines(store, clock.now), false);
      assert.deepEqual([...new Set(Object.values(await ends(store)))], ['expired, refunded']);
      await store.close();
    });

    test('S-23 an order that was left between its two steps is opened or voided; one under way is left alone', async () => {
      const place = createPlace();
      const clock = new HandClock();
      let store = await open(place, clock);
      await market(store);
      await store.submit(offerOf({ offerId: 'offer-2' }));
      await store.submit(offerOf({ offerId: 'offer-3', priceAmount: 0n }));
      await store.submit(offerOf({ offerId: 'offer-4', autoAccept: false }));
      const [opens, voids, free, asks] = [1, 2, 3, 4].map((i) => orderOf(`o${i}`, { offerId: `offer-${i}` }));
      await submitAll(
        store,
        [opens!, voids!, free!, asks!].map((order) => placeOf(order)),
      );
      await store.submit({ type: 'withdraw-offer', offerId: 'offer-2', reason: null, actor: 'provider' });
      await store.close();
      clock.now += 1;
      store = await open(place, clock);
      const told: string[] = [];
      const bridge = new Bridge({ store, nowMs: clock.nowMs, resumed: (id, result) => told.push(`${id} ${result}`) });
      clock.now += 1;
      const under = orderOf('under way');
      await store.submit(placeOf(under));
      await Promise.all([bridge.resume(), bridge.resume()]);
      assert.deepEqual(told.toSorted(), [
        'o1 opened-execution',
        'o2 rejected',
        'o3 opened-execution',
        'o4 awaiting-provider',
      ]);
      assert.deepEqual(await ends(store), {
        o1: 'opened, active',
        o3: 'opened, no hold',
        o4: 'awaiting-provider, active',
      });
      const [voided] = await store.rows({ table: holds, where: { order_id: 'o2' }, by: 'created_at', limit: 1 });
      const [rejected] = await store.rows({ table: orders, where: { order_id: 'o2' }, by: 'created_at', limit: 1 });
      assert.deepEqual(
        [voided?.state, rejected?.state, rejected?.classifier],
        ['voided', 'rejected', 'offer-not-found'],
      );
      // Its request never came back: after the time in which every request has been answered it is carried on, too.
      clock.now += 61_000;
      await bridge.resume();
      assert.equal(told.at(-1), 'under way opened-execution');
      await bridge.resume();
      assert.equal(told.length, 5);
      await store.close();
      assert.equal((await place.verify()).ok, true);
    });

    test('S-34 an open dispute is told of at once and then with doubling pauses, until it is resolved', async () => {
      const clock = new HandClock();
      const store = await open(createPlace(), clock);
      await market(store);
      const order = orderOf('o');
      const ref = refOf(order);
      await submitAll(store, [placeOf(order), openOf(order), on.result(ref), on.dispute(ref)]);
      const told: number[] = [];
      const frozen: string[] = [];
      const alerts = new DisputeAlerts({
        store,
        nowMs: clock.nowMs,
        holdWaiting: ({ hold_id: id }, waitingMs) => frozen.push(`${id} ${Math.round(waitingMs / 60_000)}`),
        disputeWaiting: (dispute, waitingMs) => {
          assert.equal(dispute.execution_id, ref.executionId);
          told.push(Math.round(waitingMs / 60_000));
        },
      });
      const start = clock.now;
      for (let minutes = 0; minutes <= 4 * 24 * 60; minutes += 15) {
        clock.now = start + minutes * 60_000;
        await alerts.run();
      }
      assert.deepEqual(told, [0, 15, 30, 60, 120, 240, 480, 960, 1_920, 3_360, 4_800]);
      await store.submit(on.resolve(ref, 'payee'));
      clock.now += 10 * 24 * HOUR_MS;
      await alerts.run();
      assert.equal(told.length, 11);
      // By hand, without an execution: nobody disputes it, and yet somebody has to decide.
      await store.submit(holdOf({ holdId: 'h', orderId: 'by hand', payer: BUYER, payee }, 10n));
      await store.submit({
        type: 'move-hold',
        holdId: 'h',
        payer: BUYER,
        payee,
        to: 'frozen',
        reason: 'x',
        actor: null,
      });
      for (const minutes of [0, 14, 1, 15, 30]) {
        clock.now += minutes * 60_000;
        await alerts.run();
      }
      assert.deepEqual(frozen, ['h 0', 'h 15', 'h 30', 'h 60']);
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
