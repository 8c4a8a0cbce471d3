/** Reconciliation. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Actual {
  readonly merchant_id: string;
  readonly document_id: string;
  readonly kind: 'receipt' | 'order' | 'cancellation' | 'return' | 'chargeback' | 'invoice';
  readonly amount_cents: number;
  readonly category: string | null;
  readonly period: string;

  /** where it is counted: merchant, period and category */
  readonly bucket: string;
  readonly decision_id: string | null;
  readonly occurred_at: string;
  readonly recorded_by: string;
  readonly recorded_at: string;
}

export interface Reconciliation {
  readonly run_id: string;
  readonly state: 'running' | 'done';

  /** the number of the last fact that the run looked at */
  readonly watermark: number;

  /** compared; null for a key that is confined to a merchant */
  readonly buckets: number | null;
  readonly adjustments: number;

  /** all amounts that were booked together, without their signs */
  readonly drift_cents: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly changes: readonly {
    readonly adjustment_id: string;
    readonly run_id: string;
    readonly merchant_id: string;
    readonly period: string;
    readonly category: string | null;
    readonly cause: string;

    /** positive: budget was given back; negative: it was taken */
    readonly amount_cents: number;

    /** what the gate held */
    readonly expected_cents: number;

    /** what documents said */
    readonly actual_cents: number;
    readonly at: string;
  }[];

  /** there are more than stand here: see the list of the run’s adjustments */
  readonly more_changes: boolean;
}

export interface Adjustment {
  readonly adjustment_id: string;
  readonly run_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly category: string | null;
  readonly cause: string;

  /** positive: budget was given back; negative: it was taken */
  readonly amount_cents: number;

  /** what the gate held */
  readonly expected_cents: number;

  /** what documents said */
  readonly actual_cents: number;
  readonly at: string;
}

export interface RecordActualsAnswer {
  readonly merchant_id: string;
  readonly results: readonly {
    readonly document_id: string;
    readonly kind: 'receipt' | 'order' | 'cancellation' | 'return' | 'chargeback' | 'invoice';
    readonly outcome: 'recorded' | 'already_recorded' | 'not_recorded';
    readonly error?: string;
    readonly fields?: readonly string[];
  }[];
}

export interface ReconciliationOperations {
  /**
   * `POST /l402-otb/actuals`: Record what really happened, each document once. Merchant, kind and document id
   * together are the key: the same again is `already_recorded`, with other content it is a conflict that names the
   * fields. Under an Idempotency-Key the whole batch is known: the same again is answered as it was, other items
   * are a conflict. All or nothing. Nothing changes in a budget before the next reconciliation. As a file:
   * comma-separated values with the columns `merchant_id`, `document_id`, `kind`, `amount_cents`, `period`,
   * `occurred_at`, and perhaps `category`, `decision_id`.
   */
  recordActuals: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly merchant_id: string;
      readonly items: readonly {
        readonly document_id: string;
        readonly kind: 'receipt' | 'order' | 'cancellation' | 'return' | 'chargeback' | 'invoice';

        /** minor units */
        readonly amount_cents: number;
        readonly category?: string | null | undefined;
        readonly period: string;
        readonly occurred_at: string;
        readonly decision_id?: string | null | undefined;
      }[];
    };
    readonly answer: RecordActualsAnswer;
  };

  /** `GET /l402-otb/actuals`: Recorded documents, the newest first. */
  listActuals: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly kind?: 'receipt' | 'order' | 'cancellation' | 'return' | 'chargeback' | 'invoice' | undefined;
      readonly period?: string | undefined;
      readonly decision_id?: string | undefined;
    };
    readonly answer: Actual;
  };

  /**
   * `POST /l402-otb/reconcile`: Reconcile now. Compares all that was recorded until now, and answers when it is
   * done. After twenty seconds the answer is the run as it is then, `running`; it goes on.
   */
  reconcile: { readonly input: Readonly<Record<string, never>>; readonly answer: Reconciliation };

  /**
   * `GET /l402-otb/reconciliations`: Runs that have ended, the oldest first, with what they booked. A change feed:
   * keep `feed_cursor` and ask again with it as `cursor`. `since` begins with runs that started after that time.
   */
  listReconciliations: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly since?: string | undefined;
      readonly merchant_id?: string | undefined;
    };
    readonly answer: Reconciliation;
  };

  /** `GET /l402-otb/reconciliations/{run_id}/adjustments`: What a run booked, the newest first. */
  listAdjustments: {
    readonly input: {
      readonly run_id: string;

      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
    };
    readonly answer: Adjustment;
  };
}

export const reconciliationOperations = {
  recordActuals: { method: 'POST', path: '/l402-otb/actuals', kind: 'value', body: true, key: true },
  listActuals: { method: 'GET', path: '/l402-otb/actuals', kind: 'list' },
  reconcile: { method: 'POST', path: '/l402-otb/reconcile', kind: 'value' },
  listReconciliations: { method: 'GET', path: '/l402-otb/reconciliations', kind: 'list' },
  listAdjustments: { method: 'GET', path: '/l402-otb/reconciliations/{run_id}/adjustments', kind: 'list' },
} as const;
