/** The list of operations as a server offers it: no endpoint without a tier, none of two. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allOperations } from '../../test/rig/client-wire.ts';
import { refuseMixedTiers } from './api.ts';
import { ConfigError } from './config-error.ts';

test('B-08: every endpoint of the gate has exactly one tier, and one that mixes two stops the start', () => {
  const operations = allOperations();
  assert.equal(refuseMixedTiers(operations), operations);
  const gate = operations.find(({ path }) => path === '/l402-otb/gate');
  const budget = operations.find(({ path }) => path === '/l402-otb/budget');
  assert.ok(gate !== undefined && budget !== undefined);
  const { tier: _, ...untiered } = gate;
  for (const mixed of [
    [{ ...gate, tier: 'reference' as const }],
    [{ ...budget, tier: 'stream' as const }],
    [untiered],
    [...operations, { ...gate, tier: 'change-feed' as const }],
  ])
    assert.throws(() => refuseMixedTiers(mixed), ConfigError);
});
