/** Latency when requests come by the clock: 5,000 a second are offered, whether answers come or not. */
import { startEcho } from '../src/load/run.ts';
import { countStalls } from '../src/load/series.ts';
import { checkLedger } from './ledger-check.ts';
import { startAllInOne } from './rail-server.ts';
import { lagNote, latencyLine, milliseconds, type Bench, type Line, type Outcome, type Row } from './row.ts';
import { describe, inTurns, mustBeClean, type Turn } from './turns.ts';

const PER_SECOND = 5_000;
const CONNECTIONS = 64;
const STALL_MS = 100;
const P99_RATIO_MAX = 2;

async function run(bench: Bench): Promise<Outcome> {
  const data = bench.ledger('offered');
  const shape = { kind: 'open', connections: CONNECTIONS, perSecond: PER_SECOND } as const;
  const server = await startAllInOne(data);
  const echo = await startEcho();
  try {
    // Percentiles of a second or two say little: twice the usual time. A rate this low warms a fresh process up slowly, too.
    const longer = { ...bench, warmupMs: bench.warmupMs * 3, measuredMs: bench.measuredMs * 2 };
    const targets = { echo: echo.target, purser: server.gateway };
    const { echo: yardstick = [], purser: measured = [] } = await inTurns(longer, { shape }, targets);
    mustBeClean([...yardstick, ...measured]);
    await server.stop();
    return {
      title: `Latency at ${PER_SECOND}/s offered`,
      yardstick: 'the same echo at the same offered rate',
      lines: [...latencyLines(describe(shape), measured, yardstick), stallLine(measured, yardstick)],
      checks: [checkLedger({ data, loads: measured })],
    };
  } finally {
    await echo.stop();
    await server.stop();
    bench.discard(data);
  }
}

function latencyLines(what: string, server: readonly Turn[], yardstick: readonly Turn[]): Line[] {
  return (['p50', 'p99', 'p999'] as const).map((which) =>
    latencyLine(
      `${which}, ${what}`,
      { which, server, yardstick },
      which === 'p99' ? { ratioMax: P99_RATIO_MAX, note: [lagNote(server)] } : {},
    ),
  );
}

function stallLine(server: readonly Turn[], yardstick: readonly Turn[]): Line {
  const stalls = (results: readonly Turn[]): number =>
    results.reduce((sum, { slots }) => sum + countStalls(slots, STALL_MS), 0);
  const [measured, beside] = [stalls(server), stalls(yardstick)];
  return {
    what: `stalls over ${STALL_MS} ms`,
    unit: '',
    measured,
    yardstick: beside,
    floor: { text: `<= ${beside}`, passed: measured <= beside },
    note: `longest wait ${milliseconds(Math.max(...server.map(({ latency }) => latency.max)))}, echo ${milliseconds(
      Math.max(...yardstick.map(({ latency }) => latency.max)),
    )}`,
  };
}

export const offeredRate: Row = { name: 'offered', quick: true, run };
