/** The gate on a real engine: crowds on one budget, payments and repeats, random histories, and every row from the facts. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { allocations, decisions, exposures, invoices, type DecisionRow } from '../../src/budgets/tables.ts';
import type { Value } from '../../src/base/decision.ts';
import { findOverdue } from '../../src/operations/gate/overdue.ts';
import { LightningRefused, type InvoiceStatus, type LightningNode } from '../../src/lightning/node.ts';
import type { Store } from '../../src/store/store.ts';
import { applyGateDeadlines } from '../../src/background/gate-deadlines.ts';
import { InvoiceCheck } from '../../src/background/invoice-check.ts';
import { seal, unseal, type KeyRing } from '../../src/l402/sealing.ts';
import { assertGateSound } from '../rig/gate-audit.ts';
import {
  ask,
  decisionOf,
  ended,
  gateDecisions,
  hashOf,
  issued,
  MERCHANT,
  PERIOD,
  plan,
  reported,
  rule,
  settled,
} from '../rig/gate-commands.ts';
import type { Answered, Asking } from '../rig/gate-commands.ts';
import { HandClock } from '../rig/hand-clock.ts';
import { policy, type Place } from '../rig/store-place.ts';

const open = (place: Place, clock = new HandClock()): Promise<Store> =>
  place.open({ decisions: gateDecisions(policy), clock });

const said = ({ code, allowed, replayed }: Answered): string =>
  `${code ?? (allowed === true ? 'allowed' : 'payment')}${replayed ? ' again' : ''}`;

async function assertVerified(place: Place): Promise<void> {
  const { checks } = await place.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
}

const bucketOf = async (store: Store, category = '') =>
  (await store.rows({ table: allocations, where: { category }, by: 'created_at', limit: 1 }))[0];

const allDecisions = (store: Store): Promise<readonly DecisionRow[]> =>
  store.rows({ table: decisions, by: 'created_at', limit: 10_000 });

/** Challenged and paid; its decision. */
async function paid(store: Store, asking: Asking): Promise<string> {
  const { decisionId } = await ask(store, asking);
  await issued(store, decisionId);
  await settled(store, decisionId);
  return decisionId;
}

const untold = { recorded() {}, owed() {}, settled() {} };

/** Two versions of keys. */
const RING = {
  current: 2,
  keys: new Map([
    [1, new Uint8Array(32).fill(1)],
    [2, new Uint8Array(32).fill(2)],
  ]),
};

export function gateContract(name: string, createPlace: () => Place): void {
  suite(`${name}: gate`, () => {
    test('B-05 a thousand gates at once on one budget: what is there is reserved, and not a cent more', async () => {
      const place = createPlace();
      const store = await open(place);
      await plan(store, 3_333n);
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) => ask(store, { amount: 10, po: `p${i}` })),
      );
      const counts = Object.groupBy(answers, said);
      assert.equal(counts['allowed']?.length, 333);
      // B-24: at most 100 open invoices of a merchant; the rest may come again.
      assert.equal(counts['payment']?.length, 100);
      assert.equal(counts['too_many_challenges']?.length, 567);
      await assertGateSound(store);
      await store.close();
      await assertVerified(place);
    });

    test('B-04, L-04 two hundred repeats of a paid request at once: one of them uses it, all have the same decision', async () => {
      const store = await open(createPlace());
      const asking = { amount: 500, key: 'k' };
      const id = await paid(store, asking);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) => ask(store, i % 2 === 0 ? asking : { ...asking, credential: id })),
      );
      assert.equal(answers.filter((each) => said(each) === 'allowed').length, 1);
      assert.equal(answers.filter((each) => said(each) === 'allowed again').length, 199);
      assert.deepEqual(new Set(answers.map(({ decisionId }) => decisionId)), new Set([id]));
      assert.equal((await bucketOf(store))?.reserved_cents, 500n);
      await assertGateSound(store);
      await store.close();
    });

    test('B-05 another amount of what was paid for: one new decision takes over, however many ask at once', async () => {
      const place = createPlace();
      const store = await open(place);
      await plan(store, 1_000n);
      const asking = { amount: 1_500, po: 'p' };
      const first = await paid(store, asking);
      assert.equal(said(await ask(store, asking)), 'allowed');
      const same = await Promise.all(Array.from({ length: 50 }, () => ask(store, asking)));
      assert.deepEqual(
        new Set(same.map((each) => `${said(each)} ${each.decisionId}`)),
        new Set([`allowed again ${first}`]),
      );
      const more = await paid(store, { ...asking, amount: 1_600 });
      assert.equal((await decisionOf(store, first)).state, 'reserved', 'as it was until the other is paid for');
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(store, { ...asking, amount: 1_600 })));
      assert.deepEqual(new Set(answers.map(({ decisionId }) => decisionId)), new Set([more]));
      assert.equal(answers.filter((each) => said(each) === 'allowed').length, 1);
      assert.equal((await bucketOf(store))?.reserved_cents, 1_600n, 'counted once');
      const { state, amount_cents: amount, paid: isPaid } = await decisionOf(store, first);
      assert.deepEqual([state, amount, isPaid], ['replaced', 1_500n, 1n]);
      // Once the budget covers it nobody pays.
      const covered = await Promise.all(Array.from({ length: 50 }, () => ask(store, { ...asking, amount: 900 })));
      assert.equal(new Set(covered.map(({ decisionId }) => decisionId)).size, 1);
      assert.equal((await bucketOf(store))?.reserved_cents, 900n);
      await assertGateSound(store);
      await store.close();
      await assertVerified(place);
    });

    test('B-23 a redated order keeps its period within the days of tolerance; B-21 beyond them it moves', async () => {
      const place = createPlace();
      const store = await open(place);
      await plan(store, 1_000n);
      await rule(store, { mode: 'track', tolerance_days: 3 });
      const asking = { amount: 600, po: 'p', deliveryDate: '2026-11-20' };
      const { decisionId } = await ask(store, asking);
      const buckets: string[] = [];
      for (const deliveryDate of ['2026-12-03', '2026-12-04', '2026-11-28', '2026-11-27', '2026-10-28']) {
        assert.equal((await ask(store, { ...asking, deliveryDate })).decisionId, decisionId);
        buckets.push((await decisionOf(store, decisionId)).bucket);
      }
      const november = 'acme|2026-11|';
      assert.deepEqual(buckets, [november, 'acme|2026-12|', 'acme|2026-12|', november, 'acme|2026-10|']);
      await assertGateSound(store, { overReceived: true });
      await store.close();
      await assertVerified(place);
    });

    test('R12 reports at once whose sum no JSON number holds: those that fit count, the others change nothing', async () => {
      const place = createPlace();
      const store = await open(place);
      await plan(store, 1_000n);
      const { decisionId: id } = await ask(store, { amount: 100, po: 'p' });
      await reported(store, id, 'commit');
      const most = BigInt(Number.MAX_SAFE_INTEGER);
      const before = await decisionOf(store, id);
      assert.equal((await reported(store, id, 'receive', { amount: 40n, reference: 'r' })).code, null);
      const told = Array.from({ length: 8 }, (_, i) =>
        reported(store, id, 'receive', { amount: most - 40n, reference: `most-${i}` }),
      );
      const codes = (await Promise.all(told)).map(({ code }) => code);
      assert.deepEqual([codes.filter((code) => code === null).length, new Set(codes).size], [1, 2]);
      const after = await decisionOf(store, id);
      assert.deepEqual([after.received_cents, after.version - before.version], [most, 2n]);
      await assertGateSound(store, { overReceived: true });
      await store.close();
      await assertVerified(place);
    });

    test('B-21 what is late is found among what is open, page by page, however much there is', async () => {
      const store = await open(createPlace());
      await plan(store, 100_000n);
      await rule(store, { mode: 'track' });
      const months = [PERIOD, PERIOD, '2026-12'];
      const asked = Array.from({ length: 2_400 }, (_, i) => ask(store, { amount: 10, period: months[i % 3]! }));
      const ids = (await Promise.all(asked)).map(({ decisionId }) => decisionId);
      const some = (step: number): string[] => ids.filter((_, i) => i % step === 0);
      await Promise.all(some(2).map((id) => reported(store, id, 'commit')));
      await Promise.all(some(14).map((id) => reported(store, id, 'receive')));
      const rows = await allDecisions(store);
      const late = rows.filter(({ period, state }) => period === PERIOD && state !== 'received');
      const wanted = late.map(({ decision_id: id }) => id).toReversed();
      const found: string[] = [];
      for (let place: Value | undefined; ;) {
        const search = { where: { merchant_id: MERCHANT }, after: place, limit: 300 };
        const { rows: page, next } = await findOverdue(store, search, Date.UTC(2026, 11, 1));
        found.push(...page.map(({ decision_id: id }) => id));
        assert.ok(page.length === 300 || next === null);
        if (next === null) break;
        place = next;
      }
      assert.deepEqual([found.length > 1_000, found], [true, wanted]);
      const today = await findOverdue(store, { where: {}, after: undefined, limit: 10 }, Date.UTC(2026, 10, 30));
      assert.deepEqual(today, { rows: [], next: null }, 'on the last day of the period nothing is late');
      await store.close();
    });

    test('B-05, B-28 what nobody finishes: intents are closed, challenges and reservations end by themselves', async () => {
      const clock = new HandClock();
      const place = createPlace();
      const store = await open(place, clock);
      await plan(store, 100n);
      const kept = await ask(store, { amount: 60, po: 'kept' });
      const left = await ask(store, { amount: 500, po: 'left' });
      const issuedOne = await ask(store, { amount: 501, po: 'issued' });
      await issued(store, issuedOne.decisionId, BigInt(clock.now + 600_000) * 1_000_000n);
      const check = new InvoiceCheck({ store, node: undefined, ring: RING, nowMs: clock.nowMs, ...untold });
      await check.run();
      assert.equal((await decisionOf(store, left.decisionId)).state, 'challenged');
      clock.now += 11_000;
      await check.run();
      const { state, reason } = await decisionOf(store, left.decisionId);
      assert.deepEqual([state, reason], ['expired', 'lightning_unavailable']);
      assert.equal(await applyGateDeadlines(store, clock.now), false);
      clock.now += 4_200_000;
      await applyGateDeadlines(store, clock.now);
      assert.equal((await decisionOf(store, issuedOne.decisionId)).reason, 'challenge_expired');
      assert.equal((await decisionOf(store, kept.decisionId)).state, 'reserved');
      clock.now += 86_400_000;
      await applyGateDeadlines(store, clock.now);
      assert.equal((await decisionOf(store, kept.decisionId)).state, 'expired');
      assert.equal((await bucketOf(store))?.reserved_cents, 0n);
      await assertGateSound(store);
      await store.close();
      await assertVerified(place);
    });

    test('L-05 a payment that was found but not recorded wakes nobody: who waits would see an open invoice', async () => {
      const store = await open(createPlace());
      const { decisionId: id } = await ask(store, { amount: 5 });
      await issued(store, id);
      const status: InvoiceStatus = {
        paymentHash: hashOf(id),
        state: 'settled',
        receivedMsat: 100_000n,
        heldMsat: 0n,
        settledAtMs: 0,
      };
      const node: LightningNode = {
        backend: 'told',
        canHold: false,
        issue: () => Promise.reject(new LightningRefused('not asked')),
        lookUp: () => Promise.resolve(status),
        async *settlements() {},
        settle: () => Promise.resolve(),
        cancel: () => Promise.resolve(),
        close: () => Promise.resolve(),
      };
      const woken: string[] = [];
      const parts = { node, ring: RING, nowMs: () => 0, ...untold, settled: (each: string) => void woken.push(each) };
      const isFull: Pick<Store, 'rows' | 'submit'> = {
        rows: (query) => store.rows(query),
        submit: () => Promise.resolve({ answer: '{"error":"unavailable"}', code: 'unavailable', replayed: false }),
      };
      await new InvoiceCheck({ ...parts, store: isFull }).run();
      assert.deepEqual(woken, []);
      await new InvoiceCheck({ ...parts, store }).run();
      assert.deepEqual(woken, [id]);
      await store.close();
    });

    test('L-04 what is open is sealed anew with the present key, once', async () => {
      const store = await open(createPlace());
      const { decisionId } = await ask(store, { amount: 5 });
      const tokenId = 'ab'.repeat(32);
      const former = { current: 1, keys: new Map([[1, RING.keys.get(1)!]]) };
      const rootKeySealed = seal(former, new Uint8Array(32), { tokenId, nonce: new Uint8Array(12) });
      await issued(store, decisionId, undefined, { tokenId, rootKeySealed });
      const check = new InvoiceCheck({ store, node: undefined, ring: RING, nowMs: () => 0, ...untold });
      await check.run();
      const [row] = await store.rows({ table: invoices, by: 'created_at', limit: 1 });
      assert.match(row?.root_key_sealed ?? '', /^v2\./);
      assert.deepEqual(unseal(RING, row?.root_key_sealed ?? '', tokenId), Buffer.alloc(32));
      await store.close();
    });

    test('L-04 what was used is sealed anew as long as its token answers, and nothing is where the former key is gone', async () => {
      const store = await open(createPlace());
      const former = { current: 1, keys: new Map([[1, RING.keys.get(1)!]]) };
      const sealedFor = async (po: string, digit: string): Promise<string> => {
        const { decisionId: id } = await ask(store, { amount: 5, po });
        const tokenId = digit.repeat(64);
        const rootKeySealed = seal(former, new Uint8Array(32), { tokenId, nonce: new Uint8Array(12) });
        await issued(store, id, undefined, { tokenId, rootKeySealed });
        await settled(store, id);
        assert.equal((await ask(store, { amount: 5, po })).allowed, true);
        return id;
      };
      const kept = async (): Promise<Record<string, string | undefined>> =>
        Object.fromEntries(
          (await store.rows({ table: invoices, by: 'created_at', limit: 9 })).map((row) => [
            row.decision_id,
            row.root_key_sealed?.slice(0, 3),
          ]),
        );
      const [used, gone] = [await sealedFor('used', 'a'), await sealedFor('ended', 'b')];
      await reported(store, gone, 'cancel');
      const alone = { current: 2, keys: new Map([[2, RING.keys.get(2)!]]) };
      const check = (ring: KeyRing): Promise<void> =>
        new InvoiceCheck({ store, node: undefined, ring, nowMs: () => 0, ...untold }).run();
      await check(alone);
      assert.deepEqual(await kept(), { [used]: 'v1.', [gone]: undefined });
      await check(RING);
      assert.deepEqual(await kept(), { [used]: 'v2.', [gone]: undefined });
      await store.close();
    });

    test('B-05 random histories in crowds: sound after every round, verified, rebuilt from the facts', async () => {
      const place = createPlace();
      const clock = new HandClock();
      let store = await open(place, clock);
      await plan(store, 700n);
      await plan(store, 400n, 'shoes');
      await rule(store, { reservation_seconds: 2_000, tolerance_days: 3 });
      const rounds = fc.sample(fc.array(step, { minLength: 1, maxLength: 8 }), { seed: 5, numRuns: 300 });
      const seen = new Set<string>();
      for (const round of rounds) {
        clock.now += 300_000;
        await Promise.all(round.map((each) => each(store)));
        await assertGateSound(store);
        for (const { state } of await allDecisions(store)) seen.add(state);
      }
      for (const state of ['challenged', 'reserved', 'replaced', 'expired', 'cancelled', 'received'] as const)
        assert.ok(seen.has(state), `${state} came about`);
      const rows = await allDecisions(store);
      const used = rows.filter((row) => row.paid === 1n).length;
      assert.ok(used > 5 && rows.length > 30, `${rows.length} decisions, ${used} of them paid for`);
      const [bill] = await store.rows({ table: invoices, where: { state: 'settled' }, by: 'created_at', limit: 1 });
      await settled(store, bill!.decision_id, bill!.received_msat + 1n);
      const bills = await store.rows({ table: invoices, by: 'created_at', limit: 10_000 });
      const owed = bills.filter((row) => row.credit_msat > 0n);
      assert.ok(owed.length > 0);
      const found = { table: invoices, where: { credit: 'owed' }, by: 'created_at', limit: 10_000 } as const;
      assert.deepEqual(await store.rows(found), owed);
      await store.close();
      await assertVerified(place);
      await place.rebuild();
      await assertVerified(place);
      store = await open(place, clock);
      assert.deepEqual(await allDecisions(store), rows);
      assert.equal((await store.rows({ table: exposures, by: 'merchant_id', limit: 10 }))[0]?.merchant_id, MERCHANT);
      await store.close();
    });
  });
}

// ---- Random histories: few documents and keys, so that requests meet each other.

type Step = (store: Store) => Promise<unknown>;

const asking: fc.Arbitrary<Asking> = fc
  .record({
    amount: fc.constantFrom(50, 100, 100, 150, 900),
    po: fc.option(
      fc.nat(11).map((number) => `p${number}`),
      { nil: undefined, freq: 6 },
    ),
    key: fc.constantFrom(undefined, undefined, 'k1', 'k2'),
    caller: fc.constantFrom('key-1', 'key-1', 'key-2'),
    category: fc.constantFrom(null, null, 'shoes'),
    // By the period, by a day of it, near enough to it, and too far.
    delivery: fc.constantFrom(undefined, undefined, '2026-11-20', '2026-12-03', '2026-12-04'),
  })
  .map(({ po, key, delivery, ...rest }) => ({
    ...rest,
    ...(po === undefined ? {} : { po }),
    ...(key === undefined ? {} : { key }),
    ...(delivery === undefined ? {} : { deliveryDate: delivery }),
  }));

/** One of the decisions that are there, picked by a number. */
async function pick(store: Store, number: number, states: readonly string[]): Promise<string | undefined> {
  const rows = await store.rows({ table: decisions, by: 'created_at', limit: 10_000, descending: true });
  const fitting = rows.filter(({ state }) => states.includes(state)).slice(0, 10);
  return fitting[number % Math.max(1, fitting.length)]?.decision_id;
}

const onSome = (states: readonly string[], act: (store: Store, id: string) => Promise<unknown>): fc.Arbitrary<Step> =>
  fc.nat(9).map((number) => async (store) => {
    const id = await pick(store, number, states);
    if (id !== undefined) await act(store, id);
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: asking.map(
      (each): Step =>
        (store) =>
          ask(store, each),
    ),
  },
  { weight: 4, arbitrary: onSome(['challenged'], (store, id) => issued(store, id)) },
  { weight: 3, arbitrary: onSome(['challenged', 'replaced', 'expired'], payFor) },
  { weight: 3, arbitrary: onSome(['replaced', 'expired'], payFor) },
  {
    weight: 2,
    arbitrary: asking.map(
      (each): Step =>
        (store) =>
          payAndRepeat(store, each),
    ),
  },
  { weight: 1, arbitrary: onSome(['reserved'], (store, id) => reported(store, id, 'commit')) },
  {
    weight: 1,
    arbitrary: onSome(['reserved', 'committed', 'challenged'], (store, id) => reported(store, id, 'cancel')),
  },
  { weight: 1, arbitrary: onSome(['reserved', 'committed'], (store, id) => reported(store, id, 'receive')) },
  { weight: 1, arbitrary: onSome(['committed'], (store, id) => reported(store, id, 'receive', { amount: 25n })) },
  { weight: 1, arbitrary: onSome(['received'], (store, id) => reported(store, id, 'return', { amount: 20n })) },
  { weight: 3, arbitrary: onSome(['reserved', 'challenged', 'committed'], (store, id) => ended(store, id)) },
);

/** A node tells of a payment only for an invoice that it has issued. */
async function payFor(store: Store, id: string): Promise<void> {
  const [invoice] = await store.rows({ table: invoices, where: { decision_id: id }, by: 'decision_id', limit: 1 });
  if (invoice?.payment_hash != null) await settled(store, id);
}

async function payAndRepeat(store: Store, each: Asking): Promise<void> {
  const { decisionId, allowed } = await ask(store, each);
  if (allowed !== false) return;
  await issued(store, decisionId);
  await payFor(store, decisionId);
  const { state } = await decisionOf(store, decisionId);
  if (state === 'challenged') await ask(store, { ...each, credential: decisionId });
}
