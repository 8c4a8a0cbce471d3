/** Facts of the gate hold the rows they changed; sealed keys stand apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exposures, invoices } from '../budgets/tables.ts';
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

test('B-06: a sealed root key stands in a fact of its own, and replay of both gives the row back', () => {
  const row = { decision_id: 'd-1', merchant_id: 'acme', root_key_sealed: 'v1.nonce.sealed', version: 4n };
  const { facts = [], changes = [] } = budgetRecorded({
    type: 'otb/invoice-recorded.v1',
    subject: 'd-1',
    answer: {},
    changes: [{ table: invoices, row }],
    said: {},
  });
  assert.deepEqual(
    facts.map(({ type, subject }) => [type, subject]),
    [
      ['otb/invoice-recorded.v1', 'd-1'],
      ['otb/root-key-sealed.v1', 'd-1'],
    ],
  );
  assert.ok(!facts[0]?.body.includes('v1.nonce.sealed'));
  assert.deepEqual(
    changes.map((change) => [change.row['root_key_sealed'], change.row['version']]),
    [
      [null, 4n],
      ['v1.nonce.sealed', 5n],
    ],
  );
});
