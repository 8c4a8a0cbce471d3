/**
 * What both engines do with a batch between loading and appending: decide each command in arrival order, on what is
 * committed and what the commands before it changed. Synchronous, so nothing can come between check and reserve.
 */
import { reasonOf } from '../base/failure.ts';
import { invariant } from '../base/assert.ts';
import { INSTANT_NS, INSTANTS_PER_COMMAND } from '../base/decision.ts';
import type { Change, Command, Decisions, Fact, KeyRecord, View } from '../base/decision.ts';
import type { Outcome } from './store.ts';

/** State as the batch sees it: reads see what earlier commands changed, committed or not. */
export interface Speculation extends Pick<View, 'known' | 'row'> {
  change(change: Change): void;
  remember(key: string, record: KeyRecord): void;
}

/** A fact and its instant. */
export interface TimedFact extends Fact {
  readonly at: bigint;
}

export interface DecidedBatch {
  /** One per command, in order. */
  readonly outcomes: Outcome[];
  readonly facts: TimedFact[];
}

/** Nanoseconds between the instants of two commands. */
const COMMAND_NS = INSTANT_NS * INSTANTS_PER_COMMAND;

/** The batch's time, and the instant after which its own must lie. */
export interface BatchTime {
  readonly nowMs: number;
  readonly uptimeMs: number;
  readonly lastAt: bigint;
  /** The number of the last fact before the batch. */
  readonly lastSeq: number;
}

/** A command whose decision throws is a bug of ours: it is answered `internal`, and its neighbours go on. */
export function decideBatch(
  decisions: Decisions,
  commands: readonly Command[],
  state: Speculation,
  { nowMs, uptimeMs, lastAt, lastSeq }: BatchTime,
): DecidedBatch {
  const outcomes: Outcome[] = [];
  const facts: TimedFact[] = [];
  let at = firstInstant(nowMs, lastAt);
  const { known, row } = state;
  for (const command of commands) {
    const decided = decideOne(decisions, command, {
      known,
      row,
      seq: lastSeq + facts.length + 1,
      at,
      nowMs,
      uptimeMs,
    });
    let instant = at;
    for (const fact of decided.facts ?? []) {
      facts.push({ ...fact, at: instant });
      instant += INSTANT_NS;
      if (fact.key !== null) state.remember(fact.key, fact);
    }
    for (const change of decided.changes ?? []) state.change(change);
    invariant(decided.facts !== undefined || decided.changes === undefined, 'a projection changes only by a fact');
    const { answer, code, replayed = false, followUp } = decided;
    outcomes.push(followUp === undefined ? { answer, code, replayed } : { answer, code, replayed, followUp });
    // Facts have instants of their own, and a command may append more of them than it has places for rows.
    at = instant > at + COMMAND_NS ? instant : at + COMMAND_NS;
  }
  return { outcomes, facts };
}

function firstInstant(nowMs: number, lastAt: bigint): bigint {
  const now = BigInt(nowMs) * 1_000_000n;
  const earliest = lastAt + COMMAND_NS;
  return now > earliest ? now - (now % INSTANT_NS) : earliest;
}

function decideOne(
  decisions: Decisions,
  command: Command,
  view: View,
): ReturnType<Decisions['byType'][string]['decide']> {
  const decision = decisions.byType[command.type];
  try {
    invariant(decision !== undefined, `there is a decision for ${command.type}`);
    return decision.decide(command, view);
  } catch (error) {
    reportRefused('internal', error);
    return refused('internal');
  }
}

/** The outcome of a command that left no trace. */
export function refused(code: 'overloaded' | 'unavailable' | 'internal'): Outcome {
  return { answer: `{"ok":false,"error":"${code}"}`, code, replayed: false };
}

/** Tells operators why commands were refused. */
export function reportRefused(code: string, error: unknown): void {
  const reason = reasonOf(error);
  process.stderr.write(`SERVICE name=store event=refused code=${code} reason=${JSON.stringify(reason)}\n`);
}
