/**
 * The driver finds bugs: three are planted by wiring a server differently, and each must be reported by the invariant it
 * breaks. The same scenario passes with the product's own wiring, so it is the bug that is found and not the fault.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { drive, lines } from './drive.ts';

interface Planted {
  readonly bug: string;
  readonly program: string;
  readonly scenario: Scenario;
  readonly broken: readonly string[];
}

const planted: readonly Planted[] = [
  {
    bug: 'a late credit after the compensation',
    program: 'late-credit.ts',
    scenario: { deployment: 'split', workload: 'conservation', fault: 'reordering' },
    broken: ['I1', 'I6'],
  },
  {
    bug: 'keys that a restart forgets',
    program: 'keys-in-memory.ts',
    scenario: { deployment: 'all-in-one', workload: 'doubled-keys', fault: 'server-killed' },
    broken: ['I5'],
  },
  {
    bug: 'a compensation that is given up',
    program: 'compensation-given-up.ts',
    scenario: { deployment: 'split', workload: 'doubled-keys', fault: 'correlated-loss' },
    broken: ['I1', 'I3'],
  },
];

suite('planted bugs', () => {
  for (const { bug, program, scenario, broken } of planted) {
    test(`${bug} is found`, async () => {
      const result = await drive(scenario, 42, join(import.meta.dirname, '..', 'planted', program));
      const found = new Set<string>(result.findings.list.map(({ check }) => check));
      for (const invariant of broken)
        assert.ok(found.has(invariant), `${invariant} is not in ${[...found].join(', ')}`);
    });

    test(`without ${bug}, the same scenario passes`, async () => {
      assert.deepEqual(lines(await drive(scenario, 42)), []);
    });
  }
});
