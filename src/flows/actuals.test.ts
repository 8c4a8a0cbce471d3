/** Actuals: once per document, all or nothing, and no budget changes by them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actualsOf, BUCKET, itemOf, MERCHANT } from '../../test/rig/reconciliation-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { actuals, actualTotals, allocations } from '../budgets/tables.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

const resultsOf = (answer: string): { outcome: string; error?: string; fields?: string[] }[] =>
  (JSON.parse(answer) as { results: [] }).results;

test('B-07: a document is recorded once; with other content it is a conflict that names the fields', () => {
  const rows = new StrictDecisions(policy);
  assert.equal(rows.run(actualsOf(itemOf('r1'), itemOf('r2'))).code, null);
  const again = rows.run(actualsOf(itemOf('r2'), itemOf('r3')));
  assert.deepEqual(
    resultsOf(again.answer).map(({ outcome }) => outcome),
    ['already_recorded', 'recorded'],
  );
  assert.equal(rows.run(actualsOf(itemOf('r1'), itemOf('r3'))).replayed, true);
  const other = rows.run(actualsOf(itemOf('r4'), itemOf('r1', { amountCents: 501n, period: '2026-12' })));
  assert.equal(other.code, 'idempotency_conflict');
  assert.deepEqual(resultsOf(other.answer), [
    { document_id: 'r4', kind: 'receipt', outcome: 'not_recorded' },
    {
      document_id: 'r1',
      kind: 'receipt',
      outcome: 'not_recorded',
      error: 'idempotency_conflict',
      fields: ['amount_cents', 'period'],
    },
  ]);
  assert.equal(rows.row(actuals, `${MERCHANT}|receipt|r4`), undefined, 'all or nothing');
  assert.equal(rows.row(actualTotals, BUCKET)?.received_cents, 1_500n);
  assert.equal(rows.row(allocations, BUCKET), undefined, 'no budget changes');
});

test('B-07: under a key the batch is known: answered as it was, and other items are a conflict', () => {
  const rows = new StrictDecisions(policy);
  const keyed = { key: 'actuals:k:1', request: '{"merchant_id":"acme","items":"a1"}' };
  const first = rows.run({ ...actualsOf(itemOf('r1'), itemOf('r2')), keyed });
  assert.equal(first.code, null);
  const again = rows.run({ ...actualsOf(itemOf('r1'), itemOf('r2')), keyed });
  assert.deepEqual([again.replayed, again.answer], [true, first.answer]);
  const other = rows.run({
    ...actualsOf(itemOf('r3')),
    keyed: { ...keyed, request: '{"merchant_id":"acme","items":"b2"}' },
  });
  assert.equal(other.code, 'idempotency_conflict');
  assert.match(other.answer, /"fields":\["items"\]/);
  assert.equal(rows.row(actuals, `${MERCHANT}|receipt|r3`), undefined);
});

test('B-07: the same document twice in one batch is one document', () => {
  const rows = new StrictDecisions(policy);
  const { answer } = rows.run(actualsOf(itemOf('r1'), itemOf('r1')));
  assert.deepEqual(
    resultsOf(answer).map(({ outcome }) => outcome),
    ['recorded', 'already_recorded'],
  );
  assert.equal(rows.facts.filter(({ type }) => type === 'otb/actuals-recorded.v1').length, 1);
});

test('B-07: refused: no such category, no such decision, a hierarchy that has changed, a sum beyond JSON', () => {
  const rows = new StrictDecisions(policy);
  assert.equal(rows.run(actualsOf(itemOf('r1', { category: 'hats', path: [] }))).code, 'unknown_category');
  const named = itemOf('r1', { decisionId: 'nobody', decisionBucket: BUCKET });
  assert.equal(rows.run(actualsOf(named)).code, 'decision_not_found');
  assert.equal(rows.run({ ...actualsOf(itemOf('r1')), hierarchyVersion: 1n }).code, 'stale');
  const huge = { amountCents: BigInt(Number.MAX_SAFE_INTEGER) };
  assert.equal(rows.run(actualsOf(itemOf('r1', huge), itemOf('r2', huge))).code, 'balance_too_large');
  assert.equal(rows.row(actualTotals, BUCKET), undefined);
});
