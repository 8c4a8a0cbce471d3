/** The buyer bridge on a real engine: crowds of orders, races between people and clocks, the worked example, and every row from the facts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Clock } from '../../src/base/clock.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import type { OrderRequest } from '../../src/orders/order-request.ts';
import { executions, offerQueues, orders } from '../../src/orders/tables.ts';
import { COMMUNITY_POOL, type AccountId } from '../../src/settlement/accounts.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { holds, ledgerAccounts, movements } from '../../src/settlement/tables.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import {
  BUYER,
  offerOf,
  on,
  openOf,
  orderCommands,
  orderOf,
  placeOf,
  PROVIDER,
  refOf,
  setOrg,
} from '../rig/order-commands.ts';
import { receiptOf } from '../rig/settlement-commands.ts';
import { policy, submitAll, type Place } from '../rig/store-place.ts';

const HOUR_MS = 3_600_000;

/** Held still, and moved by hand. */
class HandClock implements Clock {
  now = 1_795_000_000_000;
  readonly nowMs = (): number => this.now;
  readonly uptimeMs = (): number => this.now;
}

const open = (place: Place, clock = new HandClock()): Promise<Store> =>
  place.open({ decisions: createDecisions({ ...policy, mapping: defaultMapping }), clock });

async function balanceOf(store: Store, account: string): Promise<[available: bigint, held: bigint]> {
  const [row] = await store.rows({ table: ledgerAccounts, where: { account_id: account }, by: 'account_id', limit: 1 });
  return [row?.available ?? 0n, row?.held ?? 0n];
}

async function assertVerified(place: Place): Promise<void> {
  const { checks } = await place.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
}

const outcomeOf = ({ code, replayed }: Outcome): string => code ?? (replayed ? 'replayed' : 'done');

const resultOf = ({ answer }: Outcome): string => {
  const { classifier, result, state } = JSON.parse(answer) as Record<string, string>;
  return classifier ?? result ?? state ?? answer;
};

function tally(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of outcomes) counts[resultOf(each)] = (counts[resultOf(each)] ?? 0) + 1;
  return counts;
}

async function prepared(store: Store, funds: bigint, offer: Parameters<typeof offerOf>[0]): Promise<void> {
  const outcomes = await submitAll(store, [receiptOf('r', BUYER as AccountId, funds), setOrg, offerOf(offer)]);
  assert.deepEqual(outcomes.map(outcomeOf), ['done', 'done', 'done']);
}

export function orderContract(name: string, createPlace: () => Place): void {
  suite(`${name}: orders`, () => {
    test('S-23, S-32 a thousand orders at once against one balance: what is there is held, the rest is blocked', async () => {
      const place = createPlace();
      const store = await open(place);
      await prepared(store, 3_333n, { priceAmount: 10n, maxQueueDepth: 1_000n });
      const list = Array.from({ length: 1_000 }, (_, i) => orderOf(`o${i}`, { units: 1n }));
      const placed = await submitAll(
        store,
        list.map((order) => placeOf(order)),
      );
      assert.deepEqual(tally(placed), { opening: 333, 'settlement-blocked': 667 });
      assert.deepEqual(await balanceOf(store, BUYER), [3n, 3_330n]);
      const opened = await submitAll(
        store,
        list.map((order) => openOf(order)),
      );
      assert.deepEqual(tally(opened), { 'opened-execution': 333, 'settlement-blocked': 667 });
      await store.close();
      await assertVerified(place);
    });

    test('S-32 the queue is never deeper than the offer says, and who found no place has the money back', async () => {
      const place = createPlace();
      const store = await open(place);
      await prepared(store, 100_000n, { maxQueueDepth: 7n });
      const list = Array.from({ length: 100 }, (_, i) => orderOf(`o${i}`));
      await Promise.all(list.flatMap((order) => [store.submit(placeOf(order)), store.submit(openOf(order))]));
      const [queue] = await store.rows({ table: offerQueues, by: 'offer_id', limit: 1 });
      assert.equal(queue?.depth, 7n);
      const running = await store.rows({ table: executions, by: 'created_at', limit: 1_000 });
      assert.equal(running.length, 7);
      assert.deepEqual(await balanceOf(store, BUYER), [100_000n - 4_200n, 4_200n]);
      const done = running.map(({ execution_id: id }) =>
        refOf(list.find((order) => id === `exec-${order.orderId}-1`)!),
      );
      await submitAll(
        store,
        done.map((ref) => on.result(ref)),
      );
      const again = await Promise.all(
        list.flatMap((order) => [store.submit(placeOf(order, 2)), store.submit(openOf(order, 2))]),
      );
      assert.equal(
        again.filter((each) => each.code === null && !each.replayed && resultOf(each) === 'opened-execution').length,
        7,
      );
      await store.close();
      await assertVerified(place);
    });

    // prettier-ignore
    const races: readonly [what: string, before: readonly ((typeof on)['accept'])[], both: readonly ((typeof on)['accept'])[], outcomes: string[], state: string, hold: string][] = [
      ['two arbiters',             [on.dispute], [(ref) => on.resolve(ref, 'payer'), (ref) => on.resolve(ref, 'payee')], ['done', 'invalid_transition'], 'rejected', 'refunded'],
      ['accept against reject',    [],           [on.accept, on.reject],    ['done', 'invalid_transition'], 'released', 'released'],
      ['freeze before auto-release', [],         [on.dispute, on.deadline], ['done', 'not_due'],            'disputed', 'frozen'],
      ['auto-release before freeze', [],         [on.deadline, on.dispute], ['done', 'invalid_transition'], 'released', 'released'],
    ];
    for (const [what, before, both, outcomes, state, hold] of races) {
      test(`S-34 ${what}: one wins, the other gets a typed answer`, async () => {
        const clock = new HandClock();
        const store = await open(createPlace(), clock);
        await prepared(store, 1_000n, {});
        const order = orderOf('o');
        const ref = refOf(order);
        await submitAll(store, [placeOf(order), openOf(order), on.result(ref), ...before.map((event) => event(ref))]);
        clock.now += 25 * HOUR_MS;
        const found = await submitAll(
          store,
          both.map((event) => event(ref)),
        );
        assert.deepEqual(found.map(outcomeOf), outcomes);
        const [execution] = await store.rows({ table: executions, by: 'created_at', limit: 1 });
        const [reserved] = await store.rows({ table: holds, by: 'created_at', limit: 1 });
        assert.deepEqual([execution?.state, reserved?.state], [state, hold]);
        await store.close();
      });
    }

    test('the worked example: 348.00 / 12.00 / 60.00 / 30.00 / 50.00, and everything totals 500.00', async () => {
      const place = createPlace();
      const store = await open(place);
      const fee = { basisPoints: 1_000n, amount: 5_000n, accountId: COMMUNITY_POOL as AccountId };
      await submitAll(store, [receiptOf('r', BUYER as AccountId, 45_000n, fee), setOrg]);
      assert.deepEqual(await balanceOf(store, BUYER), [45_000n, 0n]);
      await runPhases(store);
      const accounts = await store.rows({ table: ledgerAccounts, by: 'account_id', limit: 10 });
      assert.deepEqual(Object.fromEntries(accounts.map((each) => [each.account_id, [each.available, each.held]])), {
        [BUYER]: [34_800n, 0n],
        'account:participant:one': [1_200n, 0n],
        'account:participant:two': [6_000n, 0n],
        'account:participant:three': [3_000n, 0n],
        [COMMUNITY_POOL]: [5_000n, 0n],
      });
      assert.equal(
        accounts.reduce((sum, { available, held }) => sum + available + held, 0n),
        50_000n,
      );
      const outbox = await store.rows({ table: movements, by: 'created_at', limit: 100 });
      assert.equal(outbox.length, 15);
      await store.close();
      await assertVerified(place);
    });

    test('S-04 random commands in crowds: the same after opening again, verified, rebuilt from the facts', async () => {
      const place = createPlace();
      let store = await open(place);
      await prepared(store, 1_500n, { maxQueueDepth: 2n });
      await submitAll(store, [
        offerOf({ offerId: 'offer-2', maxQueueDepth: 1n, autoAccept: false }),
        offerOf({ offerId: 'offer-3', priceAmount: 0n }),
      ]);
      const { 'set-org': org, 'publish-offer': publish, 'withdraw-offer': withdraw, ...often } = orderCommands;
      const rare = fc.oneof(org, publish, withdraw);
      // Offers change at the end only: nothing is ordered from one that was superseded.
      const commands: PaymentCommand[] = [
        ...fc.sample(fc.oneof(...Object.values(often)), { seed: 7, numRuns: 600 }),
        ...fc.sample(rare, { seed: 8, numRuns: 20 }),
      ];
      for (let at = 0; at < commands.length; at += 40) await submitAll(store, commands.slice(at, at + 40));
      const rows = await store.rows({ table: orders, by: 'created_at', limit: 100 });
      const running = await store.rows({ table: executions, by: 'created_at', limit: 100 });
      assert.ok(rows.length >= 3 && running.length >= 2);
      const [[available, held], [paid]] = [await balanceOf(store, BUYER), await balanceOf(store, PROVIDER)];
      assert.equal(available + held + paid, 1_500n);
      await store.close();
      await assertVerified(place);
      await place.rebuild();
      await assertVerified(place);
      store = await open(place);
      assert.deepEqual(await store.rows({ table: orders, by: 'created_at', limit: 100 }), rows);
      assert.deepEqual(await store.rows({ table: executions, by: 'created_at', limit: 100 }), running);
      await store.close();
    });
  });
}

/** Three phases with a provider each; in the third, whose provider takes three at a time, orders wait for a place. */
async function runPhases(store: Store): Promise<void> {
  // prettier-ignore
  const phases = [
    { provider: 'one',   count: 2, units: 3n, price: 200n,   depth: 10n },
    { provider: 'two',   count: 6, units: 1n, price: 1_000n, depth: 10n },
    { provider: 'three', count: 6, units: 1n, price: 500n,   depth: 3n },
  ];
  for (const { provider: providerParticipantId, count, units, price, depth } of phases) {
    const offerId = `offer-${providerParticipantId}`;
    await store.submit(offerOf({ offerId, providerParticipantId, priceAmount: price, maxQueueDepth: depth }));
    const list = Array.from({ length: count }, (_, i) =>
      orderOf(`${providerParticipantId}-${i}`, { offerId, providerParticipantId, units }),
    );
    const rounds = await executeAll(store, list, 1);
    assert.equal(rounds, providerParticipantId === 'three' ? 2 : 1);
  }
}

/** Places orders until each has been executed and accepted; answers how many rounds that took. */
async function executeAll(store: Store, list: readonly OrderRequest[], round: number): Promise<number> {
  const waiting: OrderRequest[] = [];
  for (const order of list) {
    await store.submit(placeOf(order, round));
    const result = resultOf(await store.submit(openOf(order, round)));
    if (result === 'queue-saturated') waiting.push(order);
    else assert.equal(result, 'opened-execution');
  }
  for (const order of list) {
    if (waiting.includes(order)) continue;
    const outcomes = await submitAll(store, [on.result(refOf(order, round)), on.accept(refOf(order, round))]);
    assert.deepEqual(outcomes.map(outcomeOf), ['done', 'done']);
  }
  return waiting.length === 0 ? round : executeAll(store, waiting, round + 1);
}
