/** Exports. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Export {
  readonly job_id: string;
  readonly merchant_id: string | null;
  readonly period: string | null;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly rows_done: number;

  /** known when the job is done */
  readonly rows_total: number;

  /** those that are complete */
  readonly files: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly error: string | null;
  readonly window: 'open' | 'completed' | 'failed';
  readonly requested_by: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ExportsOperations {
  /**
   * `POST /exports/otb-state`: Export budgets, buckets, decisions, actuals and adjustments. A job: ask for it by
   * its id until its window is `completed`. Each dataset comes as CSV and as JSON Lines, each file with its
   * SHA-256. Without a merchant all of them, without a period all periods. `Idempotency-Key` names the job: the
   * same key is the same job.
   */
  requestExport: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly merchant_id?: string | undefined;
      readonly period?: string | undefined;
    };
    readonly answer: Export;
  };

  /** `GET /exports`: Exports, the newest first. */
  listExports: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
    };
    readonly answer: Export;
  };

  /** `GET /exports/{job_id}`: An export: how far it is, and its files. */
  readExport: { readonly input: { readonly job_id: string }; readonly answer: Export };

  /**
   * `GET /exports/{job_id}/files/{name}`: A file of an export. CSV or JSON Lines, as its name says. Its SHA-256
   * stands in the export.
   */
  downloadExport: { readonly input: { readonly job_id: string; readonly name: string }; readonly answer: string };
}

export const exportsOperations = {
  requestExport: { method: 'POST', path: '/exports/otb-state', kind: 'value', body: true, key: true },
  listExports: { method: 'GET', path: '/exports', kind: 'list' },
  readExport: { method: 'GET', path: '/exports/{job_id}', kind: 'value', polled: true },
  downloadExport: { method: 'GET', path: '/exports/{job_id}/files/{name}', kind: 'text' },
} as const;
