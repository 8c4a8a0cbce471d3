/** Says on stderr how far long work has come: a bar on a terminal, else a line every two seconds. */
import { limits } from '../base/limits.ts';
import type { Progress } from '../store/verify.ts';
import { line } from './log.ts';

/** Where progress is shown. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_WIDTH = 30;

/** To the beginning of the line, and nothing behind it. */
const CLEAR = '\r\u001B[K';

/** So that nobody takes long work for a hanging one. */
export function progressOn(
  name: string,
  screen: Screen = process.stderr,
  nowMs = (): number => performance.now(),
): Progress {
  const bar = screen.isTTY === true;
  // What was there before the first word of it says nothing about the speed of this run.
  let begun: { readonly ms: number; readonly facts: number } | undefined;
  let lastMs = 0;
  let shown = false;
  return ({ facts, of }) => {
    const ms = nowMs();
    if (begun === undefined) lastMs = ms;
    begun ??= { ms, facts };
    if (shown && bar && facts === of) screen.write(CLEAR);
    if (ms - lastMs < (bar ? limits.progressBarMs : limits.progressLineMs) || (bar && facts === of)) return;
    lastMs = ms;
    shown = true;
    const perSecond = Math.round((1_000 * (facts - begun.facts)) / Math.max(1, ms - begun.ms));
    const left = perSecond > 0 ? Math.ceil((of - facts) / perSecond) : undefined;
    screen.write((bar ? barOf : lineOf)(name, { facts, of, perSecond, left }));
  };
}

interface State {
  readonly facts: number;
  readonly of: number;
  readonly perSecond: number;
  /** Seconds, as far as it can be told. */
  readonly left: number | undefined;
}

function lineOf(name: string, { facts, of, perSecond, left }: State): string {
  const remaining = left === undefined ? {} : { remaining_s: left };
  const progress = `${Math.floor((100 * facts) / of)}%`;
  return `${line(name, { progress, facts, of, facts_per_s: perSecond, ...remaining })}\n`;
}

function barOf(name: string, { facts, of, perSecond, left }: State): string {
  const full = Math.floor((BAR_WIDTH * facts) / of);
  const picture = '#'.repeat(full).padEnd(BAR_WIDTH, '.');
  const remaining = left === undefined ? '' : `, ${left} s left`;
  return `${CLEAR}${name} [${picture}] ${Math.floor((100 * facts) / of)}%, ${perSecond} facts/s${remaining}`;
}
