/**
 * How a decision was reached, for its row: where a budget was looked for, what was there before and after, and what the policy said.
 * One is written per decision, so what is null or 0, or the same after as before, is left out and filled in when somebody asks.
 */
import { isArray, isObject } from '../base/json.ts';
import { noCounters, type Counters } from './bucket.ts';
import type { PeriodKept } from './delivery-shift.ts';
import type { Judgement } from './judge.ts';
import { countersView } from './wire.ts';

type View = Readonly<Record<string, unknown>>;

export interface Explained {
  readonly lookedAt: readonly string[];
  readonly periodKept?: PeriodKept;
  readonly judgement: Judgement;
  readonly givenBackCents: bigint;
  /** The bucket as it was, and as the decision left it. */
  readonly before: Counters;
  readonly after: Counters;
}

/** How open-to-buy follows from the counters (B-20). */
export const FORMULA = 'open_to_buy = allocated - children - holdback - reserved - committed - received + adjusted';

const COUNTERS = [
  'allocated_cents',
  'children_cents',
  'holdback_cents',
  'reserved_cents',
  'committed_cents',
  'received_cents',
  'adjusted_cents',
] as const satisfies readonly (keyof Counters)[];

/** The figures as they were, for the decision's row. */
export function explanationOf({ lookedAt, periodKept, judgement, givenBackCents, before, after }: Explained): string {
  return JSON.stringify({
    looked_at: lookedAt,
    ...(periodKept === undefined ? {} : { period_kept: periodKeptView(periodKept) }),
    outcome: judgement.outcome,
    ...(judgement.reason === null ? {} : { reason: judgement.reason }),
    headroom_cents: Number(judgement.headroomCents),
    ...unlessZero('given_back_cents', givenBackCents),
    ...unlessZero('tolerance_cents', judgement.toleranceCents),
    ...unlessZero('excess_cents', judgement.excessCents),
    before: changed(noCounters, before),
    after: changed(before, after),
  });
}

/** The same decision, come to its end with other counters: a payment or a special release let it pass. */
export function endedWith(explanation: string, before: Counters, after: Counters): string {
  return JSON.stringify({ ...toldBy(explanation), before: changed(noCounters, before), after: changed(before, after) });
}

/** All of it, as callers see it. */
export function explanationView(explanation: string): View {
  const { looked_at, period_kept, outcome, reason = null, headroom_cents, ...told } = toldBy(explanation);
  const before = countersIn(told['before'], noCounters);
  return {
    looked_at: isArray(looked_at) ? looked_at : [],
    ...(period_kept === undefined ? {} : { period_kept }),
    outcome,
    reason,
    headroom_cents,
    given_back_cents: told['given_back_cents'] ?? 0,
    tolerance_cents: told['tolerance_cents'] ?? 0,
    excess_cents: told['excess_cents'] ?? 0,
    before: countersView(before),
    after: countersView(countersIn(told['after'], before)),
  };
}

const periodKeptView = ({ period, deliveryDate, toleranceDays }: PeriodKept): View => ({
  period,
  delivery_date: deliveryDate,
  tolerance_days: toleranceDays,
});

const unlessZero = (name: string, cents: bigint): View => (cents === 0n ? {} : { [name]: Number(cents) });

function changed(before: Counters, after: Counters): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const name of COUNTERS) if (after[name] !== before[name]) counters[name] = Number(after[name]);
  return counters;
}

function toldBy(explanation: string): View {
  const told: unknown = JSON.parse(explanation);
  return isObject(told) ? told : {};
}

function countersIn(told: unknown, otherwise: Counters): Counters {
  const counters = { ...otherwise };
  for (const name of COUNTERS) {
    const cents = isObject(told) ? told[name] : undefined;
    if (typeof cents === 'number') counters[name] = BigInt(cents);
  }
  return counters;
}
