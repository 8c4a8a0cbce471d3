/** Durable TRANSFER in closed loops beside the echo: kept connections, pipelined, and a fresh socket per request. */
import { join } from 'node:path';
import type { LoadResult } from '../src/load/plan.ts';
import { startEcho } from '../src/load/run.ts';
import { checkLedger } from './ledger-check.ts';
import { startAllInOne, startSplit } from './rail-server.ts';
import { throughputLine, type Bench, type Line, type Outcome, type Row } from './row.ts';
import { describe, inTurns, mustBeClean, type Load } from './turns.ts';

interface Case {
  readonly load: Load;
  /** The share of the yardstick that has to be reached; without one the case is there to be looked at, and runs once. */
  readonly shareMin?: number;
}

const ECHO = 'a TCP echo that parses the same request and answers in the same form, without storage';

async function loadBeside(bench: Bench, data: string, cases: readonly Case[], split: boolean): Promise<Outcome> {
  const server = await (split ? startSplit(data) : startAllInOne(data));
  const echo = await startEcho();
  const lines: Line[] = [];
  const loads: LoadResult[] = [];
  try {
    for (const { load, shareMin } of cases) {
      const targets = { echo: echo.target, purser: server.gateway };
      const results = await inTurns(bench, load, targets, shareMin === undefined ? 1 : bench.rounds);
      const [yardstick = [], measured = []] = [results['echo'], results['purser']];
      mustBeClean([...yardstick, ...measured]);
      loads.push(...measured);
      const what = `${split ? 'three processes: ' : ''}${describe(load.shape)}${load.sources === 'uniform' ? ', all sources' : ', one hot source'}`;
      lines.push(throughputLine(what, { server: measured, yardstick }, shareMin));
    }
  } finally {
    await echo.stop();
    await server.stop();
  }
  const checks = [checkLedger({ data: split ? join(data, 'ledger') : data, loads })];
  bench.discard(data);
  return { title: '', yardstick: ECHO, lines, checks };
}

function row(name: string, title: string, cases: readonly Case[], split = false): Row {
  return {
    name,
    quick: true,
    run: async (bench) => ({ ...(await loadBeside(bench, bench.ledger(name), cases, split)), title }),
  };
}

export const kept = row('kept', 'Durable TRANSFER, kept connections, one request in flight each', [
  { load: { shape: { kind: 'kept', callers: 64 } }, shareMin: 0.5 },
  { load: { shape: { kind: 'kept', callers: 64 }, sources: 'uniform' } },
  { load: { shape: { kind: 'kept', callers: 1 } } },
  { load: { shape: { kind: 'kept', callers: 16 } } },
  { load: { shape: { kind: 'kept', callers: 256 } } },
]);

export const pipelined = row('pipelined', 'Durable TRANSFER, pipelined', [
  { load: { shape: { kind: 'pipelined', connections: 64, depth: 64 } }, shareMin: 0.12 },
]);

export const fresh = row('fresh', 'Durable TRANSFER, a fresh socket per request', [
  { load: { shape: { kind: 'fresh', callers: 64 } }, shareMin: 0.7 },
]);

export const split = row(
  'split',
  'Split deployment: three processes, fresh sockets between all of them',
  [{ load: { shape: { kind: 'fresh', callers: 64 } }, shareMin: 0.15 }],
  true,
);
