/** Rows of the inbox and standing rules as callers see them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inboxView, ruleView } from './funding-wire.ts';

test('yes and no, integers, times', () => {
  const row = {
    receipt_id: 'r',
    state: 'waiting' as const,
    source: 'spool',
    gateway_node_id: 'g',
    account_id: 'account:org:a',
    amount: 9n,
    gross: 10n,
    verified: 1n,
    content: '{}',
    reason: null,
    decided_by: null,
    received_at: 0n,
    updated_at: 1_000_000_000n,
    version: 1n,
  };
  assert.deepEqual(inboxView(row), {
    receipt_id: 'r',
    state: 'waiting',
    source: 'spool',
    gateway_node_id: 'g',
    account_id: 'account:org:a',
    amount: 9,
    gross: 10,
    verified: true,
    reason: null,
    decided_by: null,
    received_at: '1970-01-01T00:00:00.000Z',
    updated_at: '1970-01-01T00:00:01.000Z',
  });
});

test('a rule', () => {
  const row = {
    gateway_node_id: 'g',
    state: 'removed' as const,
    max_amount: 5n,
    requires_signature: 0n,
    set_by: 'k',
    created_at: 0n,
    updated_at: 0n,
    version: 2n,
  };
  const { requires_signature: requires, max_amount: limit, state } = ruleView(row);
  assert.deepEqual([requires, limit, state], [false, 5, 'removed']);
});
