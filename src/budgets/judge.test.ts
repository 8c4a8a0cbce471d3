/** Row by row: what is left, who asks, and what the policy makes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounters } from './bucket.ts';
import { judgeGate, toleranceOf, type Judged } from './judge.ts';
import { defaultPolicy, type PolicySettings } from './policy.ts';

const bucket = { ...noCounters, allocated_cents: 1_000n, reserved_cents: 300n, committed_cents: 200n };

const asked = (amountCents: bigint, more: Partial<Judged> = {}): Judged => ({
  amountCents,
  counters: bucket,
  givenBackCents: 0n,
  role: 'buyer',
  acknowledged: false,
  ...more,
});

const policy = (more: Partial<PolicySettings> = {}): PolicySettings => ({ ...defaultPolicy, ...more });

// prettier-ignore
const rows: readonly [what: string, judged: Judged, policy: PolicySettings, outcome: string, excess: bigint][] = [
  ['all that is left',              asked(500n), policy(), 'allow', 0n],
  ['a cent more',                   asked(501n), policy(), 'challenge', 1n],
  ['B-09 nothing was allocated',    asked(1n, { counters: noCounters }), policy(), 'challenge', 1n],
  ['overbought: pays for itself',   asked(10n, { counters: { ...noCounters, committed_cents: 900n } }), policy(), 'challenge', 10n],
  ['adjusted down',                 asked(500n, { counters: { ...bucket, adjusted_cents: -1n } }), policy(), 'challenge', 1n],
  ['held back',                     asked(500n, { counters: { ...bucket, holdback_cents: 1n } }), policy(), 'challenge', 1n],
  ["given to a category",           asked(500n, { counters: { ...bucket, children_cents: 1n } }), policy(), 'challenge', 1n],
  ['its own reservation counts',    asked(600n, { givenBackCents: 100n }), policy(), 'allow', 0n],
  ['within the tolerance',          asked(510n), policy({ tolerance_bp: 100 }), 'allow', 10n],
  ['beyond the tolerance',          asked(511n), policy({ tolerance_bp: 100 }), 'challenge', 11n],
  ['role limit',                    asked(101n), policy({ role_limits: { buyer: 100 } }), 'role_limit', 0n],
  ["another role's limit",          asked(101n), policy({ role_limits: { planner: 100 } }), 'allow', 0n],
  ['a role named like a built-in',  asked(101n, { role: 'toString' }), policy({ role_limits: {} }), 'allow', 0n],
  ['the most that can be bought',   asked(600n), policy({ max_excess_cents: 100 }), 'challenge', 100n],
  ['more than can be bought',       asked(601n), policy({ max_excess_cents: 100 }), 'max_excess', 101n],
  ['tolerated is not bought',       asked(510n), policy({ max_excess_cents: 0, tolerance_bp: 100 }), 'allow', 10n],
  ['B-05 more than was paid for',   asked(800n, { givenBackCents: 700n, paidForCents: 700n, counters: { ...bucket, reserved_cents: 1_000n } }), policy(), 'challenge', 100n],
  ['B-05 more, and some of it fits', asked(800n, { givenBackCents: 700n, paidForCents: 700n, counters: { ...bucket, reserved_cents: 740n } }), policy(), 'challenge', 40n],
  ['a cap holds for all of it',     asked(800n, { givenBackCents: 700n, paidForCents: 700n, counters: { ...bucket, reserved_cents: 1_000n } }), policy({ max_excess_cents: 299 }), 'max_excess', 100n],
  ['track: allowed and told',       asked(900n), policy({ mode: 'track' }), 'allow', 400n],
  ['track: a hard cap stays one',   asked(900n), policy({ mode: 'track', max_excess_cents: 10 }), 'max_excess', 400n],
  ['warn: enough is left',          asked(300n), policy({ mode: 'warn' }), 'allow', 0n],
  ['warn: too little is left',      asked(301n), policy({ mode: 'warn' }), 'acknowledgement_required', 0n],
  ['warn: said',                    asked(301n, { acknowledged: true }), policy({ mode: 'warn' }), 'allow', 0n],
  ['warn: over budget',             asked(700n), policy({ mode: 'warn', warn_below_bp: 0 }), 'acknowledgement_required', 200n],
  ['warn: over budget, said',       asked(700n, { acknowledged: true }), policy({ mode: 'warn' }), 'allow', 200n],
];

for (const [what, judged, settings, outcome, excess] of rows) {
  test(`B-24 ${what}: ${outcome}`, () => {
    const judgement = judgeGate(judged, settings);
    assert.equal(judgement.reason ?? judgement.outcome, outcome);
    assert.equal(judgement.excessCents, excess);
  });
}

test('B-20 tolerances round down, and nothing tolerates nothing', () => {
  assert.equal(toleranceOf({ ...noCounters, allocated_cents: 999n }, policy({ tolerance_bp: 100 })), 9n);
  assert.equal(toleranceOf({ ...noCounters, allocated_cents: -5n }, policy({ tolerance_bp: 100 })), 0n);
});
