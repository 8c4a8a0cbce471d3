/** B-20, B-23: budgets from draft to revision, and merchants with their hierarchy. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gateOf } from '../../test/rig/budget-commands.ts';
import {
  activateOf,
  draftOf,
  merchantOf,
  MERCHANT,
  periodOf,
  policyCommand,
  reviseOf,
} from '../../test/rig/plan-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { alerts, allocations, budgetRevisions, budgets, merchants, periods } from '../budgets/tables.ts';
import type { PaymentCommand } from './commands.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };
const WHOLE = 'acme|2026-11|';

function played(...commands: readonly PaymentCommand[]): StrictDecisions {
  const desk = new StrictDecisions(policy);
  for (const command of commands) assert.equal(desk.run(command).code, null, command.type);
  return desk;
}

const outcome = (desk: StrictDecisions, command: PaymentCommand): string => {
  const { code, replayed } = desk.run(command);
  return code ?? (replayed === true ? 'replayed' : 'done');
};

suite('B-22 merchants', () => {
  test('what moves categories counts the version of the hierarchy, a new name does not', () => {
    const desk = played(merchantOf());
    const version = (): bigint | undefined => desk.row(merchants, MERCHANT)?.hierarchy_version;
    assert.equal(outcome(desk, merchantOf()), 'replayed');
    assert.equal(outcome(desk, { ...merchantOf(), name: 'Else' } as PaymentCommand), 'done');
    assert.equal(version(), 1n);
    assert.equal(outcome(desk, merchantOf([])), 'done');
    assert.equal(outcome(desk, { ...merchantOf([]), yearEnd: '06-30' } as PaymentCommand), 'done');
    assert.equal(version(), 3n);
  });
});

suite('B-23 a budget', () => {
  test('is frozen on activation, and on order enters as commitments', () => {
    const desk = played(draftOf('b-1', { amount: 140n, openToBuy: 110n }), activateOf('b-1'));
    assert.equal(desk.row(budgets, 'b-1')?.original_cents, 140n);
    const bucket = desk.row(allocations, WHOLE);
    assert.deepEqual([bucket?.allocated_cents, bucket?.committed_cents, bucket?.budget_id], [140n, 30n, 'b-1']);
    assert.deepEqual(
      [desk.row(periods, 'acme|2026-11')?.budget_id, desk.row(periods, 'acme|2026-11')?.basis],
      ['b-1', 'cost'],
    );
    assert.equal(desk.row(budgetRevisions, 'b-1:1')?.amount_cents, 140n);
  });

  test('revised: the original stays, each revision is kept, overbought is allowed and flagged', () => {
    const desk = played(draftOf('b-1', { amount: 140n, openToBuy: 110n }), activateOf('b-1'));
    const { answer, code } = desk.run(reviseOf('b-1', 20n));
    assert.equal(code, null);
    assert.match(answer, /"below_committed":true/);
    assert.deepEqual(
      [desk.row(budgets, 'b-1')?.original_cents, desk.row(budgetRevisions, 'b-1:2')?.amount_cents],
      [140n, 20n],
    );
    assert.equal(desk.row(alerts, `${WHOLE}|threshold`)?.level, 'overbought');
    assert.match(desk.run(reviseOf('b-1', 20n)).answer, /"below_committed":true/);
    assert.equal(outcome(desk, reviseOf('b-1', 200n)), 'done');
    assert.equal(desk.row(alerts, `${WHOLE}|threshold`)?.state, 'closed');
  });

  test('B-20 revised: what is on order from before moves by the difference; an amount alone leaves it', () => {
    const desk = played(draftOf('b-1', { amount: 140n, openToBuy: 110n }), activateOf('b-1'));
    const figures = (answer: string): unknown[] => {
      const said = JSON.parse(answer) as Readonly<Record<string, unknown>>;
      return [said['open_to_buy_cents'], said['planned_open_to_buy_cents'], said['below_committed']];
    };
    const committed = (): bigint | undefined => desk.row(allocations, WHOLE)?.committed_cents;
    assert.deepEqual(figures(desk.run(reviseOf('b-1', 140n, '2026-11', 50n)).answer), [90, 90, false]);
    assert.equal(committed(), 50n);
    assert.deepEqual(figures(desk.run(reviseOf('b-1', 40n)).answer), [-10, -10, true]);
    assert.equal(committed(), 50n);
    assert.equal(outcome(desk, reviseOf('b-1', 40n, '2026-11', 50n)), 'replayed');
    assert.deepEqual(figures(desk.run(reviseOf('b-1', 40n, '2026-11', 0n)).answer), [40, 40, false]);
    assert.equal(committed(), 0n);
  });

  test('R12: what a JSON number could not tell any more is not planned', () => {
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    const desk = played(draftOf('b-1', { amount: 0n }), activateOf('b-1'));
    assert.equal(outcome(desk, reviseOf('b-1', 0n, '2026-11', most)), 'done');
    assert.equal(outcome(desk, reviseOf('b-1', -most, '2026-11', most)), 'invalid_amount');
  });

  test('R12: nor does a budget come into force over what the gate holds, where both together could not be told', () => {
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    const draft = draftOf('b-1', { amount: 0n, openToBuy: -most });
    const desk = played(policyCommand('track', []), gateOf('d-1', 1n), draft);
    assert.equal(outcome(desk, activateOf('b-1')), 'invalid_amount');
    assert.equal(desk.row(allocations, WHOLE)?.allocated_cents, 0n);
    assert.equal(outcome(desk, reviseOf('b-1', 0n, '2026-11', most - 1n)), 'done');
    assert.equal(outcome(desk, activateOf('b-1')), 'done');
  });

  test('a draft is revised without leaving revisions', () => {
    const desk = played(draftOf('b-1'), reviseOf('b-1', 7n));
    assert.deepEqual([desk.row(budgets, 'b-1')?.amount_cents, desk.row(budgets, 'b-1')?.revision], [7n, 0n]);
    assert.equal(desk.row(allocations, WHOLE), undefined);
  });

  // prettier-ignore
  const refusals: readonly [what: string, before: readonly PaymentCommand[], command: PaymentCommand, outcome: string][] = [
    ['drafted again',             [draftOf('b-1')],                                            draftOf('b-1'),                          'replayed'],
    ['of another currency',       [merchantOf()],                                              draftOf('b-1', { currency: 'USD' }),     'currency_mismatch'],
    ['of another basis',          [draftOf('b-1'), activateOf('b-1')],                         draftOf('b-2', { basis: 'retail' }),     'basis_mismatch'],
    ['activated again',           [draftOf('b-1'), activateOf('b-1')],                         activateOf('b-1'),                       'replayed'],
    ['a second in the period',    [draftOf('b-1'), draftOf('b-2'), activateOf('b-1')],         activateOf('b-2'),                       'budget_exists'],
    ['a second of another basis', [draftOf('b-1'), draftOf('b-2', { basis: 'retail' }), activateOf('b-1')], activateOf('b-2'),        'basis_mismatch'],
    ['that is not there',         [],                                                          activateOf('b-1'),                       'budget_not_found'],
    ['of another period',         [draftOf('b-1')],                                            activateOf('b-1', '2026-12'),            'budget_not_found'],
    ['revised, not there',        [],                                                          reviseOf('b-1', 5n),                     'budget_not_found'],
    ['drafted in a locked period', [periodOf('locked', '2026-11', null)],                      draftOf('b-1'),                          'period_locked'],
    ['activated in a closed one', [draftOf('b-1'), periodOf('closed', '2026-11', null)],       activateOf('b-1'),                       'period_closed'],
    ['revised in a locked one',   [draftOf('b-1'), activateOf('b-1'), periodOf('locked', '2026-11', 'b-1')], reviseOf('b-1', 5n),       'period_locked'],
  ];
  for (const [what, before, command, expected] of refusals)
    test(`${what}: ${expected}`, () => assert.equal(outcome(played(...before), command), expected));

  test('under a key: the same answer again, and other content is a conflict', () => {
    const keyed = { key: 'budget:k:1', request: '{"amount_cents":100}' };
    const desk = played(draftOf('b-1', { keyed }));
    assert.equal(outcome(desk, draftOf('b-2', { keyed })), 'replayed');
    const other = desk.run(draftOf('b-2', { keyed: { ...keyed, request: '{"amount_cents":5}' } }));
    assert.deepEqual([other.code, other.answer.includes('"fields":["amount_cents"]')], ['idempotency_conflict', true]);
    assert.equal(desk.row(budgets, 'b-2'), undefined);
  });
});
