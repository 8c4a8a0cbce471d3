/**
 * Every workload under every fault on either deployment, on SQLite and on PostgreSQL, there also with three servers on one
 * database; with a seed that is printed and may be given: `SEED=7`.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planScenarios } from '../../src/scenario/plan.ts';
import { profiles } from '../../src/scenario/profiles.ts';
import { nameOf, type Scenario } from '../../src/scenario/scenario.ts';
import { workloads } from '../../src/scenario/workloads/workloads.ts';
import { drive, lines } from '../faults/drive.ts';
import { Postgres, sharedPostgres } from '../rig/postgres.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);

interface On {
  readonly database: boolean;
  readonly servers: number;
}

function faultsOn({ database, servers }: On): string[] {
  return Object.keys(profiles).filter((fault) => {
    const { split, 'all-in-one': alone } = profiles[fault]!.on;
    const treatments = servers > 1 ? [alone] : [alone, split];
    return treatments.some((one) => one !== undefined && (database || one.databaseCuts === undefined));
  });
}

function matrix(on: On): Scenario[] {
  return Object.keys(workloads).flatMap((workload) => [
    ...planScenarios({ ...on, workload, running: false }),
    ...faultsOn(on).flatMap((fault) => planScenarios({ ...on, workload, fault, running: false })),
  ]);
}

suite(`scenario matrix on SQLite, seed ${seed}`, { concurrency: 2 }, () => {
  for (const scenario of matrix({ database: false, servers: 1 })) {
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

suite(`the primary is killed and started again under every workload, seed ${seed}`, () => {
  for (const workload of Object.keys(workloads)) {
    test(workload, async () => {
      const primary = await Postgres.start({ durable: true });
      const result = await drive({ deployment: 'all-in-one', workload, fault: 'database-cut' }, seed, {
        store: primary.url('postgres'),
        servers: 3,
        async cutDatabase() {
          await primary.kill();
          await primary.start();
        },
      });
      assert.deepEqual(lines(result), []);
      await primary.stop();
    });
  }
});
