/** What each kind of document adds to the sums that a reconciliation compares. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  actualKey,
  actualKinds,
  decisionOfTotals,
  decisionTotalsKey,
  totalsChange,
  type ActualKind,
} from './actuals.ts';

test('B-07: each kind changes its sum, and none counts a purchase twice', () => {
  // prettier-ignore
  const rows: readonly [kind: ActualKind, hasDecision: boolean, received: bigint, ordered: bigint][] = [
    ['receipt',      false,  500n,    0n],
    ['receipt',      true,   500n,    0n],
    ['return',       false, -500n,    0n],
    ['chargeback',   true,  -500n,    0n],
    ['order',        false,    0n,  500n],
    ['order',        true,     0n,    0n],
    ['cancellation', false,    0n, -500n],
    ['cancellation', true,     0n, -500n],
    ['invoice',      false,    0n,    0n],
  ];
  for (const [kind, hasDecision, received, ordered] of rows)
    assert.deepEqual(totalsChange(kind, 500n, hasDecision), { received, ordered }, `${kind} ${hasDecision}`);
  assert.deepEqual(new Set(rows.map(([kind]) => kind)), new Set(actualKinds));
});

test('B-07: keys of documents, and of sums, never meet', () => {
  assert.equal(actualKey('acme', 'receipt', 'v1:inv-7:store-2'), 'acme|receipt|v1:inv-7:store-2');
  assert.notEqual(actualKey('acme', 'receipt', 'd'), actualKey('acme', 'invoice', 'd'));
  assert.equal(decisionOfTotals(decisionTotalsKey('acme|2026-11|', 'dec-1')), 'dec-1');
  assert.equal(decisionOfTotals('acme|2026-11|shoes'), undefined);
});
