/**
 * May this much be committed (B-20, B-24)? From what is left of a bucket and the merchant's policy, in a fixed order: who asks,
 * how far beyond the budget anybody may go, then the budget itself. What money cannot buy is refused before a price is named.
 */
import { openToBuy, type Counters } from './bucket.ts';
import type { PolicySettings } from './policy.ts';

/** A request as it is judged. */
export interface Judged {
  readonly amountCents: bigint;
  /** Of the bucket that would be debited. */
  readonly counters: Counters;
  /** What the same document holds of this bucket already: it is asked for again, not on top. */
  readonly givenBackCents: bigint;
  /** Less than the amount: what of it a settled invoice has authorised. Nobody pays for that once more. */
  readonly paidForCents?: bigint;
  readonly role: string;
  /** The caller has been told that little is left, and goes on (`warn`). */
  readonly acknowledged: boolean;
}

type Refusal = 'role_limit' | 'max_excess' | 'acknowledgement_required';

export interface Judgement {
  readonly outcome: 'allow' | 'challenge' | 'refuse';
  readonly reason: Refusal | null;
  /** What of the amount is beyond the budget, tolerated or not, and not paid for yet. */
  readonly excessCents: bigint;
  /** What was left for it, given back included. */
  readonly headroomCents: bigint;
  readonly toleranceCents: bigint;
}

const WHOLE_BP = 10_000n;

/** Tolerances round down: a cent more than a budget says is beyond it. */
export function toleranceOf({ allocated_cents: allocated }: Counters, { tolerance_bp: bp }: PolicySettings): bigint {
  return allocated <= 0n ? 0n : (allocated * BigInt(bp)) / WHOLE_BP;
}

/** An overbought bucket is not this action's fault: it pays for no more than itself. */
function excessOf(beyond: bigint, amountCents: bigint): bigint {
  if (beyond <= 0n) return 0n;
  return beyond < amountCents ? beyond : amountCents;
}

const isMoreThan = (cents: bigint, max: number | null): boolean => max !== null && cents > BigInt(max);

export function judgeGate(judged: Judged, policy: PolicySettings): Judgement {
  const { amountCents, counters, givenBackCents, paidForCents = 0n, role, acknowledged } = judged;
  const headroomCents = openToBuy(counters) + givenBackCents;
  const beyond = amountCents - headroomCents;
  const excessCents = excessOf(beyond, amountCents - paidForCents);
  const toleranceCents = toleranceOf(counters, policy);
  const answer = (outcome: Judgement['outcome'], reason: Refusal | null = null): Judgement => ({
    outcome,
    reason,
    excessCents,
    headroomCents,
    toleranceCents,
  });
  const roleLimit = Object.hasOwn(policy.role_limits, role) ? policy.role_limits[role] : undefined;
  if (isMoreThan(amountCents, roleLimit ?? null)) return answer('refuse', 'role_limit');
  // In all, or a document could buy in steps what it cannot buy at once.
  const wholeExcess = excessOf(beyond, amountCents);
  if (beyond > toleranceCents && isMoreThan(wholeExcess, policy.max_excess_cents))
    return answer('refuse', 'max_excess');
  if (policy.mode === 'track') return answer('allow');
  if (policy.mode === 'enforce') return answer(beyond <= toleranceCents ? 'allow' : 'challenge');
  if (acknowledged || !needsWord(judged, policy)) return answer('allow');
  return answer('refuse', 'acknowledgement_required');
}

/** `warn`: does the action leave less than the policy's share of what was allocated? */
function needsWord({ amountCents, counters, givenBackCents }: Judged, { warn_below_bp: bp }: PolicySettings): boolean {
  const left = openToBuy(counters) + givenBackCents - amountCents;
  const own = counters.allocated_cents - counters.children_cents - counters.holdback_cents;
  return left < 0n || left * WHOLE_BP < own * BigInt(bp);
}
