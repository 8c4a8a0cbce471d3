/** Purser on PostgreSQL beside what is usually written on it, several servers on one database, latency, a synchronous standby. */
import { startEcho } from '../src/load/run.ts';
import type { Shape, Target } from '../src/load/plan.ts';
import { headLine } from './head.ts';
import { checkDatabase } from './ledger-check.ts';
import { PostgresServer } from './postgres-server.ts';
import { startOnPostgres, type RailServer } from './rail-server.ts';
import { lagNote, latencyLine, throughputLine, type Bench, type Line, type Outcome, type Row } from './row.ts';
import { openRowLocks } from './row-locks.ts';
import { describe, inTurns, loading, mustBeClean, takeTurns, type Contender, type Turn } from './turns.ts';

const CALLERS = 256;
/** Row locks on one hot row do best with few that wait for it. */
const ROW_LOCK_CALLERS_FEW = 16;
const TIMES_ROW_LOCKS_MIN = 20;
const SHARE_OF_ONE_SERVER_MIN = 0.8;
const OFFERED = { kind: 'open', connections: 64, perSecond: 2_000 } as const;
const P99_MS_MAX = 20;

const kept = (callers: number): Shape => ({ kind: 'kept', callers });

/** A fresh PostgreSQL with a database for one row, and so many servers on it. */
async function onPostgres<T>(
  bench: Bench,
  { servers = 1, standby = false }: { readonly servers?: number; readonly standby?: boolean },
  measure: (stage: {
    readonly postgres: PostgresServer;
    readonly url: string;
    readonly targets: readonly [Target, ...Target[]];
  }) => Promise<T>,
): Promise<T> {
  const postgres = await PostgresServer.start(bench, { standby });
  const running: RailServer[] = [];
  try {
    const url = await postgres.createDatabase('purser');
    // One after the other: the first brings the schema up to date.
    for (let i = 0; i < servers; i++) running.push(await startOnPostgres(url));
    const [first, ...others] = running.map(({ gateway }) => gateway);
    return await measure({ postgres, url, targets: [first!, ...others] });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    await postgres.stop();
  }
}

/** One turn more, with somebody looking on: its figure is no part of any ratio. */
async function lookAtHead(
  bench: Bench,
  { url, what, contender }: { readonly url: string; readonly what: string; readonly contender: Contender },
): Promise<{ line: Line; turn: Turn }> {
  return headLine(url, what, async () => (await takeTurns(bench, what, { it: contender }, 1)).it[0]!);
}

async function beside(bench: Bench): Promise<Omit<Outcome, 'title' | 'yardstick'>> {
  return onPostgres(bench, {}, async ({ postgres, url, targets }) => {
    const rowLocks = await openRowLocks(postgres);
    const contenders = {
      'row locks': rowLocks.callers(CALLERS),
      'few row locks': rowLocks.callers(ROW_LOCK_CALLERS_FEW),
      few: loading(targets, { shape: kept(64) }),
      usual: loading(targets, { shape: kept(CALLERS) }),
      many: loading(targets, { shape: kept(1_024) }),
    };
    const {
      'row locks': yardstick,
      'few row locks': fewRowLocks,
      few,
      usual,
      many,
    } = await takeTurns(bench, 'one hot source', contenders);
    const head = await lookAtHead(bench, {
      url,
      what: `commits, ${CALLERS} callers`,
      contender: contenders.usual,
    });
    const loads = [...few, ...usual, ...many, head.turn];
    mustBeClean([...yardstick, ...fewRowLocks, ...loads]);
    return {
      lines: [
        throughputLine(named(64), { server: few, yardstick }),
        throughputLine(named(CALLERS), { server: usual, yardstick }, TIMES_ROW_LOCKS_MIN),
        throughputLine(named(1_024), { server: many, yardstick }),
        throughputLine(`${CALLERS} callers beside row locks on ${ROW_LOCK_CALLERS_FEW} connections`, {
          server: usual,
          yardstick: fewRowLocks,
        }),
        head.line,
      ],
      checks: [await checkDatabase({ url, loads }), await rowLocks.check([...yardstick, ...fewRowLocks])],
    };
  });
}

const named = (callers: number): string => `${describe(kept(callers))}, one hot source`;

async function several(bench: Bench): Promise<Omit<Outcome, 'title' | 'yardstick'>> {
  return onPostgres(bench, { servers: 3 }, async ({ url, targets }) => {
    const shape = kept(CALLERS);
    const contenders = { one: loading([targets[0]], { shape }), three: loading(targets, { shape }) };
    const { one, three } = await takeTurns(bench, describe(shape), contenders);
    const head = await lookAtHead(bench, { url, what: 'commits, three servers', contender: contenders.three });
    const loads = [...one, ...three, head.turn];
    mustBeClean(loads);
    const what = `three servers: ${named(CALLERS)}`;
    return {
      lines: [throughputLine(what, { server: three, yardstick: one }, SHARE_OF_ONE_SERVER_MIN), head.line],
      checks: [await checkDatabase({ url, loads })],
    };
  });
}

async function offered(bench: Bench): Promise<Omit<Outcome, 'title' | 'yardstick'>> {
  return onPostgres(bench, {}, async ({ url, targets }) => {
    const echo = await startEcho();
    try {
      const longer = { ...bench, warmupMs: bench.warmupMs * 3, measuredMs: bench.measuredMs * 2 };
      const both = { echo: echo.target, purser: targets[0] };
      const { echo: yardstick = [], purser = [] } = await inTurns(longer, { shape: OFFERED }, both);
      mustBeClean([...yardstick, ...purser]);
      return {
        lines: (['p50', 'p99', 'p999'] as const).map((which) =>
          latencyLine(
            `${which}, ${describe(OFFERED)}`,
            { which, server: purser, yardstick },
            which === 'p99' ? { msMax: P99_MS_MAX, note: [lagNote(purser)] } : {},
          ),
        ),
        checks: [await checkDatabase({ url, loads: purser })],
      };
    } finally {
      await echo.stop();
    }
  });
}

async function replicated(bench: Bench): Promise<Omit<Outcome, 'title' | 'yardstick'>> {
  return onPostgres(bench, { standby: true }, async ({ postgres, url, targets }) => {
    const load = loading(targets, { shape: kept(CALLERS) });
    const waiting =
      (awaited: boolean): Contender =>
      async (measured) => {
        await postgres.awaitStandby(awaited);
        return load(measured);
      };
    const contenders = { asynchronous: waiting(false), synchronous: waiting(true) };
    const { asynchronous, synchronous } = await takeTurns(bench, describe(kept(CALLERS)), contenders);
    const loads = [...asynchronous, ...synchronous];
    mustBeClean(loads);
    return {
      lines: [throughputLine(named(CALLERS), { server: synchronous, yardstick: asynchronous })],
      checks: [await checkDatabase({ url, loads })],
    };
  });
}

interface Described extends Pick<Outcome, 'title' | 'yardstick'> {
  readonly measure: (bench: Bench) => Promise<Omit<Outcome, 'title' | 'yardstick'>>;
}

function row(name: string, { title, yardstick, measure }: Described): Row {
  return { name, quick: true, run: async (bench) => ({ ...(await measure(bench)), title, yardstick }) };
}

export const postgresRows: readonly Row[] = [
  row('postgres-kept', {
    title: 'Durable TRANSFER on PostgreSQL, kept connections, one request in flight each',
    yardstick: `one transaction per transfer with row locks and prepared statements on the same PostgreSQL, ${CALLERS} connections`,
    measure: beside,
  }),
  row('postgres-servers', {
    title: 'Three servers on one PostgreSQL database, callers spread over them',
    yardstick: 'one of these servers with all callers',
    measure: several,
  }),
  row('postgres-offered', {
    title: `Latency on PostgreSQL at ${OFFERED.perSecond}/s offered`,
    yardstick: 'the echo at the same offered rate',
    measure: offered,
  }),
  row('postgres-standby', {
    title: 'PostgreSQL with a synchronous standby on the same machine',
    yardstick: 'the same with commits that do not wait for the standby',
    measure: replicated,
  }),
];
