/** Payment rail. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Transfer {
  readonly tx_id: string;
  readonly idempotency_key: string;

  /** null for a lone credit `in-…`: money from outside */
  readonly src: string | null;
  readonly dst: string;
  readonly amount: number;

  /** the movement of settlement that it makes, by its key */
  readonly movement: string | null;
  readonly state: 'debiting' | 'crediting' | 'compensation_pending' | 'ended';

  /** `ok`, the refusal’s code, or null while it is under way */
  readonly outcome: string | null;
  readonly risk: {
    /** `exempt`: the limits do not apply to movements, which a hold or a receipt has authorised */
    readonly verdict: 'approved' | 'denied' | 'unreachable' | 'exempt';
    readonly reason: string | null;
  };
  readonly debit: {
    readonly balance: string;
    readonly amount: number;
    readonly balance_after: number;
    readonly at: string | null;
  } | null;
  readonly credit: {
    readonly balance: string;
    readonly amount: number;
    readonly balance_after: number;
    readonly at: string | null;
  } | null;
  readonly compensation: {
    readonly state: 'open' | 'done' | 'not_needed';
    readonly cause: string;
    readonly entry: {
      readonly balance: string;
      readonly amount: number;
      readonly balance_after: number;
      readonly at: string | null;
    } | null;
  } | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Compensation {
  readonly tx_id: string;
  readonly state: 'open';
  readonly cause: string;
  readonly src: string;
  readonly dst: string;
  readonly amount: number;
  readonly idempotency_key: string;
  readonly updated_at: string;
}

export interface CreateTransferAnswer {
  readonly ok: true;
  readonly tx_id: string;
  readonly src_balance: number;
  readonly dst_balance: number;
}

export interface CreateTransfersAnswer {
  readonly results: readonly (
    CreateTransferAnswer | { readonly ok: false; readonly error: string; readonly [name: string]: unknown }
  )[];
}

export interface GetStatsAnswer {
  readonly ok: number;
  readonly fail: number;
  readonly invalid: number;
  readonly risk_denied: number;
  readonly risk_timeout: number;
  readonly debit_timeout: number;
  readonly compensation_ok: number;
  readonly compensation_failed: number;
  readonly compensation_retries: number;
}

export interface GetBalancesAnswer {
  readonly balances: { readonly [name: string]: number };
  readonly total: number;
}

export interface PaymentRailOperations {
  /**
   * `POST /v1/transfers`: Moves an amount from one operational balance to another, once. The key has one outcome
   * for ever, refusals included: whoever got no answer asks again with the same key. `overloaded`, `unavailable`,
   * `internal` and `deadline_exceeded` are no outcomes.
   */
  createTransfer: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly src: string;
      readonly dst: string;

      /** minor units */
      readonly amount: number;
    };
    readonly answer: CreateTransferAnswer;
  };

  /**
   * `GET /v1/transfers`: Transfers, the newest first. With a filter a page may be short or empty while
   * `next_cursor` goes on: only so many facts are looked at for one page.
   */
  listTransfers: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly idempotency_key?: string | undefined;

      /** source or destination */
      readonly balance?: string | undefined;

      /** `ok`, `in_progress`, or the code of a refusal */
      readonly outcome?: string | undefined;
    };
    readonly answer: Transfer;
  };

  /**
   * `POST /v1/transfers/batch`: Up to 1000 transfers; one outcome per item, in order. Each item is a transfer of
   * its own with a key of its own: some may succeed while others are refused. A result is what TRANSFER answers
   * over TCP, `{"ok":true,…}` or `{"ok":false,"error",…}`. Items need not take effect in order.
   */
  createTransfers: {
    readonly input: {
      readonly transfers: readonly {
        readonly src: string;
        readonly dst: string;
        readonly amount: number;
        readonly idempotency_key: string;
      }[];
    };
    readonly answer: CreateTransfersAnswer;
  };

  /**
   * `GET /v1/transfers/{tx_id}`: A transfer with its risk, debit, credit and compensation steps. Also the lone
   * credit `in-<receipt id>` by which money from outside comes in, once its movement is made.
   */
  getTransfer: { readonly input: { readonly tx_id: string }; readonly answer: Transfer };

  /** `GET /v1/stats`: Counters of transfers of this server since its start. */
  getStats: { readonly input: Readonly<Record<string, never>>; readonly answer: GetStatsAnswer };

  /**
   * `GET /v1/compensations`: Compensations that are not through yet. Only the split deployment has any: in one
   * process a transfer is one decision, and nothing is to be undone.
   */
  listCompensations: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?: 'open' | undefined;
    };
    readonly answer: Compensation;
  };

  /** `GET /v1/balances`: All operational balances and their total. */
  getBalances: { readonly input: Readonly<Record<string, never>>; readonly answer: GetBalancesAnswer };
}

export const paymentRailOperations = {
  createTransfer: { method: 'POST', path: '/v1/transfers', kind: 'value', body: true, key: true },
  listTransfers: { method: 'GET', path: '/v1/transfers', kind: 'list' },
  createTransfers: { method: 'POST', path: '/v1/transfers/batch', kind: 'value', body: true },
  getTransfer: { method: 'GET', path: '/v1/transfers/{tx_id}', kind: 'value' },
  getStats: { method: 'GET', path: '/v1/stats', kind: 'value' },
  listCompensations: { method: 'GET', path: '/v1/compensations', kind: 'list' },
  getBalances: { method: 'GET', path: '/v1/balances', kind: 'value', polled: true },
} as const;
