/** Ten rounds of the kill loop; two hundred are in test/long. */
import { test } from 'node:test';
import { runKillLoop, seedFrom } from './kill-loop.ts';

const seed = seedFrom(process.env);

test('the server is killed under load and loses nothing', async (t) => {
  await runKillLoop({ deployment: 'all-in-one', rounds: 7, seed, tell: (line) => t.diagnostic(line) });
});

test('P-45 payment gateway or ledger is killed under load: every transfer ends, and nothing is lost', async (t) => {
  await runKillLoop({ deployment: 'split', rounds: 3, seed, tell: (line) => t.diagnostic(line) });
});
