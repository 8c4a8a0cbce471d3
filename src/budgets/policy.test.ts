/** B-09, B-24: the rules that hold where nobody set any, and those that somebody did. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy, policyOf } from './policy.ts';

test('B-09, R6: without rules of its own a merchant has enforce and a toll of 100 sat', () => {
  assert.deepEqual(policyOf(undefined), defaultPolicy);
  assert.equal(defaultPolicy.mode, 'enforce');
  assert.deepEqual(defaultPolicy.price, { kind: 'toll', sats: 100 });
});

test('what a policy does not say is as in the default', () => {
  const settings = policyOf('{"mode":"track","tolerance_bp":50}');
  assert.deepEqual(settings, { ...defaultPolicy, mode: 'track', tolerance_bp: 50 });
});
