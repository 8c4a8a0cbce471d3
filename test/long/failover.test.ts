/**
 * Random failovers under load: the primary is killed and started again, killed or paused and replaced by its standby, its
 * standby or the network goes away for a while. FAILOVER_SEED=n repeats a run, FAILOVER_ROUNDS=n makes it shorter or longer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../faults/load.ts';
import { Callers } from '../rig/callers.ts';
import { PostgresLink } from '../rig/postgres-link.ts';
import { Postgres } from '../rig/postgres.ts';
import { assertRailSound } from '../rig/rail-sound.ts';
import { startServers } from '../rig/servers.ts';
import { until } from '../rig/until.ts';

const seed = Number(process.env['FAILOVER_SEED'] ?? Date.now() % 100_000);
const rounds = Number(process.env['FAILOVER_ROUNDS'] ?? 20);
const random = seededRandom(seed);

/** Two hosts as the servers know them, whichever of them is the primary now. */
class Pair {
  primary: Postgres;
  standby: Postgres;
  /** Where the primary can be reached, and where the standby. */
  links: [PostgresLink, PostgresLink];

  constructor(primary: Postgres, standby: Postgres, links: [PostgresLink, PostgresLink]) {
    this.primary = primary;
    this.standby = standby;
    this.links = links;
  }

  async restart(): Promise<void> {
    await this.primary.kill();
    await this.primary.start();
  }

  async replace(): Promise<void> {
    await this.primary.kill();
    await this.#promote();
  }

  /** The old primary comes back and still takes itself for the primary: without its standby it confirms nothing. */
  async replacePaused(resumed: () => Promise<void>): Promise<void> {
    const old = this.primary;
    old.pause();
    await this.standby.promote();
    old.resume();
    await resumed();
    await old.kill();
    await this.#renew();
  }

  async loseStandby(meanwhile: () => Promise<void>): Promise<void> {
    this.standby.pause();
    await meanwhile();
    this.standby.resume();
  }

  cut(): void {
    for (const link of this.links) link.cutAll();
  }

  async #promote(): Promise<void> {
    await this.standby.promote();
    await this.#renew();
  }

  /** What was the standby is the primary, and gets one of its own in the place of the old primary. */
  async #renew(): Promise<void> {
    this.primary = this.standby;
    this.standby = await this.primary.standby();
    this.links.reverse();
    this.links[1].lead(this.standby.url(''));
  }
}

const deeds = ['restart', 'replace', 'replacePaused', 'loseStandby', 'cut'] as const;

test(`${rounds} failovers, seed ${seed}`, async (t) => {
  const primary = await Postgres.start();
  const url = await primary.createDatabase();
  const { pathname } = new URL(url);
  const standby = await primary.standby();
  const links: Pair['links'] = [await PostgresLink.start(primary.url('')), await PostgresLink.start(standby.url(''))];
  const pair = new Pair(primary, standby, links);
  const [one, other] = links.map((link) => new URL(link.through(url)).host);
  const servers = await startServers(`postgres://postgres@${one},${other}${pathname}`, 2);
  const gateways = servers.map(({ gateway }) => gateway);
  t.after(async () => {
    await Promise.all(servers.map(({ process }) => process.kill()));
    await Promise.all(links.map((link) => link.close()));
    await Promise.all([pair.primary.kill(), pair.standby.kill()]);
  });
  const callers = new Callers(gateways, `seed-${seed}`);
  callers.start(8);
  const further = async (count: number): Promise<void> => {
    const goal = callers.outcomes.size + count;
    await until(`${count} further outcomes`, () => callers.outcomes.size >= goal || callers.complaints.length > 0);
  };
  // With no answer for a moment, everybody is at something that cannot be told yet.
  const quiet = async (): Promise<void> => {
    let before = -1;
    await until('nobody is answered', () => {
      const same = callers.outcomes.size === before;
      before = callers.outcomes.size;
      return same;
    });
  };
  await further(50);
  for (let round = 1; round <= rounds; round++) {
    const deed = deeds[random(deeds.length)]!;
    t.diagnostic(`round ${round}: ${deed} after ${callers.outcomes.size} outcomes`);
    if (deed === 'replacePaused' || deed === 'loseStandby') await pair[deed](quiet);
    else await pair[deed]();
    await further(50 + random(100));
    assert.deepEqual(callers.complaints, []);
  }
  await callers.stop();
  await callers.askAgain();
  assert.deepEqual(callers.complaints, []);
  t.diagnostic(`${callers.outcomes.size} keys, ${callers.refused} refusals`);
  await assertRailSound(pair.primary.url(pathname.slice(1)), callers.outcomes);
  for (const { process } of servers) assert.equal(await process.stop(), 0);
});
