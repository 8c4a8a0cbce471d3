/**
 * Every workload under every fault on either deployment, on SQLite and on PostgreSQL, there also with three servers on one
 * database; with a seed that is printed and may be given: `SEED=7`.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planScenarios, type Choice } from '../../src/scenario/plan.ts';
import { profiles } from '../../src/scenario/profiles.ts';
import { nameOf, type Scenario } from '../../src/scenario/scenario.ts';
import { workloads } from '../../src/scenario/workloads/workloads.ts';
import { drive, lines } from '../faults/drive.ts';
import { sharedPostgres } from '../rig/postgres.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);

function matrix(on: Omit<Choice, 'running'>): Scenario[] {
  const faults = Object.entries(profiles).filter(
    ([
      ,
      {
        on: { split, 'all-in-one': alone },
      },
    ]) =>
      [alone, split].some(
        (treatment) => treatment !== undefined && (on.database || treatment.databaseCuts === undefined),
      ),
  );
  return Object.keys(workloads).flatMap((workload) => [
    ...planScenarios({ ...on, workload, running: false }),
    ...faults.flatMap(([fault]) => planScenarios({ ...on, workload, fault, running: false })),
  ]);
}

suite(`scenario matrix on SQLite, seed ${seed}`, { concurrency: 2 }, () => {
  for (const scenario of matrix({})) {
    test(nameOf(scenario), async () => {
      assert.deepEqual(lines(await drive(scenario, seed)), []);
    });
  }
});

for (const servers of [1, 3]) {
  suite(`scenario matrix on PostgreSQL with ${servers} servers, seed ${seed}`, { concurrency: 2 }, () => {
    for (const scenario of matrix({ database: true, servers })) {
      test(nameOf(scenario), async () => {
        const store = (await sharedPostgres()).url('postgres');
        assert.deepEqual(lines(await drive(scenario, seed, { store, servers })), []);
      });
    }
  });
}
