/** S-33 and J8 at the level of commands: the budget that the gate reserved goes the way of the order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUCKET, budgetOf, gateOf } from '../../test/rig/budget-commands.ts';
import { periodOf } from '../../test/rig/plan-commands.ts';
import { BUYER, offerOf, on, openOf, orderOf, placeOf, refOf, setOrg } from '../../test/rig/order-commands.ts';
import { receiptOf } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { allocations, decisions } from '../budgets/tables.ts';
import type { OrderRequest } from '../orders/order-request.ts';
import { executions } from '../orders/tables.ts';
import type { AccountId } from '../settlement/accounts.ts';
import { defaultMapping } from '../settlement/mapping.ts';
import type { PaymentCommand } from './commands.ts';
import type { ExecutionRef } from './executions.ts';
import type { DecisionRef } from './gate-books.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n, mapping: defaultMapping };
const budget: DecisionRef = { decisionId: 'd-1', bucket: BUCKET };
const ref: ExecutionRef = { ...refOf(orderOf('o')), budget };
const order = (terms: Partial<OrderRequest> = {}): OrderRequest => orderOf('o', { gateDecisionId: 'd-1', ...terms });
const place = (terms: Partial<OrderRequest> = {}, attempt = 1): PaymentCommand => ({
  ...placeOf(order(terms), attempt),
  budget,
});
const open = (attempt = 1): PaymentCommand => ({ ...openOf(order(), attempt), budget });

/** A budget of 1,000, of which the gate has reserved 700 for `d-1`; a buyer with money, unless said otherwise. */
function stage({
  money = 1_000n,
  offer = {},
}: { money?: bigint; offer?: Parameters<typeof offerOf>[0] } = {}): StrictDecisions {
  const bridge = new StrictDecisions(policy);
  if (money > 0n) bridge.run(receiptOf('r', BUYER as AccountId, money));
  for (const command of [setOrg, offerOf(offer), ...budgetOf(1_000n), gateOf('d-1', 700n)])
    assert.equal(bridge.run(command).code, null);
  return bridge;
}

type Counters = readonly [reserved: bigint, committed: bigint, received: bigint];

/** Decision and bucket say the same, or somebody counted without the other. */
function held(bridge: StrictDecisions): Counters {
  const [bucket, decision] = [bridge.row(allocations, BUCKET)!, bridge.row(decisions, 'd-1')!];
  const counters = [bucket, decision].map((row): Counters => [
    row.reserved_cents,
    row.committed_cents,
    row.received_cents,
  ]);
  assert.deepEqual(counters[0], counters[1]);
  return counters[0]!;
}

const resultOf = (answer: string): unknown => (JSON.parse(answer) as { result?: unknown }).result;

test('the reservation is the order’s, then a commitment of its price, then received', () => {
  const bridge = stage();
  assert.deepEqual(held(bridge), [700n, 0n, 0n]);
  bridge.run(place());
  assert.deepEqual(held(bridge), [700n, 0n, 0n]);
  assert.equal(bridge.row(decisions, 'd-1')?.order_id, 'o');
  assert.equal(resultOf(bridge.run(open()).answer), 'opened-execution');
  assert.deepEqual(held(bridge), [0n, 600n, 0n]);
  bridge.run(on.result(ref));
  bridge.run(on.accept(ref));
  assert.deepEqual(held(bridge), [0n, 0n, 600n]);
  assert.equal(bridge.row(decisions, 'd-1')?.state, 'received');
  assert.equal(bridge.row(executions, 'exec-o-1')?.budget_bucket, BUCKET);
});

const ends: readonly [what: string, commands: readonly PaymentCommand[], held: Counters, state: string][] = [
  ['a refund gives it back', [on.result(ref, 'failed')], [0n, 0n, 0n], 'cancelled'],
  ['the operator’s refund', [on.refund(ref)], [0n, 0n, 0n], 'cancelled'],
  ['a dispute leaves it (J8)', [on.result(ref), on.dispute(ref)], [0n, 600n, 0n], 'committed'],
  ['resolved for the payer', [on.dispute(ref), on.resolve(ref, 'payer')], [0n, 0n, 0n], 'cancelled'],
  ['resolved for the payee', [on.dispute(ref), on.resolve(ref, 'payee')], [0n, 0n, 600n], 'received'],
];

for (const [what, commands, counters, state] of ends) {
  test(`J8: ${what}`, () => {
    const bridge = stage();
    for (const command of [place(), open(), ...commands]) assert.equal(bridge.run(command).code, null);
    assert.deepEqual(held(bridge), counters);
    assert.equal(bridge.row(decisions, 'd-1')?.state, state);
  });
}

test('J8: a provider who declines gives it back, with the hold', () => {
  const bridge = stage({ offer: { autoAccept: false } });
  for (const command of [place(), open(), on.providerDecline(ref)]) assert.equal(bridge.run(command).code, null);
  assert.deepEqual(held(bridge), [0n, 0n, 0n]);
});

test('S-33: an order that is rejected gives the reservation back, and takes it again when it passes', () => {
  const bridge = stage({ money: 0n });
  assert.equal(resultOf(bridge.run(place()).answer), 'rejected');
  assert.deepEqual(held(bridge), [0n, 0n, 0n]);
  bridge.run(receiptOf('r', BUYER as AccountId, 1_000n));
  bridge.run(place({}, 2));
  assert.deepEqual(held(bridge), [700n, 0n, 0n]);
  assert.equal(resultOf(bridge.run(open(2)).answer), 'opened-execution');
  assert.deepEqual(held(bridge), [0n, 600n, 0n]);
});

for (const to of ['locked', 'closed'] as const)
  test(`B-23, S-33: an order that was rejected takes nothing again from a period that was ${to} meanwhile`, () => {
    const bridge = stage({ money: 0n });
    bridge.run(place());
    bridge.run(receiptOf('r', BUYER as AccountId, 1_000n));
    assert.equal(bridge.run(periodOf(to, '2026-11', 'budget-1')).code, null);
    const again = bridge.run(place({}, 2));
    assert.equal(resultOf(again.answer), 'rejected');
    assert.match(again.answer, new RegExp(`the period is ${to}: ask the gate again`));
    assert.deepEqual(held(bridge), [0n, 0n, 0n]);
  });

test('S-23: an execution that cannot be opened gives the reservation back with the hold', () => {
  const bridge = stage();
  bridge.run(place());
  bridge.run({ type: 'withdraw-offer', offerId: 'offer-1', reason: null, actor: 'provider' });
  assert.equal(resultOf(bridge.run(open()).answer), 'rejected');
  assert.deepEqual(held(bridge), [0n, 0n, 0n]);
});

test('a reservation that went back and was taken by others is not there any more', () => {
  const bridge = stage({ money: 0n });
  bridge.run(place());
  bridge.run(gateOf('d-2', 900n));
  bridge.run(receiptOf('r', BUYER as AccountId, 1_000n));
  const again = bridge.run(place({}, 2));
  assert.match(again.answer, /no longer free/);
});

const refusals: readonly [what: string, terms: Partial<OrderRequest>, reason: RegExp, left: Counters][] = [
  ['a price above it, and it goes back', { units: 4n }, /less than the price/, [0n, 0n, 0n]],
  [
    'another merchant, who changes nothing',
    { subjectKind: 'participant', subjectId: 'alice' },
    /no decision d-1/,
    [700n, 0n, 0n],
  ],
  ['another decision than was looked up', { gateDecisionId: 'd-9' }, /no decision d-9/, [700n, 0n, 0n]],
];

for (const [what, terms, reason, left] of refusals) {
  test(`S-33: a gate decision does not allow ${what}`, () => {
    const bridge = stage({ money: 10_000n });
    bridge.run(receiptOf('r2', 'account:participant:alice' as AccountId, 10_000n));
    const command = placeOf(order(terms));
    const known = terms.gateDecisionId === undefined ? budget : null;
    const { answer, code } = bridge.run({ ...command, budget: known });
    assert.equal(code, null);
    assert.equal((JSON.parse(answer) as { classifier: unknown }).classifier, 'other-reason');
    assert.match(answer, reason);
    assert.deepEqual(held(bridge), left);
  });
}

test('B-27: an order that is rejected anyway takes nothing from the merchant whose decision it names', () => {
  const bridge = stage();
  const foreign = orderOf('o', { gateDecisionId: 'd-1', subjectKind: 'participant', subjectId: 'nobody' });
  const { answer } = bridge.run({ ...placeOf(foreign), budget });
  assert.match(answer, /settlement-blocked/);
  assert.deepEqual(held(bridge), [700n, 0n, 0n]);
});

const document = { context: { poId: 'po-1', transferId: null, orderId: null } };
const asked = (decisionId: string, cents: bigint, current: DecisionRef[] = []): PaymentCommand => ({
  ...gateOf(decisionId, cents, document),
  current,
});

test('B-05: what an order stands on is not amended', () => {
  const bridge = stage();
  bridge.run(asked('d-2', 100n));
  const second: DecisionRef = { decisionId: 'd-2', bucket: BUCKET };
  bridge.run({ ...placeOf(orderOf('p', { gateDecisionId: 'd-2', units: 0n })), budget: second });
  assert.equal(bridge.row(decisions, 'd-2')?.order_id, 'p');
  assert.equal(bridge.run(asked('d-3', 90n, [second])).code, 'amount_fixed');
});

test('B-05: a document that has a new decision is not taken back by the order that let go of the former', () => {
  const bridge = new StrictDecisions(policy);
  for (const command of [setOrg, offerOf(), ...budgetOf(1_000n), asked('d-1', 700n)]) bridge.run(command);
  assert.match(bridge.run(place()).answer, /settlement-blocked/);
  assert.equal(bridge.run(asked('d-2', 250n, [budget])).code, null);
  bridge.run(receiptOf('r', BUYER as AccountId, 1_000n));
  assert.match(bridge.run(place({}, 2)).answer, /is replaced: ask the gate again/);
});

test('a reservation lasts as long as its order, whatever the time', () => {
  const bridge = stage();
  assert.notEqual(bridge.row(decisions, 'd-1')?.due_at, null);
  bridge.run(place());
  assert.equal(bridge.row(decisions, 'd-1')?.due_at, null);
});

test('J8: while an order runs on a decision, nobody else says what becomes of it', () => {
  const bridge = stage();
  const report = (kind: 'commit' | 'cancel' | 'receive' | 'return', reportId: string): PaymentCommand => ({
    type: 'report-decision',
    reportId,
    decisionId: 'd-1',
    merchant: 'acme',
    bucket: BUCKET,
    kind,
    amountCents: null,
    final: false,
    reference: null,
    actor: 'buyer',
  });
  bridge.run(place());
  for (const kind of ['commit', 'cancel', 'receive'] as const)
    assert.equal(bridge.run(report(kind, `early-${kind}`)).code, 'invalid_report');
  bridge.run(open());
  const { code, answer } = bridge.run(report('cancel', 'late'));
  assert.deepEqual([code, (JSON.parse(answer) as { reason: unknown }).reason], ['invalid_report', 'held_by_order']);
  for (const command of [on.result(ref), on.accept(ref)]) bridge.run(command);
  assert.deepEqual(held(bridge), [0n, 0n, 600n]);
  assert.equal(bridge.run(report('return', 'sent back')).code, null, 'what came may be sent back');
});

test('S-33: a decision is good for one order', () => {
  const bridge = stage({ money: 10_000n });
  bridge.run(place());
  const second = placeOf(orderOf('p', { gateDecisionId: 'd-1' }));
  assert.match(bridge.run({ ...second, budget }).answer, /another order/);
  assert.deepEqual(held(bridge), [700n, 0n, 0n], 'and the second one took nothing away');
});

const NEXT = { decisionId: 'd-1', bucket: 'acme|2026-12|' };

/** The period was closed, and the late order has rolled on into the next one. */
function roll(bridge: StrictDecisions): void {
  for (const command of [
    periodOf('closed', '2026-11', 'budget-1'),
    {
      type: 'roll-order',
      ...budget,
      merchant: 'acme',
      from: '2026-11',
      to: '2026-12',
      path: [''],
      allocationId: 'a-2',
      actor: 'f',
    } as const,
  ])
    assert.equal(bridge.run(command).code, null);
}

const heldNext = (bridge: StrictDecisions): readonly bigint[] => {
  const { reserved_cents, committed_cents, received_cents } = bridge.row(allocations, NEXT.bucket)!;
  return [reserved_cents, committed_cents, received_cents];
};

const laterEnds: readonly [what: string, ending: (ref: ExecutionRef) => PaymentCommand, next: Counters][] = [
  ['released', on.accept, [0n, 0n, 600n]],
  ['refunded', on.refund, [0n, 0n, 0n]],
];

for (const [what, ending, next] of laterEnds) {
  test(`B-21, J8: an order whose budget has rolled on is ${what} where the budget is; who looked before that looks again`, () => {
    const bridge = stage();
    for (const command of [place(), open(), on.result(ref)]) bridge.run(command);
    roll(bridge);
    assert.deepEqual(heldNext(bridge), [0n, 600n, 0n]);
    assert.equal(bridge.run(ending(ref)).code, 'stale');
    assert.equal(bridge.run(ending({ ...ref, budget: NEXT })).code, null);
    assert.deepEqual(heldNext(bridge), next);
  });
}

test('B-21: an order whose budget rolls on while it is placed is not rejected for it', () => {
  const bridge = stage();
  bridge.run(place());
  roll(bridge);
  assert.equal(bridge.run(open()).code, 'stale');
  assert.equal(resultOf(bridge.run({ ...openOf(order()), budget: NEXT }).answer), 'opened-execution');
  assert.deepEqual(heldNext(bridge), [0n, 600n, 0n]);
  const early = stage();
  roll(early);
  assert.equal(early.run(place()).code, 'stale');
  assert.equal(early.run({ ...placeOf(order()), budget: NEXT }).code, null);
});
