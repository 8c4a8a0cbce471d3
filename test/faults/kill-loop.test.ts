/** A few rounds of the kill loop; two hundred are in test/long. */
import { test } from 'node:test';
import { runKillLoop, seedFrom } from './kill-loop.ts';

const seed = seedFrom(process.env);

const loops = [
  { deployment: 'all-in-one', engine: 'SQLite', rounds: 3 },
  { deployment: 'split', engine: 'SQLite', rounds: 1 },
  { deployment: 'all-in-one', engine: 'PostgreSQL', rounds: 2 },
  { deployment: 'split', engine: 'PostgreSQL', rounds: 1 },
] as const;

for (const loop of loops) {
  test(`P-45 killed under load on ${loop.engine} (${loop.deployment}): every transfer ends, and nothing is lost`, async (t) => {
    await runKillLoop({ ...loop, seed, tell: (line) => t.diagnostic(line) });
  });
}
