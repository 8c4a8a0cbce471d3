/** Hold invoices in random histories on a real engine: whatever comes when, nothing is taken twice, and every row follows from the facts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InvoiceCheck } from '../../src/background/invoice-check.ts';
import { invoices, type InvoiceRow } from '../../src/budgets/tables.ts';
import { seal, unseal } from '../../src/l402/sealing.ts';
import type { Store } from '../../src/store/store.ts';
import { assertGateSound } from '../rig/gate-audit.ts';
import { accepted, ask, ended, gateDecisions, hashOf, holdEnded, issued, plan } from '../rig/gate-commands.ts';
import { reported, rule, settled } from '../rig/gate-commands.ts';
import { HandClock } from '../rig/hand-clock.ts';
import { policy, type Place } from '../rig/store-place.ts';

type Step = (store: Store, now: bigint) => Promise<unknown>;

const LIFE_NS = 600_000_000_000n;

const allInvoices = (store: Store): Promise<readonly InvoiceRow[]> =>
  store.rows({ table: invoices, by: 'created_at', limit: 10_000 });

/** Something that a node, or a caller, says of an invoice that is there. */
const onSome = (
  act: (store: Store, row: InvoiceRow, now: bigint) => Promise<unknown>,
  fits: (row: InvoiceRow) => boolean = () => true,
): fc.Arbitrary<Step> =>
  fc.nat(7).map((number) => async (store, now) => {
    const rows = (await allInvoices(store)).filter(fits).toReversed().slice(0, 8);
    const row = rows[number % Math.max(1, rows.length)];
    if (row !== undefined) await act(store, row, now);
  });

const isIssued = ({ payment_hash: hash }: InvoiceRow): boolean => hash !== null;
const isAccepted = ({ state }: InvoiceRow): boolean => state === 'held' || state === 'closed';

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ amount: fc.constantFrom(100, 150, 300), po: fc.nat(60).map((number) => `p${number}`) }).map(
      (asking): Step =>
        (store) =>
          ask(store, asking),
    ),
  },
  {
    weight: 4,
    arbitrary: onSome(
      (store, { decision_id: id }, now) => issued(store, id, now + LIFE_NS, { preimageSealed: `preimage of ${id}` }),
      ({ state }) => state === 'intended',
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(100_000n, 100_000n, 99_999n)
      .chain((msat) => onSome((store, { decision_id: id }) => accepted(store, id, msat), isIssued)),
  },
  // What was accepted is settled, and so may be what was called off a moment too late.
  {
    weight: 4,
    arbitrary: onSome(
      (store, { decision_id: id }) => settled(store, id),
      (row) => isIssued(row) && isAccepted(row),
    ),
  },
  { weight: 2, arbitrary: onSome((store, { decision_id: id }) => holdEnded(store, id), isIssued) },
  { weight: 1, arbitrary: onSome((store, { decision_id: id }) => reported(store, id, 'cancel')) },
  { weight: 2, arbitrary: onSome((store, { decision_id: id }) => ended(store, id)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, 200).map(
      (cap): Step =>
        (store) =>
          rule(store, { invoice: 'hold', max_excess_cents: cap }),
    ),
  },
);

/** Two versions of keys. */
const RING = {
  current: 2,
  keys: new Map([
    [1, new Uint8Array(32).fill(1)],
    [2, new Uint8Array(32).fill(2)],
  ]),
};

export function heldHistoriesContract(name: string, createPlace: () => Place): void {
  test(`${name}: L-04 the preimage of an open invoice is sealed anew with the present key`, async () => {
    const store = await createPlace().open({ decisions: gateDecisions(policy) });
    await rule(store, { invoice: 'hold' });
    const { decisionId: id } = await ask(store, { amount: 5 });
    const preimage = new Uint8Array(32).fill(9);
    const former = { current: 1, keys: new Map([[1, RING.keys.get(1)!]]) };
    const sealed = seal(former, preimage, { tokenId: hashOf(id), nonce: new Uint8Array(12) });
    await issued(store, id, undefined, { preimageSealed: sealed });
    const untold = { recorded() {}, owed() {}, settled() {} };
    await new InvoiceCheck({ store, node: undefined, ring: RING, nowMs: () => 0, ...untold }).run();
    const [row] = await allInvoices(store);
    assert.match(row?.preimage_sealed ?? '', /^v2\./);
    assert.deepEqual(unseal(RING, row?.preimage_sealed ?? '', hashOf(id)), Buffer.from(preimage));
    await store.close();
  });

  test(`${name}: L-05, L-07 random histories of hold invoices: sound after every round, verified, rebuilt from the facts`, async () => {
    const place = createPlace();
    const clock = new HandClock();
    const store = await place.open({ decisions: gateDecisions(policy), clock });
    await plan(store, 100n);
    await rule(store, { invoice: 'hold' });
    const rounds = fc.sample(fc.array(step, { minLength: 1, maxLength: 6 }), { seed: 11, numRuns: 200 });
    for (const round of rounds) {
      clock.now += 100_000;
      await Promise.all(round.map((each) => each(store, BigInt(clock.now) * 1_000_000n)));
      await assertGateSound(store);
      for (const { state, hold, preimage_sealed: sealed } of await allInvoices(store)) {
        assert.equal(sealed !== null, state === 'open' || state === 'held', `a preimage is kept while it is ${state}`);
        if (state === 'settled') assert.equal(hold, 'ended');
        if (state === 'held') assert.equal(hold, 'waiting');
      }
    }
    const rows = await allInvoices(store);
    // What comes about follows from the order of the commands, which a crowd of connections does not keep.
    if (name === 'SQLite') assertVaried(rows);
    await store.close();
    const assertVerified = async (): Promise<void> => {
      const { checks } = await place.verify();
      assert.deepEqual(
        checks.filter(({ ok }) => !ok),
        [],
      );
    };
    await assertVerified();
    await place.rebuild();
    await assertVerified();
  });
}

function assertVaried(rows: readonly InvoiceRow[]): void {
  const ends = new Set(rows.map(({ state, hold }) => `${state} ${hold}`));
  for (const end of ['settled ended', 'closed ended', 'closed waiting'])
    assert.ok(ends.has(end), `${end} came about: ${[...ends].join()}`);
  assert.ok(rows.some(({ credit_msat: owed }) => owed > 0n));
  assert.ok(rows.some(({ consumed_at: at, held_at: heldAt }) => at !== null && heldAt !== null));
}
