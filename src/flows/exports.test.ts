/** An export is asked for once, carried on, and ends once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StrictDecisions } from '../../test/rig/strict-decisions.ts';
import type { AdvanceExportCommand, RequestExportCommand } from './exports.ts';

const policy = { balances: ['a', 'b'], movementsMax: 3, windowMs: 1_000, singleMax: 300n };

const request: RequestExportCommand = {
  type: 'request-export',
  jobId: 'job-1',
  merchantId: 'acme',
  period: '2026-11',
  actor: 'finance',
};

const advance = (state: AdvanceExportCommand['state'], jobId = 'job-1'): AdvanceExportCommand => ({
  type: 'advance-export',
  jobId,
  state,
  rowsDone: 1,
  rowsTotal: 2,
  files: [],
  error: null,
});

test('B-08: a job is asked for once, and what has ended stays as it ended', () => {
  const rows = new StrictDecisions(policy);
  assert.equal(rows.run(request).code, null);
  assert.equal(rows.run(request).replayed, true);
  assert.equal(rows.run({ ...request, period: null }).code, 'idempotency_conflict');
  assert.equal(rows.run(advance('running')).code, null);
  assert.match(rows.run(advance('done')).answer, /"window":"completed"/);
  assert.equal(rows.run(advance('failed')).replayed, true);
  assert.equal(rows.run(advance('done', 'job-2')).code, 'export_not_found');
});
