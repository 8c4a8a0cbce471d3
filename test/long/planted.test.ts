/**
 * The driver finds bugs: some are planted by wiring a server differently, and each must be reported by the invariant it
 * breaks. The same scenario passes with the product's own wiring, so it is the bug that is found and not the fault.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { sharedPostgres } from '../rig/postgres.ts';
import { drive, lines, type Driven } from '../faults/drive.ts';

interface Planted {
  readonly bug: string;
  readonly program: string;
  readonly scenario: Scenario;
  /** So many servers on one PostgreSQL database; without a number, SQLite. */
  readonly servers?: number;
  readonly broken: readonly string[];
}

const planted: readonly Planted[] = [
  {
    bug: 'a late credit after the compensation',
    program: 'late-credit.ts',
    scenario: { deployment: 'split', workload: 'conservation', fault: 'reordering' },
    broken: ['I1', 'I6'],
  },
  {
    bug: 'keys that a restart forgets',
    program: 'keys-in-memory.ts',
    scenario: { deployment: 'all-in-one', workload: 'doubled-keys', fault: 'server-killed' },
    broken: ['I5'],
  },
  {
    bug: 'keys that each of three servers remembers for itself',
    program: 'keys-in-memory.ts',
    scenario: { deployment: 'all-in-one', workload: 'doubled-keys', fault: 'none' },
    servers: 3,
    broken: ['I5'],
  },
  {
    bug: 'a compensation that is given up',
    program: 'compensation-given-up.ts',
    scenario: { deployment: 'split', workload: 'doubled-keys', fault: 'correlated-loss' },
    broken: ['I1', 'I3'],
  },
];

/** A fault strikes by chance: a bug that needs two calls of one transfer to be late may get away once, not three times. */
const SEEDS = [42, 43, 44];

/** The checks that have complained by the time that all of `broken` have, or after the last seed. */
async function complaints({ program, scenario, servers, broken }: Planted): Promise<string[]> {
  const found = new Set<string>();
  const bug = { program: join(import.meta.dirname, '..', 'planted', program) };
  for (const seed of SEEDS) {
    const { findings } = await drive(scenario, seed, { ...bug, ...(await setting(servers)) });
    for (const { check } of findings.list) found.add(check);
    if (broken.every((check) => found.has(check))) break;
  }
  return [...found];
}

async function setting(servers: number | undefined): Promise<Driven> {
  return servers === undefined ? {} : { store: (await sharedPostgres()).url('postgres'), servers };
}

suite('planted bugs', () => {
  for (const one of planted) {
    test(`${one.bug} is found`, async () => {
      const found = await complaints(one);
      for (const check of one.broken) assert.ok(found.includes(check), `${check} is not in ${found.join(', ')}`);
    });

    test(`without ${one.bug}, the same scenario passes`, async () => {
      assert.deepEqual(lines(await drive(one.scenario, 42, await setting(one.servers))), []);
    });
  }
});
