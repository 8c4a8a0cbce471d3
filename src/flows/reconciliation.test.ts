/** A run on rows in memory: what it books, that it books it once, and that a cut run goes on where it was. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { actualsOf, BUCKET, itemOf } from '../../test/rig/reconciliation-commands.ts';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import { actualTotals, alerts, allocations, reconciliations } from '../budgets/tables.ts';
import { SETTLEMENT_ALERT, type AdvanceReconciliationCommand } from './reconciliation.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

function begun(runId = 'run-1', rows = new StrictDecisions(policy)): StrictDecisions {
  assert.equal(rows.run({ type: 'begin-reconciliation', runId, actor: 'job' }).code, null);
  return rows;
}

function pageOf(
  rows: StrictDecisions,
  terms: Partial<AdvanceReconciliationCommand> = {},
): AdvanceReconciliationCommand {
  return {
    type: 'advance-reconciliation',
    runId: 'run-1',
    from: '',
    to: BUCKET,
    buckets: [
      {
        bucket: BUCKET,
        bucketVersion: rows.row(allocations, BUCKET)?.version ?? 0n,
        totalsVersion: rows.row(actualTotals, BUCKET)?.version ?? 0n,
        namedReceived: 0n,
        allocationId: 'allocation-1',
      },
    ],
    decisions: [],
    miscounted: [],
    mended: [],
    ...terms,
  };
}

const answerOf = (answer: string): Record<string, unknown> => JSON.parse(answer) as Record<string, unknown>;

suite('B-07: a run', () => {
  test('books a difference with its cause, opens an alert, and closes it when the next run finds nothing', () => {
    const rows = new StrictDecisions(policy);
    rows.run(actualsOf(itemOf('r1'), itemOf('o1', { kind: 'order', amountCents: 800n })));
    begun('run-1', rows);
    const { answer, code } = rows.run(pageOf(rows));
    assert.deepEqual([code, answerOf(answer)['adjustments'], answerOf(answer)['drift_cents']], [null, 2, 800]);
    // 500 of the 800 that were ordered came in: 500 received and 300 to come, none of it through the gate.
    assert.equal(rows.row(allocations, BUCKET)?.adjusted_cents, -800n);
    assert.equal(rows.row(alerts, `${BUCKET}|drift`)?.state, 'open');
    assert.equal(rows.row(alerts, `${BUCKET}|threshold`)?.level, 'overbought');
    rows.run({
      type: 'end-reconciliation',
      runId: 'run-1',
      settlement: { checked: 0, pending: 0, drifted: [] },
      decisionsCounted: 0,
    });
    begun('run-2', rows);
    const second = answerOf(rows.run({ ...pageOf(rows), runId: 'run-2' }).answer);
    assert.deepEqual([second['adjustments'], second['drift_cents']], [0, 0], 'no news');
    assert.equal(rows.row(allocations, BUCKET)?.adjusted_cents, -800n);
    assert.equal(rows.row(alerts, `${BUCKET}|drift`)?.state, 'closed');
  });

  test('a page that was booked already is stale: whoever was cut goes on behind it', () => {
    const rows = new StrictDecisions(policy);
    rows.run(actualsOf(itemOf('r1')));
    begun('run-1', rows);
    const page = pageOf(rows);
    assert.equal(rows.run(page).code, null);
    const facts = rows.facts.length;
    const again = rows.run(page);
    assert.deepEqual([again.code, answerOf(again.answer)['position']], ['stale', BUCKET]);
    assert.equal(rows.facts.length, facts);
  });

  test('a bucket that has changed since it was read is skipped', () => {
    const rows = new StrictDecisions(policy);
    rows.run(actualsOf(itemOf('r1')));
    begun('run-1', rows);
    const page = pageOf(rows);
    rows.run(actualsOf(itemOf('r2')));
    assert.deepEqual(answerOf(rows.run(page).answer)['skipped'], [BUCKET]);
    assert.equal(rows.row(allocations, BUCKET), undefined);
  });

  test('counters that do not add up raise an alert and change nothing', () => {
    const rows = begun();
    rows.run(pageOf(rows, { buckets: [], miscounted: [BUCKET] }));
    assert.equal(rows.row(alerts, `${BUCKET}|drift`)?.level, 'counters_differ');
    assert.equal(rows.row(allocations, BUCKET), undefined);
    rows.run(pageOf(rows, { from: BUCKET, buckets: [], mended: [BUCKET] }));
    assert.equal(rows.row(alerts, `${BUCKET}|drift`)?.state, 'closed');
  });

  test('begins and ends once; movements that do not fit raise an alert', () => {
    const rows = begun();
    assert.equal(rows.row(reconciliations, 'run-1')?.watermark, BigInt(rows.facts.length - 1));
    assert.equal(rows.run({ type: 'begin-reconciliation', runId: 'run-1', actor: 'job' }).replayed, true);
    const settlement = { checked: 1, pending: 0, drifted: ['hold:h1:released'] };
    const end = { type: 'end-reconciliation', runId: 'run-1', settlement, decisionsCounted: 0 } as const;
    assert.equal(rows.run(end).code, null);
    assert.equal(rows.run(end).replayed, true);
    assert.equal(rows.row(alerts, SETTLEMENT_ALERT)?.state, 'open');
    assert.equal(rows.run(pageOf(rows, { buckets: [] })).code, 'stale');
    assert.equal(rows.run({ ...end, runId: 'none' }).code, 'stale');
  });
});
