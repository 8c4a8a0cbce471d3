/** Disputes. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

import type { Hold } from './settlement.ts';

export interface Dispute {
  readonly dispute_id: string;
  readonly state: 'open' | 'resolved';
  readonly execution_id: string;
  readonly order_id: string;
  readonly hold_id: string | null;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly reason: string | null;
  readonly opened_by: string | null;
  readonly opened_at: string;
  readonly in_favour_of: 'payer' | 'payee' | null;
  readonly resolution: string | null;
  readonly resolved_by: string | null;
  readonly resolved_at: string | null;
}

export interface OpenDisputeAnswer {
  readonly dispute_id: string;
  readonly state: 'open' | 'resolved';
  readonly execution_id: string;
  readonly order_id: string;
  readonly hold_id: string | null;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly reason: string | null;
  readonly opened_by: string | null;
  readonly opened_at: string;
  readonly in_favour_of: 'payer' | 'payee' | null;
  readonly resolution: string | null;
  readonly resolved_by: string | null;
  readonly resolved_at: string | null;
  readonly hold: Hold | null;
}

export interface DisputesOperations {
  /**
   * `POST /v1/disputes`: Open a dispute: the hold is frozen. An execution has one dispute at most; asked for
   * again, it is shown as it is. It blocks the auto-release.
   */
  openDispute: {
    readonly input: { readonly execution_id: string; readonly reason: string };
    readonly answer: OpenDisputeAnswer;
  };

  /** `GET /v1/disputes`: Disputes, the newest first. */
  listDisputes: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?: 'open' | 'resolved' | undefined;

      /** payer or payee */
      readonly account_id?: string | undefined;
    };
    readonly answer: Dispute;
  };

  /** `GET /v1/disputes/{dispute_id}`: A dispute and its hold. */
  readDispute: { readonly input: { readonly dispute_id: string }; readonly answer: OpenDisputeAnswer };

  /**
   * `POST /v1/disputes/{dispute_id}/resolve`: Decide a dispute. For the payer the hold is refunded, for the payee
   * released. The same ruling again answers what was recorded.
   */
  resolveDispute: {
    readonly input: { readonly dispute_id: string; readonly in_favour_of: 'payer' | 'payee'; readonly reason: string };
    readonly answer: OpenDisputeAnswer;
  };
}

export const disputesOperations = {
  openDispute: { method: 'POST', path: '/v1/disputes', kind: 'value', body: true },
  listDisputes: { method: 'GET', path: '/v1/disputes', kind: 'list' },
  readDispute: { method: 'GET', path: '/v1/disputes/{dispute_id}', kind: 'value', polled: true },
  resolveDispute: { method: 'POST', path: '/v1/disputes/{dispute_id}/resolve', kind: 'value', body: true },
} as const;
