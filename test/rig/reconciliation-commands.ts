/** Random commands of actuals, reconciliation and exports over few buckets and documents, so that they meet each other often. */
import fc from 'fast-check';
import type { ActualItem, RecordActualsCommand } from '../../src/flows/actuals.ts';
import type { AdvanceExportCommand, RequestExportCommand } from '../../src/flows/exports.ts';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import { actualKinds } from '../../src/budgets/actuals.ts';
import { bucketKey } from '../../src/budgets/bucket.ts';

export const MERCHANT = 'acme';
export const PERIOD = '2026-11';
export const BUCKET = bucketKey(MERCHANT, PERIOD, '');

/** A document that belongs to the merchant as a whole. */
export const itemOf = (documentId: string, terms: Partial<ActualItem> = {}): ActualItem => ({
  documentId,
  kind: 'receipt',
  amountCents: 500n,
  category: null,
  period: PERIOD,
  occurredAt: '2026-11-21T12:00:00Z',
  decisionId: null,
  path: [''],
  decisionBucket: null,
  ...terms,
});

export const actualsOf = (...items: readonly ActualItem[]): RecordActualsCommand => ({
  type: 'record-actuals',
  merchantId: MERCHANT,
  hierarchyVersion: 0n,
  items,
  keyed: null,
  actor: 'feed',
});

const item = fc
  .record({
    documentId: fc.constantFrom('d1', 'd2', 'd3'),
    kind: fc.constantFrom(...actualKinds),
    amountCents: fc.bigInt(1n, 400n),
    path: fc.constantFrom([''], ['shoes', ''], []),
    decisionId: fc.constantFrom(null, null, 'decision-1'),
  })
  .map(({ documentId, ...terms }) =>
    itemOf(documentId, { ...terms, decisionBucket: terms.decisionId === null ? null : BUCKET }),
  );

const run = fc.constantFrom('run-1', 'run-2');
const job = fc.constantFrom('job-1', 'job-2');

export const actualBatches: fc.Arbitrary<RecordActualsCommand> = fc
  .array(item, { minLength: 1, maxLength: 4 })
  .map((items) => actualsOf(...items));

export const reconciliationCommands = {
  'record-actuals': actualBatches,
  'begin-reconciliation': run.map((runId): PaymentCommand => ({ type: 'begin-reconciliation', runId, actor: 'job' })),
  'advance-reconciliation': fc
    .tuple(run, fc.bigInt(0n, 6n), fc.bigInt(1n, 6n))
    .map(([runId, bucketVersion, totalsVersion]): PaymentCommand => ({
      type: 'advance-reconciliation',
      runId,
      from: '',
      to: '',
      buckets: [{ bucket: BUCKET, bucketVersion, totalsVersion, namedReceived: 0n, allocationId: 'allocation-1' }],
      decisions: [{ bucket: BUCKET, decisionId: 'decision-1' }],
      miscounted: bucketVersion === 0n ? [BUCKET] : [],
      mended: [],
    })),
  'end-reconciliation': run.map((runId): PaymentCommand => ({
    type: 'end-reconciliation',
    runId,
    settlement: { checked: 0, pending: 0, drifted: runId === 'run-1' ? ['hold:h1:released'] : [] },
    decisionsCounted: 0,
  })),
  'request-export': fc.tuple(job, fc.constantFrom(null, MERCHANT)).map(([jobId, merchantId]): RequestExportCommand => ({
    type: 'request-export',
    jobId,
    merchantId,
    period: null,
    actor: 'finance',
  })),
  'advance-export': fc
    .tuple(job, fc.constantFrom('running', 'done', 'failed'))
    .map(([jobId, state]): AdvanceExportCommand => ({
      type: 'advance-export',
      jobId,
      state,
      rowsDone: 1,
      rowsTotal: 2,
      files: [{ name: 'buckets.csv', rows: 1, bytes: 2, sha256: '0'.repeat(64) }],
      error: state === 'failed' ? 'the disk is full' : null,
    })),
};
