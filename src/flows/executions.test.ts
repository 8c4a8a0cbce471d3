/** S-34 and S-35 at the level of commands: execution, hold, accounts, outbox and receipt move together. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BUCKET, budgetOf, gateOf } from '../../test/rig/budget-commands.ts';
import {
  BUYER,
  HOUR_NS,
  offerOf,
  on,
  openOf,
  orderOf,
  placeOf,
  PROVIDER,
  refOf,
  setOrg,
} from '../../test/rig/order-commands.ts';
import { receiptOf } from '../../test/rig/settlement-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { disputes, executions, offerQueues } from '../orders/tables.ts';
import type { OrderRequest } from '../orders/order-request.ts';
import { executionView } from '../orders/wire.ts';
import type { AccountId } from '../settlement/accounts.ts';
import { defaultMapping } from '../settlement/mapping.ts';
import { holdMoves, holds, ledgerAccounts, movements } from '../settlement/tables.ts';
import type { PaymentCommand } from './commands.ts';
import { disputeIdOf, type ExecutionRef } from './executions.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n, mapping: defaultMapping };
const DAY_NS = 24n * HOUR_NS;
const ref = refOf(orderOf('o'));

type Answer = Record<string, unknown>;
const answerOf = (text: string): Answer => JSON.parse(text) as Answer;

/** An execution of 600 from 1,000. */
function opened(offer: Parameters<typeof offerOf>[0] = {}, order: Partial<OrderRequest> = {}): StrictDecisions {
  const bridge = new StrictDecisions(policy);
  bridge.run(receiptOf('r', BUYER as AccountId, 1_000n));
  for (const command of [setOrg, offerOf(offer), placeOf(orderOf('o', order)), openOf(orderOf('o'))])
    bridge.run(command);
  return bridge;
}

function money(bridge: StrictDecisions): readonly bigint[] {
  const [buyer, provider] = [bridge.row(ledgerAccounts, BUYER), bridge.row(ledgerAccounts, PROVIDER)];
  return [buyer?.available ?? 0n, buyer?.held ?? 0n, provider?.available ?? 0n];
}

const forPayer = (each: ExecutionRef): PaymentCommand => on.resolve(each, 'payer');
const forPayee = (each: ExecutionRef): PaymentCommand => on.resolve(each, 'payee');
const failed = (each: ExecutionRef): PaymentCommand => on.result(each, 'failed');
const lost = (each: ExecutionRef): PaymentCommand => on.result(each, 'dispatch-error');
const completed = (each: ExecutionRef): PaymentCommand => on.result(each);

type Event = (each: ExecutionRef) => PaymentCommand;

// prettier-ignore
const ways: readonly [what: string, asked: boolean, events: readonly Event[], state: string, hold: string, receipt: string, money: readonly bigint[], movement: string | undefined][] = [
  ['completed',                    false, [completed],                             'awaiting-acceptance', 'active',   'pending',          [400n, 600n, 0n],  undefined],
  ['the payer accepts',            false, [completed, on.accept],                  'released',            'released', 'settled',          [400n, 0n, 600n],  'payout_available -> settlement_bank'],
  ['the payer rejects',            false, [completed, on.reject],                  'rejected',            'refunded', 'terminal',         [1_000n, 0n, 0n],  undefined],
  ['the provider failed',          false, [failed],                                'failed',              'refunded', 'terminal',         [1_000n, 0n, 0n],  undefined],
  ['never dispatched',             false, [lost],                                  'failed',              'refunded', 'terminal',         [1_000n, 0n, 0n],  undefined],
  ['the operator releases',        false, [on.release],                            'released',            'released', 'settled',          [400n, 0n, 600n],  'payout_available -> settlement_bank'],
  ['the operator refunds',         false, [completed, on.refund],                  'rejected',            'refunded', 'terminal',         [1_000n, 0n, 0n],  undefined],
  ['disputed',                     false, [completed, on.dispute],                 'disputed',            'frozen',   'pending',          [400n, 600n, 0n],  'payout_available -> dispute_reserve'],
  ['the arbiter is for the payer', false, [completed, on.dispute, forPayer],       'rejected',            'refunded', 'terminal-dispute', [1_000n, 0n, 0n],  'dispute_reserve -> payout_available'],
  ['the arbiter is for the payee', false, [completed, on.dispute, forPayee],       'released',            'released', 'terminal-dispute', [400n, 0n, 600n],  'dispute_reserve -> settlement_bank'],
  ['an operator ends a dispute',   false, [completed, on.dispute, on.release],     'released',            'released', 'terminal-dispute', [400n, 0n, 600n],  'dispute_reserve -> settlement_bank'],
  ['the provider is asked',        true,  [],                                      'awaiting-provider',   'active',   'pending',          [400n, 600n, 0n],  undefined],
  ['the provider accepts',         true,  [on.providerAccept],                     'opened',              'active',   'pending',          [400n, 600n, 0n],  undefined],
  ['the provider declines',        true,  [on.providerDecline],                    'rejected',            'voided',   'terminal',         [1_000n, 0n, 0n],  undefined],
];

suite('S-34, J2 what becomes of execution, hold, receipt, money and outbox', () => {
  for (const [what, asked, events, state, hold, receipt, expected, movement] of ways) {
    test(`${what}: ${state}, hold ${hold}`, () => {
      const bridge = opened({ autoAccept: !asked });
      for (const event of events) assert.equal(bridge.run(event(ref)).code, null);
      const row = bridge.row(executions, 'exec-o-1')!;
      assert.deepEqual([row.state, row.receipt, bridge.row(holds, 'hold-o-1')?.state], [state, receipt, hold]);
      assert.deepEqual(money(bridge), expected);
      const outbox = bridge.row(movements, `hold:hold-o-1:${hold}`);
      assert.equal(outbox && `${outbox.src} -> ${outbox.dst}`, movement);
      const facts = bridge.facts.length;
      for (const event of events.slice(-1)) assert.equal(bridge.run(event(ref)).replayed, true, 'R14 again');
      assert.equal(bridge.facts.length, facts);
    });
  }
});

suite('S-34 results', () => {
  test('the same again is already present, whatever has become of it; another one is refused', () => {
    const bridge = opened();
    assert.equal(answerOf(bridge.run(on.result(ref)).answer)['outcome'], 'recorded');
    for (const next of [on.accept(ref), on.accept(ref)]) {
      assert.equal(answerOf(bridge.run(on.result(ref)).answer)['outcome'], 'already_present');
      const { code, answer } = bridge.run(on.result(ref, 'completed', { pages: 4 }));
      assert.equal(code, 'result_conflict');
      assert.match(String(answerOf(answer)['recorded_digest']), /^[0-9a-f]{64}$/);
      bridge.run(next);
    }
  });

  test('S-32 a result frees its place in the queue, a dispute over missing work does not', () => {
    const bridge = opened();
    const depth = (): bigint | undefined => bridge.row(offerQueues, 'offer-1')?.depth;
    assert.equal(depth(), 1n);
    bridge.run(on.dispute(ref));
    assert.equal(depth(), 1n);
    bridge.run(forPayer(ref));
    assert.equal(depth(), 0n);
  });
});

suite('S-34 deadlines', () => {
  // prettier-ignore
  const rows: readonly [what: string, events: readonly Event[], waitNs: bigint, state: string][] = [
    ['work is late by nothing yet',            [],                       7n * DAY_NS - HOUR_NS, 'opened'],
    ['work-by passes',                         [],                       7n * DAY_NS,           'expired'],
    ['work-by acts only before completion',    [completed],              DAY_NS - HOUR_NS,      'awaiting-acceptance'],
    ['auto-release passes',                    [completed],              DAY_NS,                'released'],
    ['a dispute blocks auto-release',          [completed, on.dispute],  30n * DAY_NS,          'disputed'],
    ['nothing comes after the end',            [completed, on.reject],   30n * DAY_NS,          'rejected'],
  ];
  for (const [what, events, waitNs, state] of rows) {
    test(`${what}: ${state}`, () => {
      const bridge = opened();
      for (const event of events) bridge.run(event(ref));
      bridge.at += waitNs;
      const { code } = bridge.run(on.deadline(ref));
      assert.equal(bridge.row(executions, 'exec-o-1')?.state, state);
      assert.equal(code, ['expired', 'released'].includes(state) ? null : 'not_due');
      assert.equal(bridge.run(on.deadline(ref)).code, 'not_due', 'once');
    });
  }

  test('to the instant', () => {
    const bridge = opened();
    const due = bridge.row(executions, 'exec-o-1')!.due_at!;
    bridge.at = due - 1n;
    assert.equal(bridge.run(on.deadline(ref)).code, 'not_due');
    bridge.at = due;
    assert.equal(bridge.run(on.deadline(ref)).code, null);
  });

  test('S-23, R3 a provider who is never heard of: refunded, with the reason', () => {
    const bridge = opened({ autoAccept: false });
    bridge.at += 7n * DAY_NS;
    bridge.run(on.deadline(ref));
    assert.deepEqual(money(bridge), [1_000n, 0n, 0n]);
    assert.equal(bridge.row(holds, 'hold-o-1')?.state, 'refunded');
    assert.match(bridge.row(holdMoves, 'hold-o-1:2')?.reason ?? '', /^work-by 19/);
  });

  test('a dispute after its time is refused', () => {
    const deadlines = { workBy: null, acceptBy: null, disputeBy: 5n * DAY_NS, autoReleaseAfter: 9n * DAY_NS };
    const bridge = opened({}, { deadlines });
    bridge.run(on.result(ref));
    bridge.at = 5n * DAY_NS;
    assert.equal(bridge.run(on.dispute(ref)).code, 'dispute_window_closed');
  });
});

suite('of two that cannot both be, one wins and the other hears from where it could not go', () => {
  // prettier-ignore
  const rows: readonly [what: string, before: readonly Event[], first: Event, second: Event, refused: object][] = [
    ['accept, reject',             [completed],             on.accept,   on.reject,    { from: 'released', to: 'rejected' }],
    ['reject, accept',             [completed],             on.reject,   on.accept,    { from: 'rejected', to: 'released' }],
    ['two arbiters',               [completed, on.dispute], forPayer,    forPayee,     { from: 'rejected', to: 'released' }],
    ['two arbiters, turned round', [completed, on.dispute], forPayee,    forPayer,     { from: 'released', to: 'rejected' }],
    ['accept, dispute',            [completed],             on.accept,   on.dispute,   { from: 'released', to: 'disputed' }],
    ['dispute, result',            [],                      on.dispute,  completed,    { from: 'disputed', to: 'awaiting-acceptance' }],
    ['refund, result',             [],                      on.refund,   completed,    { from: 'rejected', to: 'awaiting-acceptance' }],
  ];
  for (const [what, before, first, second, refused] of rows) {
    test(what, () => {
      const bridge = opened();
      for (const event of [...before, first]) assert.equal(bridge.run(event(ref)).code, null);
      const { code, answer } = bridge.run(second(ref));
      assert.deepEqual([code, answerOf(answer)], ['invalid_transition', { error: 'invalid_transition', ...refused }]);
    });
  }

  test('freeze against auto-release, either way', () => {
    for (const [first, second, code] of [
      [on.dispute, on.deadline, 'not_due'],
      [on.deadline, on.dispute, 'invalid_transition'],
    ] as const) {
      const bridge = opened();
      bridge.run(on.result(ref));
      bridge.at += DAY_NS;
      assert.equal(bridge.run(first(ref)).code, null);
      assert.equal(bridge.run(second(ref)).code, code);
    }
  });
});

test('an execution or a dispute that nobody knows', () => {
  const bridge = new StrictDecisions(policy);
  for (const command of [on.accept(ref), on.deadline(ref), on.result(ref), on.dispute(ref)])
    assert.equal(bridge.run(command).code, 'execution_not_found');
  assert.equal(bridge.run(forPayer(ref)).code, 'dispute_not_found');
});

test('S-35 lineage is in the execution and in its receipt; the hold names both', () => {
  const bridge = new StrictDecisions(policy);
  const order = orderOf('o', { gateDecisionId: 'decision-1' });
  const budget = { decisionId: 'decision-1', bucket: BUCKET };
  bridge.run(receiptOf('r', BUYER as AccountId, 1_000n));
  for (const command of [setOrg, offerOf(), ...budgetOf(1_000n), gateOf('decision-1', 600n)]) bridge.run(command);
  bridge.run({ ...placeOf(order), budget });
  bridge.run({ ...openOf(order), budget });
  const lineage = {
    offer_id: 'offer-1',
    offer_seq: 1,
    order_id: 'o',
    run_id: 'run-1',
    phase_id: 'phase-1',
    hold_id: 'hold-o-1',
    gate_decision_id: 'decision-1',
  };
  const view = executionView(bridge.row(executions, 'exec-o-1')!);
  const pick = (from: unknown): object =>
    Object.fromEntries(Object.keys(lineage).map((name) => [name, (from as Answer)[name]]));
  assert.deepEqual(pick(view), lineage);
  assert.deepEqual(pick(view['receipt']), lineage);
  const { order_id: orderId, contract_id: contractId } = bridge.row(holds, 'hold-o-1')!;
  assert.deepEqual([orderId, contractId], ['o', 'exec-o-1']);
});

test('S-34 an open dispute says since when it waits, and its end by whom it was resolved', () => {
  const bridge = opened();
  bridge.run(on.result(ref));
  const { at } = bridge;
  bridge.run(on.dispute(ref));
  const open = bridge.row(disputes, disputeIdOf('exec-o-1'))!;
  assert.deepEqual([open.state, open.opened_at, open.opened_by, open.reason], ['open', at, 'buyer', 'why']);
  bridge.run(forPayee(ref));
  const { state, in_favour_of: side, resolved_by: by } = bridge.row(disputes, disputeIdOf('exec-o-1'))!;
  assert.deepEqual([state, side, by], ['resolved', 'payee', 'operator']);
});
