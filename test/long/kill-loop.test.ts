/**
 * Two hundred rounds of the kill loop, each run on a database of its own. KILL_LOOP_SEED=n repeats a run, KILL_LOOP_ROUNDS=n
 * makes it shorter or longer.
 */
import { test } from 'node:test';
import { engines, type Deployment } from '../rig/deployment.ts';
import { runKillLoop, seedFrom } from '../faults/kill-loop.ts';

const seed = seedFrom(process.env);
const rounds = Number(process.env['KILL_LOOP_ROUNDS'] ?? 200);

/** A run's database grows with every round, and so does the time to ask all its keys again. */
const ROUNDS_PER_RUN = 20;

for (let done = 0; done < rounds; done += ROUNDS_PER_RUN) {
  const run = done / ROUNDS_PER_RUN;
  // Two all-in-one, one split: there a round takes longer.
  const deployment: Deployment = run % 3 === 2 ? 'split' : 'all-in-one';
  const engine = engines[run % 2]!;
  const roundsOfRun = Math.min(ROUNDS_PER_RUN, rounds - done);
  test(`${deployment} on ${engine}, rounds ${done + 1} to ${done + roundsOfRun}, seed ${seed + run}`, async (t) => {
    await runKillLoop({
      deployment,
      engine,
      rounds: roundsOfRun,
      seed: seed + run,
      tell: (line) => t.diagnostic(line),
    });
  });
}
