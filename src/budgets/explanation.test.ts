/** What is left out of an explanation comes back as it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounters } from './bucket.ts';
import { endedWith, explanationOf, explanationView } from './explanation.ts';
import { countersView } from './wire.ts';

const before = { ...noCounters, allocated_cents: 1_000n, reserved_cents: 300n, adjusted_cents: -50n };
const after = { ...before, reserved_cents: 0n, committed_cents: 400n };
const judgement = {
  outcome: 'allow',
  reason: null,
  excessCents: 0n,
  headroomCents: 650n,
  toleranceCents: 20n,
} as const;

test('B-06 the counters before and after, and what the policy said', () => {
  const told = explanationOf({ lookedAt: ['b'], judgement, givenBackCents: 5n, before, after });
  assert.deepEqual(explanationView(told), {
    looked_at: ['b'],
    outcome: 'allow',
    reason: null,
    headroom_cents: 650,
    given_back_cents: 5,
    tolerance_cents: 20,
    excess_cents: 0,
    before: countersView(before),
    after: countersView(after),
  });
});

test('B-23 a period that was kept is told, and a reason', () => {
  const periodKept = { period: '2026-11', deliveryDate: '2026-12-01', toleranceDays: 3 };
  const refused = { ...judgement, outcome: 'refuse', reason: 'role_limit' } as const;
  const told = explanationOf({
    lookedAt: [],
    periodKept,
    judgement: refused,
    givenBackCents: 0n,
    before,
    after: before,
  });
  const view = explanationView(told);
  assert.deepEqual(view['period_kept'], { period: '2026-11', delivery_date: '2026-12-01', tolerance_days: 3 });
  assert.deepEqual([view['reason'], view['after']], ['role_limit', countersView(before)]);
});

test('B-04 paid later, the judgement stands and the counters are those of the payment', () => {
  const told = explanationOf({ lookedAt: ['b'], judgement, givenBackCents: 0n, before, after: before });
  const view = explanationView(endedWith(told, after, before));
  assert.deepEqual(
    [view['headroom_cents'], view['before'], view['after']],
    [650, countersView(after), countersView(before)],
  );
});
