/** B-26: a file is taken as a whole or not at all, and what stands in the way names its line. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activateOf, draftOf, merchantOf, MERCHANT, periodOf } from '../../test/rig/plan-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { allocations, budgets, periods } from '../budgets/tables.ts';
import type { ImportBudgetsCommand, ImportedPeriod } from './budget-import.ts';
import type { PaymentCommand } from './commands.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

type Line = readonly [category: string, amount: bigint, holdback?: bigint];

/** Lines from 2 on, over the plan as it is. */
function partOf(desk: StrictDecisions, lines: readonly Line[], over: Partial<ImportedPeriod> = {}): ImportedPeriod {
  const period = over.period ?? '2026-11';
  const state = desk.row(periods, `acme|${period}`);
  return {
    period,
    firstDay: `${period}-01`,
    planned: ['', 'apparel', 'shoes', 'boots', 'home'],
    periodVersion: state?.version ?? 0n,
    basis: null,
    currency: null,
    activeBudgetId: state?.budget_id ?? null,
    newBudgetId: `new-${period}`,
    lines: lines.map(([category, amount, holdback], i) => ({
      line: i + 2,
      category,
      amount,
      holdback: holdback ?? null,
      allocationId: `a-${period}-${category}`,
    })),
    ...over,
  };
}

const importOf = (...parts: readonly ImportedPeriod[]): ImportBudgetsCommand => ({
  type: 'import-budgets',
  merchantId: MERCHANT,
  hierarchyVersion: 1n,
  periods: parts,
  actor: 'planner',
});

function deskAfter(...commands: readonly PaymentCommand[]): StrictDecisions {
  const desk = new StrictDecisions(policy);
  for (const command of [merchantOf(), ...commands]) assert.equal(desk.run(command).code, null);
  return desk;
}

test('B-26: budgets are made active, split and revised, and the same file again changes nothing', () => {
  const desk = deskAfter();
  const first = desk.run(
    importOf(
      partOf(desk, [
        ['boots', 10n],
        ['', 100n, 5n],
        ['apparel', 40n],
      ]),
      partOf(desk, [['', 7n]], { period: '2026-12' }),
    ),
  );
  assert.match(first.answer, /"rows":4,"budgets_created":2,"budgets_revised":0,"allocations_set":2/);
  assert.equal(desk.row(budgets, 'new-2026-11')?.status, 'active');
  const [whole, apparel] = ['', 'apparel'].map((each) => desk.row(allocations, `acme|2026-11|${each}`));
  assert.deepEqual([whole?.children_cents, whole?.holdback_cents, apparel?.children_cents], [40n, 5n, 10n]);
  assert.equal(
    desk.run(
      importOf(
        partOf(desk, [
          ['', 100n],
          ['apparel', 40n],
        ]),
      ),
    ).replayed,
    true,
  );
  const revised = desk.run(
    importOf(
      partOf(desk, [
        ['', 90n],
        ['apparel', 50n],
      ]),
    ),
  );
  assert.match(revised.answer, /"budgets_revised":1,"allocations_set":1/);
  assert.deepEqual(
    [desk.row(budgets, 'new-2026-11')?.original_cents, desk.row(budgets, 'new-2026-11')?.amount_cents],
    [100n, 90n],
  );
});

test('B-20: a plan that is overwritten by an amount keeps what was on order', () => {
  const desk = deskAfter(draftOf('b-1', { amount: 100n, openToBuy: 70n }), activateOf('b-1'));
  desk.run(importOf(partOf(desk, [['', 120n]])));
  assert.deepEqual(
    [desk.row(budgets, 'b-1')?.open_to_buy_cents, desk.row(allocations, 'acme|2026-11|')?.committed_cents],
    [90n, 30n],
  );
});

suite('B-26 refused with its line, and nothing is taken', () => {
  const active = [draftOf('b-1'), activateOf('b-1')];
  // prettier-ignore
  const rows: readonly [what: string, before: readonly PaymentCommand[], lines: readonly Line[], over: Partial<ImportedPeriod>, code: string, line: number | undefined][] = [
    ['more than there is',       [],     [['', 100n], ['home', 60n], ['apparel', 50n]], {}, 'exceeds_parent',    4],
    ['less than was given away', [],     [['', 100n], ['apparel', 10n], ['boots', 20n]], {}, 'exceeds_parent',   4],
    ['less than is held back',   [],     [['', 100n, 101n]],                             {}, 'below_children',   2],
    ['no such category',         active, [['home', 1n], ['hats', 1n]],                   {}, 'unknown_category', 3],
    ['no budget',                [],     [['home', 1n]],                                 {}, 'budget_not_active', 2],
    ['another basis',            active, [['home', 1n]],             { basis: 'retail' },    'basis_mismatch',   2],
    ['another currency',         active, [['home', 1n]],             { currency: 'USD' },    'currency_mismatch', 2],
    ['a locked period',          [...active, periodOf('locked', '2026-11', 'b-1')], [['home', 1n]], {}, 'period_locked', 2],
    ['a plan that has changed',  active, [['home', 1n]],             { periodVersion: 0n },  'stale',            undefined],
    ['a budget that came',       active, [['home', 1n]],             { activeBudgetId: null }, 'stale',          undefined],
  ];
  for (const [what, before, lines, over, code, line] of rows)
    test(`${what}: ${code}`, () => {
      const desk = deskAfter(...before);
      const facts = desk.facts.length;
      const good = partOf(desk, [['', 5n]], { period: '2026-12' });
      const decided = desk.run(importOf(good, partOf(desk, lines, over)));
      assert.deepEqual([decided.code, (JSON.parse(decided.answer) as { line?: number }).line], [code, line]);
      assert.equal(desk.facts.length, facts);
      assert.equal(desk.row(budgets, 'new-2026-12'), undefined);
    });
});
