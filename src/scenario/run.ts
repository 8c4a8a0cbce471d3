/** Runs scenarios one after the other and gathers their results; the driver as a function. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../base/failure.ts';
import type { Databases } from './databases.ts';
import { Findings } from './findings.ts';
import { passed, scenarioLines } from './report.ts';
import { nameOf, runScenario, type Result, type Running, type Scenario } from './scenario.ts';
import { killAllServers } from './server-process.ts';
import type { DriverSettings, Env } from './settings.ts';

export interface Run {
  readonly scenarios: readonly Scenario[];
  readonly settings: DriverSettings;
  readonly env: Env;
  /** Starts a server; the flags of `purser serve` are appended. */
  readonly command?: readonly string[];
  /** A rail that runs already. */
  readonly running?: Running;
  /** Where servers of the driver keep their data; undefined: in SQLite files. Those of a failed scenario stay. */
  readonly databases?: Databases;
  /** How many all-in-one servers share one database; one unless said otherwise. */
  readonly servers?: number;
  /** What `database-cut` does instead of cutting connections. */
  readonly cutDatabase?: () => Promise<void>;
  /** Where servers of the driver keep their data and logs; those of a failed scenario stay. */
  readonly directory: string;
  /** Progress and results, a line at a time. */
  readonly say: (line: string) => void;
}

const productCommand = [join(import.meta.dirname, '..', '..', 'bin', 'purser'), 'serve'] as const;

export async function runScenarios(run: Run): Promise<readonly Result[]> {
  const { scenarios, settings, say } = run;
  const results: Result[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    say(`SCENARIO ${index + 1}/${scenarios.length} ${nameOf(scenario)} seed=${settings.seed}`);
    const directory = join(run.directory, `${index + 1}.${nameOf(scenario).replaceAll('/', '.')}`);
    const result = await runOne(run, scenario, directory);
    results.push(result);
    for (const line of scenarioLines(result)) say(line);
    if (passed(result)) {
      rmSync(directory, { recursive: true, force: true });
      await run.databases?.drop();
    } else if (run.running === undefined) {
      const kept = run.databases?.keep() ?? [];
      say(`  data and logs of its servers: ${[directory, ...kept].join(', ')}`);
    }
  }
  return results;
}

/** A scenario that cannot be driven to its end has failed: a server that does not come back is a finding, too. */
async function runOne(run: Run, scenario: Scenario, directory: string): Promise<Result> {
  const { settings, running, databases, cutDatabase, servers = 1, say } = run;
  const startedMs = performance.now();
  try {
    return await runScenario(scenario, {
      settings,
      directory,
      env: running === undefined ? withoutRail(run.env) : run.env,
      command: run.command ?? productCommand,
      ...(running === undefined ? {} : { running }),
      ...(databases === undefined ? {} : { databases }),
      ...(cutDatabase === undefined ? {} : { cutDatabase }),
      servers,
      say: (line) => say(`  ... ${line}`),
    });
  } catch (error) {
    const findings = new Findings();
    findings.add('answers', nameOf(scenario), reasonOf(error));
    return {
      ...scenario,
      findings,
      references: 0,
      answers: 0,
      unanswered: 0,
      latenciesMs: [],
      stats: {},
      balances: new Map(),
      opening: 0n,
      tookMs: performance.now() - startedMs,
    };
  }
}

/** Servers of the driver get their BANK_* from the workload, not from whoever calls the driver. */
function withoutRail(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:BANK|PURSER)_/.test(name)));
}

/** A directory for a run, and the end of everything that the run started and keeps there or in databases. */
export function temporaryDirectory(databases?: Databases): {
  readonly path: string;
  readonly remove: () => Promise<void>;
} {
  const path = mkdtempSync(join(tmpdir(), 'purser-scenario-'));
  return {
    path,
    async remove() {
      await killAllServers();
      rmSync(path, { recursive: true, force: true });
      await databases?.drop();
    },
  };
}
