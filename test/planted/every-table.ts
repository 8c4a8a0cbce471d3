/** A database in which every table of settlement, orders and budgets has rows, made by the product's own commands. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { apiKeys } from '../../src/access/tables.ts';
import type { Decisions } from '../../src/base/decision.ts';
import { bucketKey } from '../../src/budgets/bucket.ts';
import { actualTotals, allocations } from '../../src/budgets/tables.ts';
import { createDecisions, type PaymentCommand } from '../../src/flows/commands.ts';
import type { GateCommand } from '../../src/flows/gate.ts';
import type { DecisionRef } from '../../src/flows/gate-books.ts';
import { submitKnowing } from '../../src/gate/knowing.ts';
import type { OrderRequest } from '../../src/orders/order-request.ts';
import type { HoldTarget } from '../../src/settlement/hold-moves.ts';
import { defaultMapping } from '../../src/settlement/mapping.ts';
import { movements } from '../../src/settlement/tables.ts';
import type { Outcome, Store } from '../../src/store/store.ts';
import { credit, receive, ruleOf } from '../rig/funding-commands.ts';
import { gateOf, issued, reported, settled, type Asking } from '../rig/gate-commands.ts';
import { testKey } from '../rig/key-commands.ts';
import { BUYER, offerOf, on, openOf, orderOf, placeOf, PROVIDER, refOf, setOrg } from '../rig/order-commands.ts';
import { activateOf, allocationOf, draftOf, merchantOf, policyCommand, reviseOf } from '../rig/plan-commands.ts';
import { actualsOf, BUCKET, itemOf, MERCHANT, PERIOD } from '../rig/reconciliation-commands.ts';
import { holdOf, receiptOf } from '../rig/settlement-commands.ts';
import { policy } from '../rig/store-place.ts';
import { COMMUNITY_POOL, type AccountId } from '../../src/settlement/accounts.ts';

const balances = Object.values(defaultMapping);

export const settlementDecisions = (): Decisions => createDecisions({ ...policy, balances, mapping: defaultMapping });

export async function done(store: Store, ...commands: readonly PaymentCommand[]): Promise<void> {
  for (const command of commands) {
    const { code, answer } = await store.submit(command);
    assert.equal(code, null, `${command.type}: ${answer}`);
  }
}

// ---- Settlement.

/** Both accounts have money of their own. */
export const parties = { payer: BUYER as AccountId, payee: PROVIDER as AccountId };

export const holdNamed = (holdId: string, amount = 100n): PaymentCommand =>
  holdOf({ holdId, orderId: `by hand ${holdId}`, ...parties }, amount);

export const moveOf = (holdId: string, to: HoldTarget): PaymentCommand => ({
  type: 'move-hold',
  holdId,
  ...parties,
  to,
  reason: 'because',
  actor: 'operator',
});

/** What the outbox would send now. */
export async function applyMovements(store: Store): Promise<void> {
  for (const row of await store.rows({ table: movements, where: { state: 'pending' }, by: 'created_at', limit: 100 }))
    await store.submit({
      type: 'apply-movement',
      movementKey: row.movement_key,
      src: row.src,
      dst: row.dst,
      inflowTx: row.inflow_tx,
      attempt: row.refusals + 1n,
    });
}

/** 10 % of the gross. */
const fee = { basisPoints: 1_000n, amount: 1_000n, accountId: COMMUNITY_POOL as AccountId };

async function fillSettlement(store: Store): Promise<void> {
  const inbox = receiptOf('inbox', parties.payee, 5_000n).receipt;
  await done(
    store,
    { type: 'open-balances', names: balances, amount: 1_000_000n },
    testKey({ keyId: '00000000000000a1' }).command,
    receiptOf('fee', parties.payer, 9_000n, fee),
    receiptOf('plain', parties.payer, 9_000n),
    receive(inbox),
    credit(inbox),
    receive(receiptOf('waiting', parties.payee, 1n).receipt),
    ruleOf(5n),
    { type: 'note-feed', feed: 'f', cursor: '1' },
  );
  const ends = {
    active: [],
    frozen: ['frozen'],
    released: ['released'],
    back: ['frozen', 'refunded'],
    void: ['voided'],
  };
  for (const [name, moves] of Object.entries({ ...ends, arbitrated: ['frozen', 'released'], spare: [], other: [] })) {
    await done(store, holdNamed(`hold-${name}`));
    for (const to of moves) await done(store, moveOf(`hold-${name}`, to as HoldTarget));
  }
  await applyMovements(store);
  // The outbox has not got to this one yet.
  await done(store, holdNamed('hold-late'), moveOf('hold-late', 'released'));
}

// ---- Budgets.

/** Asks the gate; the hierarchy is the one of `plan-commands`. */
export function gate(store: Store, decisionId: string, asking: Asking): Promise<Outcome> {
  const commandOf = (current: GateCommand['current']): GateCommand => {
    const command = gateOf(asking, current, decisionId);
    return { ...command, place: { ...command.place, hierarchyVersion: 1n } };
  };
  return submitKnowing({ store, commandOf });
}

export async function allowed(store: Store, decisionId: string, asking: Asking): Promise<void> {
  const { answer } = await gate(store, decisionId, asking);
  assert.match(answer, /^\{"allowed":true/);
}

/** The request of a decision that is there, as a server sends it: for the case that it is new, under an id that is. */
export const again = (store: Store, asking: Asking): Promise<void> => allowed(store, randomUUID(), asking);

/** Far beyond the budget of its category, and different from every other. */
export const beyond = (po: string): Asking => ({ amount: 90_000, category: 'apparel', po });

const APPAREL = bucketKey(MERCHANT, PERIOD, 'apparel');

export async function challenged(store: Store, decisionId: string): Promise<void> {
  const { answer } = await gate(store, decisionId, beyond(decisionId));
  assert.match(answer, /^\{"allowed":false/);
  assert.equal((await issued(store, decisionId)).code, null);
}

/** A whole run over the merchant-wide bucket. */
export async function reconcile(store: Store, runId: string): Promise<void> {
  const [bucket] = await store.rows({ table: allocations, where: { bucket: BUCKET }, by: 'bucket', limit: 1 });
  const where = { bucket: BUCKET };
  const [totals] = await store.rows({ table: actualTotals, where, by: 'bucket', limit: 1 });
  const seen = { bucketVersion: bucket?.version ?? 0n, totalsVersion: totals?.version ?? 0n };
  await done(
    store,
    { type: 'begin-reconciliation', runId, actor: 'job' },
    {
      type: 'advance-reconciliation',
      runId,
      from: '',
      to: BUCKET,
      buckets: [{ bucket: BUCKET, ...seen, namedReceived: bucket?.received_cents ?? 0n, allocationId: 'unused' }],
      decisions: [],
      miscounted: [],
      mended: [],
    },
    {
      type: 'end-reconciliation',
      runId,
      settlement: { checked: 0, pending: 0, drifted: [] },
      decisionsCounted: 0,
    },
  );
}

async function fillBudgets(store: Store): Promise<void> {
  await done(
    store,
    merchantOf(),
    policyCommand('enforce', [9_000, 1_000]),
    draftOf('b-1', { amount: 20_000n, openToBuy: 19_000n }),
    activateOf('b-1'),
    reviseOf('b-1', 21_000n),
    allocationOf('apparel', { amount: 3_000n, periodVersion: 2n }),
    { type: 'move-lightning-cursor', backend: 'sandbox', cursor: '7' },
    { type: 'request-export', jobId: 'job-1', merchantId: MERCHANT, period: null, actor: 'finance' },
    { ...actualsOf(itemOf('unseen', { amountCents: 250n })), hierarchyVersion: 1n },
  );
  await allowed(store, 'd-plain', { amount: 500, po: 'plain' });
  await allowed(store, 'd-apparel', { amount: 300, category: 'apparel' });
  assert.equal((await reported(store, 'd-plain', 'commit', { amount: 200n, reference: 'c' })).code, null);
  await challenged(store, 'd-open');
  await challenged(store, 'd-waiting');
  await challenged(store, 'd-paid');
  // More than was quoted: the rest is owed.
  assert.equal((await settled(store, 'd-paid', 150_000n)).code, null);
  await again(store, beyond('d-paid'));
  await challenged(store, 'd-released');
  const release = { decisionId: 'd-released', actor: 'planner' };
  await done(
    store,
    { type: 'request-release', ...release, reason: 'urgent' },
    {
      type: 'decide-release',
      ...release,
      reason: 'so be it',
      merchant: MERCHANT,
      outcome: 'accepted',
      alsoOwn: true,
      documentName: null,
      current: [{ decisionId: 'd-released', bucket: APPAREL }],
    },
  );
  await reconcile(store, 'run-1');
}

// ---- Orders.

/** An order on a decision of the gate. */
export function onBudget(decisionId: string): { readonly order: OrderRequest; readonly budget: DecisionRef } {
  return { order: orderOf(`on-${decisionId}`, { gateDecisionId: decisionId }), budget: { decisionId, bucket: BUCKET } };
}

export async function opened(store: Store, name: string, budget: DecisionRef | null = null): Promise<void> {
  const order = orderOf(name, { gateDecisionId: budget?.decisionId ?? null });
  await done(store, { ...placeOf(order), budget }, { ...openOf(order), budget });
}

export const execution = (name: string) => refOf(orderOf(name));

async function fillOrders(store: Store): Promise<void> {
  await done(store, setOrg, offerOf(), offerOf({ offerId: 'free', priceAmount: 0n, autoAccept: false }));
  for (const name of ['o-open', 'o-completed', 'o-disputed', 'o-resolved', 'o-failed']) await opened(store, name);
  await done(
    store,
    on.result(execution('o-completed')),
    on.dispute(execution('o-disputed')),
    on.dispute(execution('o-resolved')),
    on.resolve(execution('o-resolved'), 'payee'),
    on.result(execution('o-failed'), 'failed'),
    placeOf(orderOf('o-opening')),
  );
  const free = orderOf('o-free', { offerId: 'free' });
  await done(store, placeOf(free), openOf(free, 1, true));
  await done(store, placeOf(orderOf('o-refused', { offerId: 'unknown' })));
}

async function fillOrdersOnBudgets(store: Store): Promise<void> {
  for (const name of ['d-linked', 'd-free']) await allowed(store, name, { amount: 700, po: name });
  await opened(store, 'on-d-linked', onBudget('d-linked').budget);
  // Paid for, and an order stands on it: another amount of its document is paid for beside it, and both stay when the order fails.
  await done(store, offerOf({ offerId: 'going' }));
  await bought(store, 'd-let', beyond('d-let'));
  const order = orderOf('on-d-let', { offerId: 'going', gateDecisionId: 'd-let' });
  const budget = { decisionId: 'd-let', bucket: APPAREL };
  await done(store, { ...placeOf(order), budget });
  await bought(store, 'd-beside', { ...beyond('d-let'), amount: 90_001, credential: 'd-let' });
  await done(store, withdrawn('going'), { ...openOf(order), budget });
}

async function bought(store: Store, decisionId: string, asking: Asking): Promise<void> {
  const { answer } = await gate(store, decisionId, asking);
  assert.match(answer, /^\{"allowed":false/);
  for (const { code } of [await issued(store, decisionId), await settled(store, decisionId)]) assert.equal(code, null);
  await again(store, asking);
}

const withdrawn = (offerId: string): PaymentCommand => ({
  type: 'withdraw-offer',
  offerId,
  reason: null,
  actor: 'provider',
});

/** Fills an empty store. */
export async function fillEveryTable(store: Store): Promise<void> {
  await fillSettlement(store);
  await fillOrders(store);
  await fillBudgets(store);
  await fillOrdersOnBudgets(store);
  assert.equal((await store.rows({ table: apiKeys, by: 'created_at', limit: 9 })).length, 1);
}
