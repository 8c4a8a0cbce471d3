/** A period-end export (B-08) as a job that survives the server: asked for, carried on file by file, done or failed. */
import type { Decision } from '../base/decision.ts';
import type { RowOf } from '../base/row-table.ts';
import { timeOf } from '../base/time.ts';
import { exportJobs } from '../budgets/tables.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';

export type ExportRow = RowOf<typeof exportJobs>;

/** A file that is complete. */
export interface ExportFile {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface RequestExportCommand {
  readonly type: 'request-export';
  readonly jobId: string;
  /** Null: all of them. */
  readonly merchantId: string | null;
  readonly period: string | null;
  readonly actor: string;
}

export interface AdvanceExportCommand {
  readonly type: 'advance-export';
  readonly jobId: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly rowsDone: number;
  readonly rowsTotal: number;
  readonly files: readonly ExportFile[];
  readonly error: string | null;
}

const request: Decision<RequestExportCommand> = {
  reads: ({ jobId }) => ({ rows: [{ table: exportJobs, key: [jobId] }] }),
  decide({ jobId, merchantId, period, actor }, view) {
    const { at } = view;
    const known = view.row(exportJobs, [jobId]);
    if (known !== undefined) {
      const same = known.merchant_id === merchantId && known.period === period;
      return same
        ? replayed(exportView(known))
        : refusal('idempotency_conflict', { fields: ['merchant_id', 'period'] });
    }
    const job: ExportRow = {
      job_id: jobId,
      merchant_id: merchantId,
      period,
      state: 'waiting',
      rows_done: 0n,
      rows_total: 0n,
      files: '[]',
      error: null,
      requested_by: actor,
      created_at: at,
      updated_at: at,
      version: 1n,
    };
    return changed(job, { actor });
  },
};

const advance: Decision<AdvanceExportCommand> = {
  reads: ({ jobId }) => ({ rows: [{ table: exportJobs, key: [jobId] }] }),
  decide({ jobId, state, rowsDone, rowsTotal, files, error }, view) {
    const { at } = view;
    const job = view.row(exportJobs, [jobId]);
    if (job === undefined) return refusal('export_not_found');
    if (job.state === 'done' || job.state === 'failed') return replayed(exportView(job));
    const after: ExportRow = {
      ...job,
      state,
      rows_done: BigInt(rowsDone),
      rows_total: BigInt(rowsTotal),
      files: JSON.stringify(files),
      error,
      updated_at: at,
      version: job.version + 1n,
    };
    return changed(after, {});
  },
};

function changed(row: ExportRow, said: Readonly<Record<string, string>>): ReturnType<typeof budgetRecorded> {
  return budgetRecorded({
    type: 'otb/export-changed.v1',
    subject: row.job_id,
    answer: exportView(row),
    changes: [{ table: exportJobs, row }],
    said,
  });
}

/** A job as callers see it. */
export function exportView(row: ExportRow): Readonly<Record<string, unknown>> {
  return {
    job_id: row.job_id,
    merchant_id: row.merchant_id,
    period: row.period,
    state: row.state,
    rows_done: Number(row.rows_done),
    rows_total: Number(row.rows_total),
    files: JSON.parse(row.files) as unknown,
    error: row.error,
    window: row.state === 'done' ? 'completed' : row.state === 'failed' ? 'failed' : 'open',
    requested_by: row.requested_by,
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}

export const exportDecisions = { 'request-export': request, 'advance-export': advance };
