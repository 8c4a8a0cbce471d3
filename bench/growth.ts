/** A ledger that has grown: the same load on it and on an empty one in turns, its start, its memory, its size on disk. */
import type { LoadResult, Requests } from '../src/load/plan.ts';
import { runLoad } from '../src/load/run.ts';
import { checkLedger, databaseBytes } from './ledger-check.ts';
import { startAllInOne, type RailServer } from './rail-server.ts';
import { throughputLine, type Bench, type Curve, type Line, type Outcome, type Row } from './row.ts';
import { balances, describe, inTurns, mustBeClean } from './turns.ts';

const MEBIBYTE = 1024 * 1024;
const START_MS_MAX = 2_000;
const RESIDENT_BYTES_MAX = 400 * MEBIBYTE;
const SHARE_MIN = 0.8;
const STEPS = 20;

/** Memory of the server's process at one moment. */
interface Resident {
  readonly when: string;
  readonly bytes: number;
}

/** Grows a ledger through the server itself, in steps, and keeps what each step reached. */
async function grow(
  bench: Bench,
  server: RailServer,
  keys: Requests['keys'],
): Promise<{ curve: Curve; loads: LoadResult[]; residentBytes: number }> {
  const shape = { kind: 'pipelined', connections: 32, depth: 128 } as const;
  const operations = Math.ceil(bench.grownTo / STEPS);
  const loads: LoadResult[] = [];
  const points: [number, number][] = [];
  let residentBytes = 0;
  for (let step = 1; step <= STEPS; step++) {
    const load = await runLoad({
      target: server.gateway,
      shape,
      requests: { sources: 'uniform', keys, balances },
      warmupMs: 0,
      until: { operations },
    });
    mustBeClean([load]);
    loads.push(load);
    points.push([step * operations, Math.round(load.perSecond)]);
    residentBytes = Math.max(residentBytes, server.residentBytes());
    bench.say(
      `  ${keys} keys, ${step * operations} stored: ${Math.round(load.perSecond)}/s, ${Math.round(server.residentBytes() / MEBIBYTE)} MB`,
    );
  }
  return { curve: { name: `${keys} keys`, points }, loads, residentBytes };
}

async function growWith(bench: Bench, keys: Requests['keys']): Promise<Omit<Outcome, 'title' | 'yardstick'>> {
  const [grownData, emptyData] = [bench.ledger(`grown-${keys}`), bench.ledger(`empty-${keys}`)];
  const first = await startAllInOne(grownData);
  const { curve, loads, residentBytes } = await grow(bench, first, keys);
  await first.stop();
  const grown = await startAllInOne(grownData);
  const resident: Resident[] = [
    { when: 'while it grew', bytes: residentBytes },
    { when: 'after the restart', bytes: grown.residentBytes() },
  ];
  const empty = await startAllInOne(emptyData);
  const emptyLoads: LoadResult[] = [];
  const lines: Line[] = [];
  try {
    const shapes = [
      { kind: 'kept', callers: 64 },
      { kind: 'pipelined', connections: 64, depth: 64 },
    ] as const;
    for (const shape of shapes) {
      const targets = { empty: empty.gateway, grown: grown.gateway };
      const { empty: yardstick = [], grown: measured = [] } = await inTurns(bench, { shape, keys }, targets);
      mustBeClean([...yardstick, ...measured]);
      emptyLoads.push(...yardstick);
      loads.push(...measured);
      resident.push({ when: `after ${describe(shape)}`, bytes: grown.residentBytes() });
      lines.push(throughputLine(`${keys} keys: ${describe(shape)}`, { server: measured, yardstick }, SHARE_MIN));
    }
    lines.push(...sizeLines(keys, { startMs: grown.startMs, resident, bytes: databaseBytes(grownData) }, loads));
  } finally {
    await grown.stop();
    await empty.stop();
  }
  const checks = [checkLedger({ data: grownData, loads }), checkLedger({ data: emptyData, loads: emptyLoads })];
  bench.discard(grownData);
  bench.discard(emptyData);
  return { lines, checks, curves: [curve] };
}

function sizeLines(
  keys: string,
  { startMs, resident, bytes }: { startMs: number; resident: readonly Resident[]; bytes: number },
  loads: readonly LoadResult[],
): Line[] {
  const stored = loads.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const most = Math.max(...resident.map((seen) => seen.bytes));
  return [
    {
      what: `${keys} keys: start`,
      unit: ' ms',
      measured: startMs,
      floor: { text: `<= ${START_MS_MAX} ms`, passed: startMs <= START_MS_MAX },
    },
    {
      what: `${keys} keys: resident memory`,
      unit: ' MB',
      measured: most / MEBIBYTE,
      floor: { text: `<= ${RESIDENT_BYTES_MAX / MEBIBYTE} MB`, passed: most <= RESIDENT_BYTES_MAX },
      note: resident.map(({ when, bytes: held }) => `${Math.round(held / MEBIBYTE)} MB ${when}`).join(', '),
    },
    {
      what: `${keys} keys: database`,
      unit: ' MB',
      measured: bytes / MEBIBYTE,
      note: `${Math.round(bytes / stored)} bytes per transfer`,
    },
  ];
}

async function run(bench: Bench): Promise<Outcome> {
  const random = await growWith(bench, 'random');
  const sequential = await growWith(bench, 'sequential');
  return {
    title: `A ledger that holds ${bench.grownTo.toLocaleString('en')} transfers`,
    yardstick: 'an empty ledger in a server beside it',
    lines: [...random.lines, ...sequential.lines],
    checks: [...random.checks, ...sequential.checks],
    curves: [...(random.curves ?? []), ...(sequential.curves ?? [])],
  };
}

export const growth: Row = { name: 'growth', quick: false, run };
