/** Shapes of actuals, runs and adjustments on the wire. */
import * as z from 'zod';
import { bucketOf } from '../../budgets/bucket.ts';
import { timeOf } from '../../base/time.ts';
import { actualKinds, type ActualRow } from '../../budgets/actuals.ts';
import type { ActualResult } from '../../flows/actuals.ts';
import { runView, type AdjustmentRow, type ReconciliationRow, type RunView } from '../../flows/reconciliation.ts';

const count = z.int();

export const actualKind = z.enum(actualKinds);

export const actualResult: z.ZodType<ActualResult> = z.strictObject({
  document_id: z.string(),
  kind: actualKind,
  outcome: z.enum(['recorded', 'already_recorded', 'not_recorded']),
  error: z.string().exactOptional(),
  fields: z.array(z.string()).readonly().exactOptional(),
});

export interface ActualView {
  readonly merchant_id: string;
  readonly document_id: string;
  readonly kind: ActualRow['kind'];
  readonly amount_cents: number;
  readonly category: string | null;
  readonly period: string;
  readonly bucket: string;
  readonly decision_id: string | null;
  readonly occurred_at: string;
  readonly recorded_by: string;
  readonly recorded_at: string;
}

export const actualRecord: z.ZodType<ActualView> = z.strictObject({
  merchant_id: z.string(),
  document_id: z.string(),
  kind: actualKind,
  amount_cents: count,
  category: z.string().nullable(),
  period: z.string(),
  bucket: z.string().meta({ description: 'where it is counted: merchant, period and category' }),
  decision_id: z.string().nullable(),
  occurred_at: z.string(),
  recorded_by: z.string(),
  recorded_at: z.string(),
});

export const actualView = (row: ActualRow): ActualView => ({
  merchant_id: row.merchant_id,
  document_id: row.document_id,
  kind: row.kind,
  amount_cents: Number(row.amount_cents),
  category: row.category,
  period: row.period,
  bucket: row.bucket,
  decision_id: row.decision_id,
  occurred_at: row.occurred_at,
  recorded_by: row.recorded_by,
  recorded_at: timeOf(row.at),
});

export interface AdjustmentView {
  readonly adjustment_id: string;
  readonly run_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly category: string | null;
  readonly cause: string;
  readonly amount_cents: number;
  readonly expected_cents: number;
  readonly actual_cents: number;
  readonly at: string;
}

export const adjustmentRecord: z.ZodType<AdjustmentView> = z.strictObject({
  adjustment_id: z.string(),
  run_id: z.string(),
  merchant_id: z.string(),
  period: z.string(),
  category: z.string().nullable(),
  cause: z.string(),
  amount_cents: count.meta({ description: 'positive: budget was given back; negative: it was taken' }),
  expected_cents: count.meta({ description: 'what the gate held' }),
  actual_cents: count.meta({ description: 'what documents said' }),
  at: z.string(),
});

export function adjustmentView(row: AdjustmentRow): AdjustmentView {
  const { period, category } = bucketOf(row.bucket);
  return {
    adjustment_id: row.adjustment_id,
    run_id: row.run_id,
    merchant_id: row.merchant_id,
    period,
    category: category === '' ? null : category,
    cause: row.cause,
    amount_cents: Number(row.amount_cents),
    expected_cents: Number(row.expected_cents),
    actual_cents: Number(row.actual_cents),
    at: timeOf(row.at),
  };
}

export interface RunRecord extends Omit<RunView, 'buckets'> {
  /** Null for a key that is confined to a merchant: the number is of all. */
  readonly buckets: number | null;
  readonly changes: readonly AdjustmentView[];
  readonly more_changes: boolean;
}

export const runRecord: z.ZodType<RunRecord> = z.strictObject({
  run_id: z.string(),
  state: z.enum(['running', 'done']),
  watermark: count.meta({ description: 'the number of the last fact that the run looked at' }),
  buckets: count.nullable().meta({ description: 'compared; null for a key that is confined to a merchant' }),
  adjustments: count,
  drift_cents: count.meta({ description: 'all amounts that were booked together, without their signs' }),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  changes: z.array(adjustmentRecord).readonly(),
  more_changes: z
    .boolean()
    .meta({ description: 'there are more than stand here: see the list of the run’s adjustments' }),
});

/** A run as a caller may see it: of what was booked, the part of their own merchant (B-27). */
export function runRecordOf(
  row: ReconciliationRow,
  {
    changes,
    more,
    merchant,
  }: { readonly changes: readonly AdjustmentRow[]; readonly more: boolean; readonly merchant: string | undefined },
): RunRecord {
  const own = changes.map(adjustmentView);
  const view = { ...runView(row), changes: own, more_changes: more };
  if (merchant === undefined) return view;
  const drift = own.reduce((sum, { amount_cents: cents }) => sum + Math.abs(cents), 0);
  return { ...view, buckets: null, adjustments: own.length, drift_cents: drift };
}
