/** B-24: each version of a policy is kept, and equal settings are the same one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyCommand } from '../../test/rig/plan-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { policyOf } from '../budgets/policy.ts';
import { policies, policyVersions } from '../budgets/tables.ts';

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
