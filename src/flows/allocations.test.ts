/** B-22, B-23: shares of categories, refused with numbers, and only on the plan that was seen. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activateOf, allocationOf, draftOf, merchantOf, periodOf, reviseOf } from '../../test/rig/plan-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { allocations, periods } from '../budgets/tables.ts';
import type { SetAllocationCommand } from './allocations.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

/** A desk with a budget of 100, which sees its plan before each allocation. */
class Desk extends StrictDecisions {
  readonly planned: string[] = [];

  constructor() {
    super(policy);
    for (const command of [merchantOf(), draftOf('b-1'), activateOf('b-1')]) assert.equal(this.run(command).code, null);
  }

  allocate(
    category: string,
    terms: Partial<SetAllocationCommand> = {},
  ): { name: string; told: Record<string, unknown> } {
    const periodVersion = this.row(periods, 'acme|2026-11')?.version ?? 0n;
    const { code, replayed, answer } = this.run(
      allocationOf(category, { planned: [...this.planned], periodVersion, ...terms }),
    );
    if (code === null) this.planned.push(category);
    const name = code ?? (replayed === true ? 'replayed' : 'done');
    return { name, told: JSON.parse(answer) as Record<string, unknown> };
  }

  children(category: string): bigint | undefined {
    return this.row(allocations, `acme|2026-11|${category}`)?.children_cents;
  }
}

suite('B-22 an allocation', () => {
  test('is taken from the nearest above, and more than is there is refused with numbers', () => {
    const desk = new Desk();
    assert.equal(desk.allocate('apparel', { amount: 60n }).name, 'done');
    assert.equal(desk.allocate('boots', { amount: 10n }).name, 'done');
    assert.deepEqual([desk.children(''), desk.children('apparel')], [60n, 10n]);
    const { name, told } = desk.allocate('home', { amount: 41n });
    assert.equal(name, 'exceeds_parent');
    const { requested_cents: requested, available_cents: available, parent_cents: parent } = told;
    assert.deepEqual([requested, available, parent, told['parent_category']], [41, 40, 100, null]);
    const below = desk.allocate('apparel', { mode: 'change', amount: 9n });
    assert.deepEqual([below.name, below.told['children_cents']], ['below_children', 10]);
    assert.equal(desk.run(reviseOf('b-1', 59n)).code, 'below_children');
  });

  // prettier-ignore
  const rows: readonly [what: string, category: string, terms: Partial<SetAllocationCommand>, outcome: string][] = [
    ['the same again',                'home',    { amount: 10n },                                    'replayed'],
    ['made with another amount',      'home',    { amount: 11n },                                    'allocation_exists'],
    ['changed',                       'home',    { amount: 11n, mode: 'change' },                    'done'],
    ['its holdback alone',            'home',    { amount: null, holdback: 3n, mode: 'change' },     'done'],
    ['more held back than there is',  'home',    { amount: null, holdback: 11n, mode: 'change' },    'below_children'],
    ['changed, not there',            'apparel', { mode: 'change' },                                 'allocation_not_found'],
    ['of no category',                'hats',    {},                                                 'unknown_category'],
    ['of no budget',                  'apparel', { budgetId: 'b-9' },                                'budget_not_found'],
    ['the merchant-wide one',         '',        { amount: 50n, mode: 'change' },                    'allocation_exists'],
    ['holdback of the merchant-wide', '',        { amount: null, holdback: 90n, mode: 'change' },    'done'],
    ['more of it than is left',       '',        { amount: null, holdback: 91n, mode: 'change' },    'below_children'],
    ['on a plan that has changed',    'apparel', { periodVersion: 1n },                              'stale'],
    ['in a hierarchy that has',       'apparel', { hierarchyVersion: 0n },                           'stale'],
  ];
  for (const [what, category, terms, expected] of rows)
    test(`${what}: ${expected}`, () => {
      const desk = new Desk();
      desk.allocate('home');
      assert.equal(desk.allocate(category, terms).name, expected);
    });

  test('of a draft, and in a locked period', () => {
    const desk = new Desk();
    desk.run(draftOf('b-2', { period: '2026-12' }));
    const december = { budgetId: 'b-2', period: '2026-12', periodVersion: 0n };
    assert.equal(desk.allocate('home', december).name, 'budget_not_active');
    desk.run(periodOf('locked', '2026-11', 'b-1'));
    assert.equal(desk.allocate('home').name, 'period_locked');
  });

  test('B-23: lower than what is committed is allowed, and flagged', () => {
    const desk = new Desk();
    desk.run(reviseOf('b-1', 100n));
    desk.run(draftOf('b-2', { period: '2026-12', amount: 50n, openToBuy: 10n }));
    desk.run(activateOf('b-2', '2026-12'));
    const version = desk.row(periods, 'acme|2026-12')?.version ?? 0n;
    const { told } = desk.allocate('home', { budgetId: 'b-2', period: '2026-12', periodVersion: version, amount: 40n });
    assert.equal(told['below_committed'], false);
    const whole = desk.row(allocations, 'acme|2026-12|');
    assert.deepEqual([whole?.committed_cents, whole?.children_cents, whole?.alert_level], [40n, 40n, 4n]);
  });

  test('under a key: the same answer again, whatever has become of it', () => {
    const desk = new Desk();
    const keyed = { key: 'allocation:k:1', request: '{}' };
    const first = desk.allocate('home', { keyed });
    desk.allocate('home', { mode: 'change', amount: 20n });
    assert.deepEqual(desk.allocate('home', { keyed }), { ...first, name: 'replayed' });
  });
});
