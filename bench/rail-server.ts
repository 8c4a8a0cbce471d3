/** Purser itself as a process to measure: all-in-one, or split into three; free ports, and limits that never refuse. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatAddress } from '../src/frames/server.ts';
import type { Target } from '../src/load/plan.ts';

const launcher = fileURLToPath(new URL('../bin/purser', import.meta.url));

export const OPENING = 1_000_000_000_000n;

const environment = {
  PURSER_STORE: '',
  BANK_VELOCITY_LIMIT: '1000000000000',
  BANK_SINGLE_TX_LIMIT: '1000000000000',
  BANK_INITIAL_BALANCE: String(OPENING),
};

export interface RailServer {
  /** Where TRANSFER goes. */
  readonly gateway: Target;
  /** Where HTTP goes; of three processes, the payment gateway's. */
  readonly http: Target;
  /** From the start of the process until it said that it is ready; of three processes, the sum. */
  readonly startMs: number;
  /** Resolves when it has said a line with this in it. */
  said(part: string): Promise<void>;
  /** Where the sandbox's payer listens; resolves when its node can be paid. */
  payer(): Promise<Target>;
  /** Memory that the processes hold now. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** One process, all three services; `data` is its directory. `lightning`: another node than the sandbox. */
export function startAllInOne(data: string, { lightning = 'sandbox' } = {}): Promise<RailServer> {
  return startWith(['--data', data, '--lightning', lightning]);
}

/** The same on a PostgreSQL database, which several such processes may share. */
export function startOnPostgres(url: string): Promise<RailServer> {
  return startWith(['--store', url]);
}

async function startWith(place: readonly string[]): Promise<RailServer> {
  const process = await startProcess([...place, '--http', '127.0.0.1:0'], {
    PURSER_GATEWAY_ADDR: '127.0.0.1:0',
    PURSER_RISK_ADDR: '127.0.0.1:0',
    PURSER_LEDGER_ADDR: '127.0.0.1:0',
    PURSER_PAYER_ADDR: '127.0.0.1:0',
  });
  return joined([process], process);
}

/** Three processes that call each other over TCP, each with a directory of its own below `data`. */
export async function startSplit(data: string): Promise<RailServer> {
  const role = (name: string, env: Record<string, string>): Promise<Started> =>
    startProcess(['--role', name, '--data', join(data, name)], env);
  const [risk, ledger] = await Promise.all([
    role('risk', { PURSER_RISK_ADDR: '127.0.0.1:0' }),
    role('ledger', { PURSER_LEDGER_ADDR: '127.0.0.1:0' }),
  ]);
  const gateway = await role('gateway', {
    PURSER_GATEWAY_ADDR: '127.0.0.1:0',
    PURSER_RISK_ADDR: formatAddress(risk.address('risk')),
    PURSER_LEDGER_ADDR: formatAddress(ledger.address('ledger')),
  });
  return joined([gateway, risk, ledger], gateway);
}

function joined(processes: readonly Started[], front: Started): RailServer {
  const sum = (of: (process: Started) => number): number =>
    processes.reduce((total, process) => total + of(process), 0);
  return {
    gateway: front.address('gateway'),
    get http() {
      return front.address('http');
    },
    startMs: sum(({ startMs }) => startMs),
    said: (part) => front.said(part),
    async payer() {
      await front.said('name=lightning event=ready');
      return front.address('lightning');
    },
    residentBytes: () => sum(({ child }) => residentBytes(child)),
    async stop() {
      for (const { child } of processes) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
    },
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly startMs: number;
  address(service: string): Target;
  said(part: string): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function startProcess(args: readonly string[], env: Record<string, string>): Promise<Started> {
  const startedMs = performance.now();
  const child = spawn(launcher, ['serve', ...args], {
    env: { ...process.env, ...environment, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const said = async (part: string): Promise<void> => {
    if (lines.some((line) => line.includes(part))) return;
    await new Promise<void>((resolve, reject) => {
      const look = (line: string): void => {
        if (!line.includes(part)) return;
        output.off('line', look);
        resolve();
      };
      output.on('line', look);
      child.once('exit', (code) => reject(new Error(`purser serve ended with ${code}: ${lines.join('\n')}`)));
    });
  };
  await said('name=purser event=ready');
  return {
    child,
    startMs: performance.now() - startedMs,
    said,
    address(service) {
      const pattern = new RegExp(`name=${service} event=listening (?:.* )?addr=([\\d.]+):(\\d+)`);
      const found = lines.map((line) => pattern.exec(line)).find((match) => match !== null);
      if (found === undefined) throw new Error(`purser serve opened no port for ${service}`);
      return { host: found[1]!, port: Number(found[2]) };
    },
  };
}

function residentBytes({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
