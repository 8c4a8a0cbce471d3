/** Every workload under every fault on either deployment, with a seed that is printed and may be given: `SEED=7`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planScenarios } from '../../src/scenario/plan.ts';
import { profiles } from '../../src/scenario/profiles.ts';
import { nameOf } from '../../src/scenario/scenario.ts';
import { workloads } from '../../src/scenario/workloads/workloads.ts';
import { drive, lines } from '../faults/drive.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);

const matrix = Object.keys(workloads).flatMap((workload) => [
  ...planScenarios({ workload, running: false }),
  ...Object.keys(profiles).flatMap((fault) => planScenarios({ workload, fault, running: false })),
]);

suite(`scenario matrix, seed ${seed}`, { concurrency: 2 }, () => {
  for (const scenario of matrix) {
    test(nameOf(scenario), async () => {
      assert.deepEqual(lines(await drive(scenario, seed)), []);
    });
  }
});
