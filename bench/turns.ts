/** Loads taken in turns, so that noise falls on both sides, and again when somebody else used the machine meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import type { LoadResult, Plan, Requests, Shape, Target } from '../src/load/plan.ts';
import { runLoad } from '../src/load/run.ts';
import { watchNeighbours } from './neighbours.ts';
import type { Bench } from './row.ts';

export const balances = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve', 'ops_float'];

export interface Load {
  readonly shape: Shape;
  readonly sources?: Requests['sources'];
  readonly keys?: Requests['keys'];
}

export interface Turn extends LoadResult {
  /** Share of the machine that other programs used meanwhile. */
  readonly neighboursPercent: number;
}

/** Whoever has turns; told for how long. */
export type Contender = (measured: Measured) => Promise<LoadResult>;

export type Measured = Pick<Plan, 'warmupMs' | 'until'>;

/** Loads the targets in turns; the results of each, in its place. */
export async function inTurns(
  bench: Bench,
  load: Load,
  targets: Readonly<Record<string, Target>>,
  rounds = bench.rounds,
): Promise<Record<string, Turn[]>> {
  const contenders = Object.entries(targets).map(([name, target]) => [name, loading([target], load)] as const);
  return takeTurns(bench, describe(load.shape), Object.fromEntries(contenders), rounds);
}

/** A contender that is loaded by the generator; callers are spread over its targets. */
export function loading(
  [target, ...others]: readonly [Target, ...Target[]],
  { shape, sources = 'hot', keys = 'random' }: Load,
): Contender {
  return (measured) => runLoad({ target, others, shape, requests: { sources, keys, balances }, ...measured });
}

/** The same for contenders of any kind. */
export async function takeTurns<Name extends string>(
  bench: Bench,
  what: string,
  contenders: Readonly<Record<Name, Contender>>,
  rounds = bench.rounds,
): Promise<Record<Name, Turn[]>> {
  const measured = { warmupMs: bench.warmupMs, until: { measuredMs: bench.measuredMs } };
  const all = Object.entries<Contender>(contenders);
  const results = Object.fromEntries(all.map(([name]) => [name, []])) as unknown as Record<Name, Turn[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const [name, contender] of all) {
      const turn = await quietTurn(bench, `${what} ${name} ${round}/${rounds}`, () => contender(measured));
      results[name as Name].push(turn);
    }
  }
  return results;
}

/** Above this share of the machine in other hands a turn is taken again, a few times at most. */
export const NEIGHBOURS_PERCENT_MAX = 10;
export const ATTEMPTS_MAX = 4;
const PAUSE_MS = 3_000;

/** A turn with the neighbours as quiet as can be had: which attempt counts is decided by them, never by its own figures. */
async function quietTurn(bench: Bench, what: string, load: () => Promise<LoadResult>): Promise<Turn> {
  const attempts: Turn[] = [];
  for (let attempt = 1; attempt <= bench.attemptsMax; attempt++) {
    const neighbours = watchNeighbours();
    const result = await load();
    const neighboursPercent = neighbours();
    attempts.push({ ...result, neighboursPercent });
    bench.say(`  ${what}: ${Math.round(result.perSecond)}/s, neighbours ${neighboursPercent} %`);
    if (neighboursPercent <= NEIGHBOURS_PERCENT_MAX) break;
    await wait(PAUSE_MS * 2 ** attempt);
  }
  const quietest = attempts.reduce((best, next) => (next.neighboursPercent < best.neighboursPercent ? next : best));
  // The ledger has seen all of them.
  const sum = (of: (turn: Turn) => number): number => attempts.reduce((total, attempt) => total + of(attempt), 0);
  return {
    ...quietest,
    acknowledged: sum(({ acknowledged }) => acknowledged),
    refused: sum(({ refused }) => refused),
    unanswered: sum(({ unanswered }) => unanswered),
  };
}

export function describe(shape: Shape): string {
  if (shape.kind === 'open') return `${shape.perSecond}/s offered on ${shape.connections} connections`;
  if (shape.kind === 'pipelined') return `${shape.connections} connections pipelined ${shape.depth} deep`;
  const callers = shape.callers === 1 ? '1 caller' : `${shape.callers} callers`;
  return shape.kind === 'kept' ? `${callers} on kept connections` : `${callers}, fresh sockets`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function perSecond(results: readonly LoadResult[]): number {
  return median(results.map((result) => result.perSecond));
}

export type Which = 'p50' | 'p99' | 'p999' | 'max';

export function percentile(results: readonly LoadResult[], which: Which): number {
  return median(results.map(({ latency }) => latency[which]));
}

/** Refusals and lost answers have no place in a benchmark: they would make a slow server look fast. */
export function mustBeClean(results: readonly LoadResult[]): void {
  for (const { refused, refusals, unanswered } of results) {
    if (refused + unanswered > 0) {
      throw new Error(`${unanswered} requests unanswered, ${refused} refused: ${JSON.stringify(refusals)}`);
    }
  }
}
