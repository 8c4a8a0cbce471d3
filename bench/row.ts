/** What every row of the benchmark is made of: its lines and its floors. */
import { NEIGHBOURS_PERCENT_MAX, percentile, perSecond, type Turn, type Which } from './turns.ts';

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
  /** How often a disturbed turn is taken at most. */
  readonly attemptsMax: number;
  /** How many transfers a grown ledger holds. */
  readonly grownTo: number;
}

export interface Row {
  readonly name: string;
  /** Runs without being asked for. */
  readonly quick: boolean;
  run(bench: Bench): Promise<Outcome>;
}

/** The usual line: transfers per second beside the yardstick, and the share that has to be reached. */
export function throughputLine(
  what: string,
  { server, yardstick }: { readonly server: readonly Turn[]; readonly yardstick: readonly Turn[] },
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
      ...disturbance([...server, ...yardstick]),
    ].join(', '),
  };
}

/** One percentile of the latency beside the yardstick's, and what it may be at most. */
export function latencyLine(
  what: string,
  {
    which,
    server,
    yardstick,
  }: { readonly which: Which; readonly server: readonly Turn[]; readonly yardstick: readonly Turn[] },
  {
    msMax,
    ratioMax,
    note = [],
  }: { readonly msMax?: number; readonly ratioMax?: number; readonly note?: readonly string[] } = {},
): Line {
  const [measured, besides] = [percentile(server, which) / 1_000, percentile(yardstick, which) / 1_000];
  const ratio = measured / besides;
  const notes = [...note, ...(which === 'p99' ? disturbance([...server, ...yardstick]) : [])];
  return {
    what,
    unit: ' ms',
    measured,
    yardstick: besides,
    ratio,
    ...(msMax === undefined ? {} : { floor: atMost(measured, msMax, `${msMax} ms`) }),
    ...(ratioMax === undefined ? {} : { floor: atMost(ratio, ratioMax, `${ratioMax * 100} %`) }),
    ...(notes.length === 0 ? {} : { note: notes.join(', ') }),
  };
}

/** Whether a figure is small enough. */
export function atMost(value: number, max: number, text: string): NonNullable<Line['floor']> {
  return { text: `<= ${text}`, passed: value <= max };
}

/** How late the generator itself was: what it missed is not the server's. */
export function lagNote(server: readonly Turn[]): string {
  return `the generator itself was late by ${milliseconds(Math.max(...server.map(({ lag }) => lag.p99)))} at p99`;
}

function atLeast(ratio: number, share: number): NonNullable<Line['floor']> {
  return { text: `>= ${shown(share, 0)}`, passed: ratio >= share };
}

/** A ratio as text: in per cent, or as a multiple once it is many times the yardstick. */
export function shown(ratio: number, digits: number): string {
  return ratio < MULTIPLES_FROM ? `${(ratio * 100).toFixed(digits)} %` : `${ratio.toFixed(digits)} x`;
}

const MULTIPLES_FROM = 10;

/** Says so when other programs disturbed the turns of a line. */
export function disturbance(turns: readonly Turn[]): string[] {
  const worst = Math.max(...turns.map(({ neighboursPercent }) => neighboursPercent));
  return worst > NEIGHBOURS_PERCENT_MAX ? [`DISTURBED: other programs used up to ${worst} % of the machine`] : [];
}

export function milliseconds(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`;
}
