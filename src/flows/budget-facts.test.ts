import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exposures } from '../budgets/tables.ts';
import { BUDGET_FACTS, budgetRecorded } from './budget-facts.ts';
import { changesOf } from './row-facts.ts';

test('a fact holds the rows it changed, and replay reads them back', () => {
  const row = { merchant_id: 'acme', open_invoices: 2n, updated_at: 5n, version: 1n };
  const changes = [{ table: exposures, row }];
  const decided = budgetRecorded({
    type: 'otb/gate-challenged.v1',
    subject: 'd-1',
    answer: { allowed: false },
    changes,
    said: { actor: 'key-1' },
  });
  const body: unknown = JSON.parse(decided.facts?.[0]?.body ?? '');
  assert.ok(typeof body === 'object' && body !== null && 'rows' in body);
  assert.deepEqual(changesOf(body.rows), changes);
  assert.equal(decided.answer, '{"allowed":false}');
  assert.equal(new Set(BUDGET_FACTS).size, BUDGET_FACTS.length);
});
