/** Runs a program of `bin/purser` to its end, as an operator would, and gives back what was printed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { Rail, type Deployment } from '../rig/deployment.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/purser');

export interface Ended {
  /** The exit code, or the signal's name. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Another user to run it as; only root can. */
  readonly uid?: number;
  /** Called with the process as soon as it runs. */
  readonly started?: (kill: () => void) => void;
}

export async function purser(args: readonly string[], { env = {}, uid, started }: RunOptions = {}): Promise<Ended> {
  const { PATH = '' } = process.env;
  const child = spawn(LAUNCHER, args, {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
    // A server that should have refused to start would run for ever.
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  started?.(() => child.kill('SIGKILL'));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: code ?? signal ?? 'unknown', stdout, stderr };
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly counted: Readonly<Record<string, number>>;
  readonly first_bad?: {
    readonly table: string;
    readonly key: string;
    readonly expected: string;
    readonly found: string;
  };
}

export interface Verified {
  readonly code: number | string;
  readonly ok: boolean;
  readonly facts: number;
  readonly head: { readonly seq: number; readonly chain: string };
  readonly checks: readonly Check[];
}

/** The flags that name a data directory, or a database by its URL. */
export const at = (place: string): string[] => (place.includes('://') ? ['--store', place] : ['--data', place]);

/** `purser verify --json`. */
export async function verify(place: string): Promise<Verified> {
  const { code, stdout, stderr } = await purser(['verify', ...at(place), '--json']);
  if (stdout === '') throw new Error(`purser verify printed nothing: ${stderr}`);
  return { code, ...(JSON.parse(stdout) as Omit<Verified, 'code'>) };
}

/** One line per failed check, for comparing and for messages. */
export function failures({ checks }: Verified): string[] {
  return checks
    .filter(({ ok }) => !ok)
    .map(
      ({ name, first_bad: bad }) =>
        `${name}: ${bad?.table} ${bad?.key}: expected ${bad?.expected}, found ${bad?.found}`,
    );
}

/** The first failed check names the record that was damaged. */
export async function assertNamed(place: string, first: string): Promise<void> {
  const report = await verify(place);
  assert.deepEqual([report.code, report.ok], [1, false]);
  assert.ok(failures(report)[0]?.startsWith(first), failures(report).join('\n'));
}

/** A rail that does not outlive its test, also when that fails half-way: a server left behind would keep this process up. */
export async function railFor(
  t: TestContext,
  deployment: Deployment,
  env: Readonly<Record<string, string>> = {},
): Promise<Rail> {
  const rail = await Rail.start(deployment, env);
  t.after(() => rail.kill());
  return rail;
}

/** The data directories of a rail: of the ledger, and in the split deployment of the payment gateway. */
export function dataDirectories(rail: Rail): { readonly ledger: string; readonly gateway: string } {
  const ledger = dirname(rail.ledgerFile);
  return { ledger, gateway: rail.deployment === 'split' ? join(dirname(ledger), 'gateway') : ledger };
}
