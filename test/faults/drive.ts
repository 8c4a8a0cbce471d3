/** Runs one scenario of the driver in this process, with its servers' data in a directory that goes away with the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Databases } from '../../src/scenario/databases.ts';
import { runScenarios } from '../../src/scenario/run.ts';
import type { Result, Scenario } from '../../src/scenario/scenario.ts';
import { readDriverSettings } from '../../src/scenario/settings.ts';

export interface Driven {
  /** A server to drive instead of the product. */
  readonly program?: string;
  /** A PostgreSQL database beside which the scenario's own are made; without it the servers use SQLite. */
  readonly store?: string;
  /** All-in-one servers on one database. */
  readonly servers?: number;
  /** What befalls the database under `database-cut`. */
  readonly cutDatabase?: () => Promise<void>;
}

export async function drive(scenario: Scenario, seed: number, driven: Driven = {}): Promise<Result> {
  const { program, store, ...rest } = driven;
  const directory = mkdtempSync(join(tmpdir(), 'purser-test-'));
  try {
    const [result] = await runScenarios({
      scenarios: [scenario],
      settings: readDriverSettings({ BANK_SETTLE_S: '10' }, String(seed)),
      env: process.env,
      directory,
      say: () => {},
      ...(program === undefined ? {} : { command: [process.execPath, program] }),
      ...(store === undefined ? {} : { databases: new Databases(store) }),
      ...rest,
    });
    if (result === undefined) throw new Error('a scenario has a result');
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Findings as lines, for messages of assertions. */
export function lines({ findings }: Result): string[] {
  return findings.list.map(({ check, subject, message }) => `${check} ${subject}: ${message}`);
}
