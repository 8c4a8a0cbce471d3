/** B-23: periods open, locked and closed, with their budget. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activateOf, draftOf, periodOf } from '../../test/rig/plan-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { budgets, periods } from '../budgets/tables.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

suite('B-23 periods', () => {
  // prettier-ignore
  const rows: readonly [moves: readonly ('locked' | 'open' | 'closed')[], outcomes: string[], period: string, budget: string][] = [
    [['locked'],                     ['done'],                          'locked', 'locked'],
    [['locked', 'locked'],           ['done', 'replayed'],              'locked', 'locked'],
    [['locked', 'open'],             ['done', 'done'],                  'open',   'active'],
    [['open'],                       ['replayed'],                      'open',   'active'],
    [['closed', 'closed'],           ['done', 'replayed'],              'closed', 'closed'],
    [['closed', 'open'],             ['done', 'period_closed'],         'closed', 'closed'],
    [['locked', 'closed', 'locked'], ['done', 'done', 'period_closed'], 'closed', 'closed'],
  ];
  for (const [moves, outcomes, period, budget] of rows)
    test(moves.join(', '), () => {
      const desk = new StrictDecisions(policy);
      desk.run(draftOf('b-1'));
      desk.run(activateOf('b-1'));
      const found = moves.map((to) => {
        const { code, replayed } = desk.run(periodOf(to, '2026-11', 'b-1'));
        return code ?? (replayed === true ? 'replayed' : 'done');
      });
      assert.deepEqual(found, outcomes);
      assert.equal(desk.row(periods, 'acme|2026-11')?.status, period);
      assert.equal(desk.row(budgets, 'b-1')?.status, budget);
    });

  test('a period that nobody has planned can be closed, too, and who did it and why is told', () => {
    const desk = new StrictDecisions(policy);
    assert.equal(desk.run(periodOf('open', '2026-11', null)).replayed, true);
    assert.equal(desk.run(periodOf('closed', '2026-11', null)).code, null);
    assert.match(desk.facts.at(-1)?.body ?? '', /"actor":"planner","reason":"why","from":"open"/);
  });

  test('a budget that came in between: look again', () => {
    const desk = new StrictDecisions(policy);
    desk.run(draftOf('b-1'));
    desk.run(activateOf('b-1'));
    assert.equal(desk.run(periodOf('locked', '2026-11', null)).code, 'stale');
  });
});
