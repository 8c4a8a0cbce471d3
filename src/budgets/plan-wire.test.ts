/** Planners' rows as callers see them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounters } from './bucket.ts';
import { alertView, allocationView, planOf, planView, policyId, policyView } from './plan-wire.ts';

const times = { created_at: 1_000_000_000n, updated_at: 2_000_000_000n };

test('a plan comes back from its row', () => {
  const plan = planView({
    plannedSales: 5n,
    plannedReductions: 0n,
    plannedClosingStock: 2n,
    openingStock: 1n,
    onOrder: 3n,
    initialMarkupBp: null,
  });
  assert.deepEqual(planOf(JSON.stringify(plan)), plan);
  assert.equal(planOf(null), null);
});

test('the merchant as a whole is null, and what is overbought is flagged', () => {
  const row = {
    bucket: 'acme|2026-11|',
    allocation_id: 'a',
    merchant_id: 'acme',
    period: '2026-11',
    category: '',
    budget_id: 'b',
    parent: null,
    ...noCounters,
    allocated_cents: 10n,
    committed_cents: 11n,
    revision: 1n,
    alert_level: 4n,
    ...times,
    version: 1n,
  };
  const view = allocationView(row);
  assert.deepEqual(
    [view.category, view.parent_category, view.open_to_buy_cents, view.below_committed],
    [null, null, -1, true],
  );
  const child = allocationView({ ...row, category: 'shoes', parent: '' });
  assert.deepEqual([child.category, child.parent_category], ['shoes', null]);
  assert.equal(allocationView({ ...row, category: 'boots', parent: 'shoes' }).parent_category, 'shoes');
});

test("an alert names its bucket's period and category", () => {
  const row = {
    alert_id: 'acme|2026-11|home & garden|threshold',
    merchant_id: 'acme',
    bucket: 'acme|2026-11|home & garden',
    kind: 'threshold',
    state: 'open',
    level: 'low_2000',
    open_to_buy_cents: 5n,
    opened_at: 1n,
    updated_at: 2n,
    version: 1n,
  } as const;
  const { period, category, level, open_to_buy_cents: left } = alertView(row);
  assert.deepEqual([period, category, level, left], ['2026-11', 'home & garden', 'low_2000', 5]);
});

test("a version of a policy is read from its id, whatever the merchant's looks like", () => {
  const merchant = 'shop.v7.v1';
  const row = {
    policy_id: policyId(merchant, 12n),
    merchant_id: merchant,
    settings: '{"mode":"warn"}',
    created_by: 'k',
  };
  const view = policyView(row, 1_000_000_000n);
  assert.deepEqual([view.version, view.mode, view.price], [12, 'warn', { kind: 'toll', sats: 100 }]);
});
