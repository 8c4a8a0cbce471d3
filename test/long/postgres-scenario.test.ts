/** The scenario driver with several servers on PostgreSQL, whose servers and connections are killed. The whole matrix is in test/long. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { nameOf, type Scenario } from '../../src/scenario/scenario.ts';
import { Postgres, sharedPostgres } from '../rig/postgres.ts';
import { drive, lines, type Driven } from '../faults/drive.ts';

const scenarios: readonly (Scenario & { readonly servers: number })[] = [
  { deployment: 'all-in-one', workload: 'conservation', fault: 'none', servers: 3 },
  { deployment: 'split', workload: 'mixed-day', fault: 'none', servers: 1 },
  { deployment: 'all-in-one', workload: 'doubled-keys', fault: 'server-killed', servers: 3 },
  { deployment: 'split', workload: 'conservation', fault: 'ledger-killed', servers: 1 },
  { deployment: 'all-in-one', workload: 'conservation', fault: 'database-cut', servers: 2 },
];

async function passes(scenario: Scenario, driven: Driven): Promise<void> {
  const result = await drive(scenario, 7, driven);
  assert.deepEqual(lines(result), []);
  assert.ok(result.references > 0 && result.findings.rows > 0, 'a scenario that moves nothing shows nothing');
}

suite('scenarios on PostgreSQL', () => {
  for (const scenario of scenarios) {
    const { servers } = scenario;
    test(`${nameOf(scenario)} with ${servers} servers`, async () => {
      const postgres = await sharedPostgres();
      await passes(scenario, { store: postgres.url('postgres'), servers });
      const left = `select datname from pg_database where datname like 'purser_scenario_%'`;
      assert.deepEqual(await postgres.query('postgres', left), [], 'and leaves no database behind');
    });
  }

  const storm: Scenario = { deployment: 'all-in-one', workload: 'conservation', fault: 'database-cut' };

  test('the primary is killed and started again, three times, under three servers', async () => {
    const primary = await Postgres.start({ durable: true });
    let kills = 0;
    await passes(storm, {
      store: primary.url('postgres'),
      servers: 3,
      async cutDatabase() {
        kills += 1;
        await primary.kill();
        await primary.start();
      },
    });
    assert.ok(kills > 0);
    await primary.stop();
  });

  for (const deployment of ['all-in-one', 'split'] as const) {
    test(`the primary is killed and its standby takes over (${deployment})`, async () => {
      const primary = await Postgres.start({ durable: true });
      const standby = await primary.standby();
      let failedOver = false;
      await passes(
        { ...storm, deployment },
        {
          store: `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`,
          servers: deployment === 'split' ? 1 : 2,
          async cutDatabase() {
            if (failedOver) return;
            failedOver = true;
            await primary.kill();
            await standby.promote();
          },
        },
      );
      assert.ok(failedOver);
      await standby.stop();
    });
  }
});
