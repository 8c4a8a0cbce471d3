/** The scenario driver on the product: a few workloads and faults on either deployment; the whole matrix is beside it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nameOf, type Scenario } from '../../src/scenario/scenario.ts';
import { drive, lines } from '../faults/drive.ts';

const scenarios: readonly Scenario[] = [
  { deployment: 'all-in-one', workload: 'velocity', fault: 'none' },
  { deployment: 'split', workload: 'mixed-day', fault: 'none' },
  { deployment: 'all-in-one', workload: 'mixed-day', fault: 'server-killed' },
  { deployment: 'all-in-one', workload: 'retry-after-success', fault: 'loss' },
  { deployment: 'split', workload: 'conservation', fault: 'full-partition' },
  { deployment: 'split', workload: 'doubled-keys', fault: 'correlated-loss' },
];

suite('scenarios', () => {
  for (const scenario of scenarios) {
    test(nameOf(scenario), async () => {
      const result = await drive(scenario, 7);
      assert.deepEqual(lines(result), []);
      assert.ok(result.references > 0 && result.findings.rows > 0, 'a scenario that moves nothing shows nothing');
    });
  }
});
