/** S-20: every pair of states, as a table that the specification can be read against. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decideMove, reserves, type HoldTarget } from './hold-moves.ts';
import type { HoldState } from './tables.ts';

suite('S-20 moves', () => {
  // prettier-ignore
  const rows: readonly [from: HoldState, to: HoldTarget, outcome: string][] = [
    ['active',   'released', 'append'], ['active',   'refunded', 'append'], ['active',   'frozen', 'append'], ['active',   'voided', 'append'],
    ['frozen',   'released', 'append'], ['frozen',   'refunded', 'append'], ['frozen',   'frozen', 'replay'], ['frozen',   'voided', 'frozen -> voided'],
    ['released', 'released', 'replay'], ['released', 'refunded', 'released -> refunded'], ['released', 'frozen', 'released -> frozen'], ['released', 'voided', 'released -> voided'],
    ['refunded', 'released', 'refunded -> released'], ['refunded', 'refunded', 'replay'], ['refunded', 'frozen', 'refunded -> frozen'], ['refunded', 'voided', 'refunded -> voided'],
    ['voided',   'released', 'voided -> released'], ['voided', 'refunded', 'voided -> refunded'], ['voided', 'frozen', 'voided -> frozen'], ['voided', 'voided', 'replay'],
  ];
  for (const [from, to, outcome] of rows) {
    test(`${from} to ${to}: ${outcome}`, () => {
      const decision = decideMove(from, to);
      const told = decision.outcome === 'invalid_transition' ? `${decision.from} -> ${decision.to}` : decision.outcome;
      assert.equal(told, outcome);
    });
  }
});

test('S-22 active and frozen reserve, the others do not', () => {
  const states: HoldState[] = ['active', 'frozen', 'released', 'refunded', 'voided'];
  assert.deepEqual(states.map(reserves), [true, true, false, false, false]);
});
