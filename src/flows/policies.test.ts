/** B-24: each version of a policy is kept, and equal settings are the same one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyCommand } from '../../test/rig/plan-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { policyOf } from '../budgets/policy.ts';
import { policies, policyVersions } from '../budgets/tables.ts';
import type { SetPolicyCommand } from './policies.ts';

const rail = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

test('B-24: versions are counted, kept, and named by the merchant', () => {
  const desk = new StrictDecisions(rail);
  assert.equal(desk.run(policyCommand('track', [500])).code, null);
  assert.equal(desk.run(policyCommand('track', [500])).replayed, true);
  const second = desk.run(policyCommand('enforce', [2_000, 1_000]));
  assert.match(second.answer, /"policy_id":"acme.v2".*"version":2/);
  assert.equal(desk.row(policies, 'acme')?.policy_id, 'acme.v2');
  assert.equal(policyOf(desk.row(policyVersions, 'acme.v1')?.settings).mode, 'track');
  assert.equal(policyOf(desk.row(policyVersions, 'acme.v2')?.settings).mode, 'enforce');
});

test('B-24: a late retry under its key does not undo a newer policy, also where the first one changed nothing', () => {
  const desk = new StrictDecisions(rail);
  const keyed = (key: string, mode: 'track' | 'enforce'): SetPolicyCommand => ({
    ...policyCommand(mode, [500]),
    keyed: { key, request: JSON.stringify({ mode }) },
  });
  const first = desk.run(keyed('k1', 'track'));
  assert.equal(desk.run(keyed('k2', 'track')).code, null, 'the same settings under a key of its own');
  assert.equal(desk.row(policies, 'acme')?.policy_id, 'acme.v1');
  desk.run(keyed('k3', 'enforce'));
  for (const key of ['k1', 'k2']) {
    const late = desk.run(keyed(key, 'track'));
    assert.deepEqual([late.replayed, late.answer], [true, first.answer]);
  }
  assert.equal(desk.row(policies, 'acme')?.policy_id, 'acme.v2');
  assert.match(desk.run(keyed('k1', 'enforce')).answer, /"error":"idempotency_conflict","fields":\["mode"\]/);
});
