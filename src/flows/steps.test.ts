/** Steps of one command see each other, and share neither instants nor numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSTANT_NS, type View } from '../base/decision.ts';
import { exposures } from '../budgets/tables.ts';
import { Steps } from './steps.ts';

test('a step sees what the steps before it changed, at an instant of its own', () => {
  const before: View = { known: () => undefined, row: () => undefined, seq: 7, at: 1_024n, nowMs: 0, uptimeMs: 0 };
  const steps = new Steps(before);
  assert.ok(steps.isEmpty);
  for (const version of [1n, 2n]) {
    const { at } = steps.view;
    assert.equal(steps.view.row(exposures, ['acme'])?.version, version === 1n ? undefined : 1n);
    const row = { merchant_id: 'acme', open_invoices: version, updated_at: at, version };
    steps.add({ type: 'otb/gate-challenged.v1', subject: 's', changes: [{ table: exposures, row }], said: {} });
  }
  assert.deepEqual([steps.view.seq, steps.view.at], [9, 1_024n + 2n * INSTANT_NS]);
  const { facts = [], changes = [] } = steps.decided({ done: true });
  assert.deepEqual([facts.length, changes.length], [2, 2]);
});
