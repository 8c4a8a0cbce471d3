/** Rows as callers see them: integers, RFC 3339, zeros for an account nobody has used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountView, holdView } from './wire.ts';

test('S-02 an unknown account reads as zero', () => {
  assert.deepEqual(accountView('account:org:x', undefined), {
    account_id: 'account:org:x',
    unit: 'ORC',
    available: 0,
    held: 0,
    total: 0,
  });
});

test('total is available and held together', () => {
  const row = { account_id: 'a', available: 7n, held: 5n, updated_at: 1n, version: 1n };
  assert.equal(accountView('a', row).total, 12);
});

test('a hold with its history', () => {
  const hold = {
    hold_id: 'h',
    state: 'frozen' as const,
    payer_account_id: 'p',
    payee_account_id: 'q',
    amount: 5n,
    order_id: 'o',
    contract_id: null,
    policy_ref: null,
    work_by: 1_000_000_000n,
    accept_by: null,
    dispute_by: null,
    auto_release_after: null,
    due_at: null,
    due_to: null,
    created_at: 0n,
    updated_at: 0n,
    version: 2n,
  };
  const view = holdView(hold, [
    { move_id: 'h:1', hold_id: 'h', state: 'active', at: 0n, reason: null, actor: 'who', seq: 3n },
  ]);
  assert.deepEqual(view.deadlines, {
    work_by: '1970-01-01T00:00:01.000Z',
    accept_by: null,
    dispute_by: null,
    auto_release_after: null,
  });
  assert.deepEqual(view.history, [
    { state: 'active', at: '1970-01-01T00:00:00.000Z', reason: null, actor: 'who', seq: 3 },
  ]);
  assert.deepEqual([view.state, view.amount, view.unit], ['frozen', 5, 'ORC']);
});
