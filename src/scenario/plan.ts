/** Which scenarios a run consists of: all of them, or those that the flags name. */
import { deploymentKinds, profiles, type DeploymentKind } from './profiles.ts';
import { NO_FAULT, type Scenario } from './scenario.ts';
import { UsageError } from './settings.ts';
import { workloads } from './workloads/workloads.ts';

export interface Choice {
  readonly workload?: string | undefined;
  readonly fault?: string | undefined;
  readonly deployment?: string | undefined;
  /** Against a rail that runs already. */
  readonly running: boolean;
  /** The servers keep their data in a database that the driver can cut them off from. */
  readonly database?: boolean;
  /** All-in-one servers on one database. */
  readonly servers?: number;
}

/** Throws UsageError for names that do not exist and for faults that a deployment cannot have. */
export function planScenarios(choice: Choice): readonly Scenario[] {
  const { workload, fault, deployment, running, database = false, servers = 1 } = choice;
  refuseUnknown('--workload', workload, Object.keys(workloads));
  refuseUnknown('--fault', fault, [NO_FAULT, ...Object.keys(profiles)]);
  if (running) return planRunning(workload, fault);
  const kinds = readKinds(deployment, servers);
  const names = workload === undefined ? Object.keys(workloads) : [workload];
  const calm = kinds.flatMap((kind) => names.map((name) => ({ deployment: kind, workload: name, fault: NO_FAULT })));
  if (fault === NO_FAULT || (fault === undefined && workload !== undefined)) return calm;
  const faults = fault === undefined ? Object.keys(profiles) : [fault];
  const possible = faults.filter((name) => database || !needsDatabase(name));
  if (possible.length === 0) throw new UsageError(`--fault ${fault} needs --store: it is about the database`);
  const stormy = kinds.flatMap((kind) => possible.flatMap((name) => underFault(kind, name, workload)));
  if (fault === undefined) return [...calm, ...stormy];
  if (stormy.length === 0)
    throw new UsageError(`--fault ${fault} does not apply to --deployment ${deployment}: see "purser scenario --help"`);
  return stormy;
}

function refuseUnknown(flag: string, name: string | undefined, known: readonly string[]): void {
  if (name !== undefined && !known.includes(name))
    throw new UsageError(`${flag} must be one of ${known.join(', ')}, not "${name}"`);
}

function needsDatabase(fault: string): boolean {
  return Object.values(profiles[fault]?.on ?? {}).some(({ databaseCuts }) => databaseCuts !== undefined);
}

function readKinds(text: string | undefined, servers: number): readonly DeploymentKind[] {
  if (servers > 1) {
    if (text === undefined || text === 'all-in-one') return ['all-in-one'];
    throw new UsageError(`--servers ${servers} goes with --deployment all-in-one, not "${text}"`);
  }
  if (text === undefined || text === 'both') return deploymentKinds;
  const found = deploymentKinds.filter((kind) => kind === text);
  if (found.length === 0)
    throw new UsageError(`--deployment must be one of ${deploymentKinds.join(', ')}, both, not "${text}"`);
  return found;
}

function underFault(kind: DeploymentKind, fault: string, workload: string | undefined): Scenario[] {
  const profile = profiles[fault];
  if (profile?.on[kind] === undefined) return [];
  return [{ deployment: kind, workload: workload ?? profile.workload, fault }];
}

/** Somebody else's server is not killed: only faults of the link in front of it are possible. */
function planRunning(workload: string | undefined, fault: string | undefined): readonly Scenario[] {
  if (fault !== undefined && fault !== NO_FAULT) {
    const treatment = profiles[fault]?.on['all-in-one'];
    if (treatment === undefined || treatment.kills !== undefined || treatment.databaseCuts !== undefined)
      throw new UsageError(
        `--fault ${fault} cannot be had with --gateway: it needs servers that the driver may kill or part`,
      );
  }
  const chosen = fault === undefined || fault === NO_FAULT ? undefined : profiles[fault]?.workload;
  const names = workload !== undefined ? [workload] : chosen !== undefined ? [chosen] : Object.keys(workloads);
  return names.map((name) => ({ deployment: 'running', workload: name, fault: fault ?? NO_FAULT }));
}
