/** One scenario: a deployment, a workload, a fault; from the first process to the last comparison. */
import { parseAnswer } from './answers.ts';
import { Caller, type Patience } from './caller.ts';
import type { Databases } from './databases.ts';
import { joinDeployment, Proxies, startDeployment, type Deployment } from './deployment.ts';
import { examine } from './examine.ts';
import { Findings } from './findings.ts';
import type { Ledger } from './ledger.ts';
import { Load, type Workload } from './load.ts';
import { faultEnvironment, profiles, type DeploymentKind, type Treatment } from './profiles.ts';
import { Random } from './random.ts';
import { readRail, type DriverSettings, type Env, type Rail } from './settings.ts';
import { Strike } from './strike.ts';
import type { Address } from '../frames/server.ts';
import { workloads } from './workloads/workloads.ts';

/** Which scenario; `running` is a rail that somebody else started. */
export interface Scenario {
  readonly workload: string;
  readonly fault: string;
  readonly deployment: DeploymentKind | 'running';
}

export const NO_FAULT = 'none';

/** A rail that somebody else runs. */
export interface Running {
  readonly gateway: Address;
  readonly openLedger: () => Ledger;
}

export interface Surroundings {
  readonly settings: DriverSettings;
  /** The environment of servers that the driver starts, without BANK_* and PURSER_*; or of one that runs, with them. */
  readonly env: Env;
  readonly command: readonly string[];
  /** A fresh directory for this scenario's servers. */
  readonly directory: string;
  readonly running?: Running;
  /** Where servers of the driver keep their data; undefined: in SQLite files. */
  readonly databases?: Databases;
  /** How many all-in-one servers share one database. */
  readonly servers: number;
  /** What `database-cut` does instead of cutting connections: whoever owns the database may do worse to it. */
  readonly cutDatabase?: () => Promise<void>;
  /** Progress, a line at a time. */
  readonly say: (line: string) => void;
}

export interface Result extends Scenario {
  readonly findings: Findings;
  readonly references: number;
  readonly answers: number;
  readonly unanswered: number;
  readonly latenciesMs: readonly number[];
  readonly stats: Readonly<Record<string, number>>;
  readonly balances: ReadonlyMap<string, bigint>;
  readonly opening: bigint;
  readonly tookMs: number;
}

/** Limits that are out of the way, unless the workload is about them. */
const roomyEnvironment = {
  BANK_INITIAL_BALANCE: '10000',
  BANK_VELOCITY_LIMIT: '1000000',
  BANK_VELOCITY_WINDOW: '60',
  BANK_SINGLE_TX_LIMIT: '5000',
} as const;

const CALM_PATIENCE: Patience = { attemptMs: 20_000, totalMs: 20_000 };
const FAULT_PATIENCE: Patience = { attemptMs: 2_000, totalMs: 12_000 };
const REFERENCES_UNDER_FAULT = 96;
const PROGRESS_EVERY_MS = 1_000;

export async function runScenario(scenario: Scenario, surroundings: Surroundings): Promise<Result> {
  const calm = scenario.fault === NO_FAULT;
  const treatment = treatmentOf(scenario);
  const workload = workloadOf(scenario);
  const env = { ...roomyEnvironment, ...(calm ? {} : faultEnvironment), ...workload.env };
  const random = new Random(`${surroundings.settings.seed}/${nameOf(scenario)}`);
  const rail = readRail(surroundings.running === undefined ? env : surroundings.env);
  const startedMs = performance.now();
  const deployment = await deploy(scenario, surroundings, { env, treatment, random });
  try {
    const ledger = deployment.openLedger();
    try {
      const parts = { scenario, surroundings, workload, treatment, calm, rail, random, deployment, ledger };
      const result = await drive(parts);
      return { ...result, tookMs: performance.now() - startedMs };
    } finally {
      await ledger.close();
    }
  } finally {
    await deployment.stop();
  }
}

interface Parts {
  readonly scenario: Scenario;
  readonly surroundings: Surroundings;
  readonly workload: Workload;
  readonly treatment: Treatment;
  readonly calm: boolean;
  readonly rail: Rail;
  readonly random: Random;
  readonly deployment: Deployment;
  readonly ledger: Ledger;
}

/** Load, fault, recovery, comparison. */
async function drive(parts: Parts): Promise<Omit<Result, 'tookMs'>> {
  const { scenario, surroundings, workload, treatment, calm, rail, random, deployment, ledger } = parts;
  const { settings, say } = surroundings;
  const fresh = surroundings.running === undefined;
  const findings = new Findings();
  const strike = new Strike(treatment, deployment, random.branch('strike'));
  const caller = new Caller({
    addresses: deployment.entrances,
    patience: patienceOf(calm, treatment),
    random: random.branch('caller'),
    onAnswer: (answers) => strike.heard(answers),
  });
  const load = new Load({
    settings,
    rail,
    caller,
    calm,
    fresh,
    random: random.branch('load'),
    gateways: deployment.gateways,
    prefix: `${settings.runId}:${nameOf(scenario)}`,
    referencesMax: treatment.references ?? REFERENCES_UNDER_FAULT,
    object: (subject, message) => findings.add('answers', subject, message),
  });
  await strike.begin();
  await withProgress(() => workload.run(load), caller, say);
  await keepPromise(treatment, { load, ledger, findings, fresh });
  await strike.end();
  const stats = await load.stats();
  expectFailOpen(treatment, { load, findings, stats });
  const references = load.references.all();
  say(`asking ${references.length} references again`);
  const { settleMs } = settings;
  const { gateways } = deployment;
  const balances = await examine({ gateways, ledger, references, rail, settleMs, alone: fresh }, findings);
  for (const death of deployment.deaths()) findings.add('answers', death, 'a server must survive its callers');
  return {
    ...scenario,
    findings,
    references: references.length,
    answers: caller.answers,
    unanswered: caller.unanswered,
    latenciesMs: caller.latenciesMs,
    stats,
    balances,
    opening: rail.opening,
  };
}

export function nameOf({ deployment, workload, fault }: Scenario): string {
  return `${deployment}/${workload}/${fault}`;
}

function workloadOf({ workload }: Scenario): Workload {
  const found = workloads[workload];
  if (found === undefined) throw new RangeError(`there is no workload "${workload}"`);
  return found;
}

function treatmentOf({ fault, deployment }: Scenario): Treatment {
  return profiles[fault]?.on[deployment === 'running' ? 'all-in-one' : deployment] ?? {};
}

function patienceOf(calm: boolean, { patienceMs }: Treatment): Patience {
  if (calm) return CALM_PATIENCE;
  if (patienceMs === undefined) return FAULT_PATIENCE;
  return { attemptMs: patienceMs / 2, totalMs: patienceMs };
}

async function deploy(
  scenario: Scenario,
  { running, command, directory, env: base, databases, servers, cutDatabase }: Surroundings,
  { env, treatment, random }: { readonly env: Env; readonly treatment: Treatment; readonly random: Random },
): Promise<Deployment> {
  const links = treatment.links ?? {};
  const branch = random.branch('links');
  if (running !== undefined) return joinDeployment(running.gateway, running.openLedger, new Proxies(links, branch));
  const deployment = await startDeployment({
    kind: scenario.deployment === 'split' ? 'split' : 'all-in-one',
    command,
    directory,
    links,
    random: branch,
    env: { ...base, ...env },
    databases,
    servers,
  });
  return cutDatabase === undefined ? deployment : { ...deployment, cutDatabase };
}

async function withProgress(run: () => Promise<void>, caller: Caller, say: (line: string) => void): Promise<void> {
  const timer = setInterval(() => say(`${caller.answers} answers, ${caller.unanswered} without`), PROGRESS_EVERY_MS);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
}

/** Behind a partition nothing succeeds, and nothing has moved for good. */
async function keepPromise(
  { promise }: Treatment,
  parts: { readonly load: Load; readonly ledger: Ledger; readonly findings: Findings; readonly fresh: boolean },
): Promise<void> {
  if (promise !== 'no success before it heals') return;
  const { load, ledger, findings, fresh } = parts;
  const successes = load.references.acknowledged();
  if (successes > 0) findings.add('answers', promise, `${successes} references were told a success`);
  const credits = fresh ? await ledger.credits() : 0n;
  if (credits > 0n) findings.add('answers', promise, `${credits} credits were booked`);
}

/** R1, P-40: without risk the transfers go on, refused for nothing but missing funds, and are counted. */
function expectFailOpen(
  { promise }: Treatment,
  { load, findings, stats }: { readonly load: Load; readonly findings: Findings; readonly stats: Result['stats'] },
): void {
  if (promise !== 'risk does not answer and transfers proceed') return;
  for (const { key, finals } of load.references.all()) {
    const outcomes = finals.map(parseAnswer);
    const proceeded = outcomes.length > 0 && outcomes.every(({ ok, error }) => ok || error === 'insufficient_funds');
    if (!proceeded) findings.add('answers', key, `${promise}, but heard ${finals.join(' and ') || 'nothing'}`);
  }
  const counted = stats['risk_timeout'] ?? 0;
  if (counted < load.references.size)
    findings.add('answers', 'STATS', `${counted} risk time-outs for ${load.references.size} references`);
}
