/**
 * The kill loop: servers under load are killed at some moment, started again and asked for every key. No transfer that was
 * acknowledged may be lost, no key may have two outcomes, and `purser verify` must be content each time.
 */
import assert from 'node:assert/strict';
import { Rail, type Deployment, type Engine } from '../rig/deployment.ts';
import { Load, seededRandom, type Random } from './load.ts';
import { failures, verify } from './purser.ts';

const CONNECTIONS = 4;
const DEPTH = 32;

/** Asked again after every round: the keys of the last rounds, and so many of those before. */
const RECENT_ROUNDS = 2;
const OLDER_KEYS = 1_000;

export interface KillLoop {
  readonly deployment: Deployment;
  readonly engine: Engine;
  readonly rounds: number;
  readonly seed: number;
  /** Told how far it is. */
  readonly tell: (line: string) => void;
}

export async function runKillLoop({ deployment, engine, rounds, seed, tell }: KillLoop): Promise<void> {
  const random = seededRandom(seed);
  const rail = await Rail.start(deployment, {}, engine);
  const load = new Load(random, `seed-${seed}`);
  const known: number[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      const victim = rail.programOf(round % 2 === 1 ? 'gateway' : 'ledger');
      await killUnderLoad({ rail, load, random, victim });
      known.push(load.keys.length);
      const recent = load.keys.slice(known.at(-1 - RECENT_ROUNDS) ?? 0);
      const older = Array.from({ length: OLDER_KEYS }, () => load.keys[random(load.keys.length)]!);
      await load.ask(rail.gateway, round === rounds ? load.keys : [...older, ...recent]);
      await check(rail, load);
      tell(
        `${deployment} on ${engine} seed=${seed} round=${round}/${rounds} killed=${victim} keys=${load.keys.length}`,
      );
    }
  } finally {
    await rail.kill();
  }
}

interface Round {
  readonly rail: Rail;
  readonly load: Load;
  readonly random: Random;
  readonly victim: ReturnType<Rail['programOf']>;
}

/** Returns once the load has ended and everything runs again. */
async function killUnderLoad({ rail, load, random, victim }: Round): Promise<void> {
  const killAt = load.answered + 1 + random(1_000);
  const killed = Promise.withResolvers<void>();
  let alive = true;
  const pumps = Array.from({ length: CONNECTIONS }, () =>
    load.pump(rail.gateway, DEPTH, () => {
      if (alive && load.answered >= killAt) {
        alive = false;
        // Not awaited: what is under way must meet a dead server.
        void rail.kill([victim]).then(killed.resolve, killed.reject);
      }
      return alive;
    }),
  );
  await killed.promise;
  await rail.start([victim]);
  await Promise.all(pumps);
}

async function check(rail: Rail, load: Load): Promise<void> {
  assert.deepEqual(load.contradictions, []);
  const answers = [...load.outcomes.values()].map((answer) => (JSON.parse(answer) as { tx_id: string }).tx_id);
  assert.equal(new Set(answers).size, answers.length, 'two keys have one tx_id');
  assert.deepEqual(await movedInLedger(rail), load.succeeded.toSorted());
  const total = Object.values(await rail.balances()).reduce((sum, balance) => sum + balance, 0);
  assert.equal(total, 50_000);
  for (const place of new Set([rail.placeOf('ledger'), rail.placeOf('gateway')])) {
    const report = await verify(place);
    assert.deepEqual([report.code, failures(report)], [0, []]);
    const open = report.checks.find(({ name }) => name === 'I3')?.counted['under_way'] ?? 0;
    assert.equal(open, 0, 'a debit waits for its credit although its key has an outcome');
  }
}

/** The ids under which the ledger has a debit and a credit. */
async function movedInLedger(rail: Rail): Promise<string[]> {
  const sql = `select tx_id from transactions as debit where op = 'debit'
    and exists (select 1 from transactions where tx_id = debit.tx_id and op = 'credit')`;
  const rows = await rail.readLedger(sql);
  return rows.map(({ tx_id: txId }) => String(txId)).toSorted();
}

/** The seed to repeat a run with, or one of today. */
export function seedFrom(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env['KILL_LOOP_SEED'] ?? Date.now() % 1_000_000_000);
}
