/** What every row of the benchmark is made of: its lines, its floors, and loads taken in turns so that noise falls on both sides. */
import type { LoadResult, Plan, Requests, Shape, Target } from '../src/load/plan.ts';
import { runLoad } from '../src/load/run.ts';

/** One figure. With a yardstick from the same run it is a ratio, which another machine can compare with its own. */
export interface Line {
  readonly what: string;
  readonly unit: string;
  readonly measured: number;
  readonly yardstick?: number;
  readonly ratio?: number;
  readonly floor?: { readonly text: string; readonly passed: boolean };
  readonly note?: string;
}

export interface Outcome {
  readonly title: string;
  /** What the yardstick was. */
  readonly yardstick: string;
  readonly lines: readonly Line[];
  /** What was found in the ledgers afterwards. */
  readonly checks: readonly string[];
  /** Throughput while a ledger grows, if the row grows one. */
  readonly curves?: readonly Curve[];
}

export interface Curve {
  readonly name: string;
  /** Transfers stored and transfers per second from the point before to this one. */
  readonly points: readonly (readonly [stored: number, perSecond: number])[];
}

export interface Bench {
  /** A directory on the disk that is measured; every ledger gets one of its own in it. */
  ledger(name: string): string;
  /** Deletes a ledger that was made above. */
  discard(data: string): void;
  say(text: string): void;
  readonly warmupMs: number;
  readonly measuredMs: number;
  readonly rounds: number;
  /** How many transfers a grown ledger holds. */
  readonly grownTo: number;
}

export interface Row {
  readonly name: string;
  /** Runs without being asked for. */
  readonly quick: boolean;
  run(bench: Bench): Promise<Outcome>;
}

export const balances = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve', 'ops_float'];

export interface Load {
  readonly shape: Shape;
  readonly sources?: Requests['sources'];
  readonly keys?: Requests['keys'];
}

/** Loads the targets in turns; the results of each, in its place. */
export async function inTurns(
  bench: Bench,
  { shape, sources = 'hot', keys = 'random' }: Load,
  targets: Readonly<Record<string, Target>>,
  rounds = bench.rounds,
): Promise<Record<string, LoadResult[]>> {
  const { warmupMs, measuredMs } = bench;
  const results: Record<string, LoadResult[]> = {};
  for (let round = 1; round <= rounds; round++) {
    for (const [name, target] of Object.entries(targets)) {
      const plan: Plan = { target, shape, requests: { sources, keys, balances }, warmupMs, until: { measuredMs } };
      const result = await runLoad(plan);
      bench.say(`  ${describe(shape)} ${name} ${round}/${rounds}: ${Math.round(result.perSecond)}/s`);
      (results[name] ??= []).push(result);
    }
  }
  return results;
}

export function describe(shape: Shape): string {
  if (shape.kind === 'open') return `${shape.perSecond}/s offered on ${shape.connections} connections`;
  if (shape.kind === 'pipelined') return `${shape.connections} connections pipelined ${shape.depth} deep`;
  const callers = shape.callers === 1 ? '1 caller' : `${shape.callers} callers`;
  return shape.kind === 'kept' ? `${callers} on kept connections` : `${callers}, a fresh socket per request`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function perSecond(results: readonly LoadResult[]): number {
  return median(results.map((result) => result.perSecond));
}

export function percentile(results: readonly LoadResult[], which: 'p50' | 'p99' | 'p999' | 'max'): number {
  return median(results.map(({ latency }) => latency[which]));
}

/** The usual line: transfers per second beside the yardstick, and the share that has to be reached. */
export function throughputLine(
  what: string,
  { server, yardstick }: { readonly server: readonly LoadResult[]; readonly yardstick: readonly LoadResult[] },
  shareMin?: number,
): Line {
  const measured = perSecond(server);
  const ratio = measured / perSecond(yardstick);
  const silences = server.flatMap(({ silencesMs }) => silencesMs);
  return {
    what,
    unit: '/s',
    measured,
    yardstick: perSecond(yardstick),
    ratio,
    ...(shareMin === undefined ? {} : { floor: atLeast(ratio, shareMin) }),
    note: [
      `p50 ${milliseconds(percentile(server, 'p50'))}, p99 ${milliseconds(percentile(server, 'p99'))}`,
      ...(silences.length === 0 ? [] : [`longest silence ${Math.round(Math.max(...silences))} ms`]),
    ].join(', '),
  };
}

function atLeast(ratio: number, share: number): NonNullable<Line['floor']> {
  return { text: `>= ${Math.round(share * 100)} %`, passed: ratio >= share };
}

export function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`;
}

/** Refusals and lost answers have no place in a benchmark: they would make a slow server look fast. */
export function mustBeClean(results: readonly LoadResult[]): void {
  for (const { refused, refusals, unanswered } of results) {
    if (refused + unanswered > 0) {
      throw new Error(`${unanswered} requests unanswered, ${refused} refused: ${JSON.stringify(refusals)}`);
    }
  }
}
