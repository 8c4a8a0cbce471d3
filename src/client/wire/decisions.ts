/** Decisions. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Decision {
  readonly decision_id: string;
  readonly merchant_id: string;
  readonly state:
    'challenged' | 'reserved' | 'committed' | 'received' | 'cancelled' | 'expired' | 'replaced' | 'refused';
  readonly reason: string | null;
  readonly actor_id: string;
  readonly caller: string;
  readonly action_kind: string;
  readonly document: string | null;
  readonly amount_cents: number;
  readonly currency: string;
  readonly basis: 'cost' | 'retail';
  readonly category: string | null;
  readonly period: string;
  readonly bucket: { readonly merchant_id: string; readonly period: string; readonly category: string | null };
  readonly mode: 'enforce' | 'warn' | 'track';
  readonly policy_id: string;
  readonly paid: boolean;
  readonly excess_cents: number;
  readonly reserved_cents: number;
  readonly committed_cents: number;
  readonly received_cents: number;
  readonly request_digest: string;
  readonly replaces: string | null;

  /** the order that stands on it */
  readonly order_id: string | null;

  /** still expected though its period is over; in reads */
  readonly overdue?: boolean;
  readonly expires_at: string | null;
  readonly invoice: {
    readonly decision_id: string;
    readonly merchant_id: string;
    readonly state: 'intended' | 'open' | 'held' | 'settled' | 'closed';
    readonly kind: 'ordinary' | 'hold';
    readonly price_sats: number;

    /** rule, rate and excess as they were when it was quoted */
    readonly quote: unknown;
    readonly payment_hash: string | null;
    readonly l402_invoice: string | null;
    readonly payee_key: string | null;
    readonly expires_at: string | null;
    readonly usable_until: string | null;

    /** a hold invoice: when its payment was accepted; it is settled at once */
    readonly held_at: string | null;
    readonly received_msat: number;
    readonly settled_at: string | null;
    readonly consumed_at: string | null;

    /** owed to the payer: paid twice, too late or for nothing */
    readonly credit_msat: number;
    readonly created_at: string;
    readonly updated_at: string;
  } | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Invoice {
  readonly decision_id: string;
  readonly merchant_id: string;
  readonly state: 'intended' | 'open' | 'held' | 'settled' | 'closed';
  readonly kind: 'ordinary' | 'hold';
  readonly price_sats: number;

  /** rule, rate and excess as they were when it was quoted */
  readonly quote: unknown;
  readonly payment_hash: string | null;
  readonly l402_invoice: string | null;
  readonly payee_key: string | null;
  readonly expires_at: string | null;
  readonly usable_until: string | null;

  /** a hold invoice: when its payment was accepted; it is settled at once */
  readonly held_at: string | null;
  readonly received_msat: number;
  readonly settled_at: string | null;
  readonly consumed_at: string | null;

  /** owed to the payer: paid twice, too late or for nothing */
  readonly credit_msat: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ExplainDecisionAnswer {
  readonly decision_id: string;
  readonly state: string;
  readonly policy_id: string;

  /** the settings as they were */
  readonly policy: unknown;
  readonly mode: string;
  readonly formula: string;

  /** budgets that were there to choose from */
  readonly looked_at?: readonly string[];

  /** the delivery moved by no more than the policy tolerates: it still counts into this period */
  readonly period_kept?: { readonly period: string; readonly delivery_date: string; readonly tolerance_days: number };
  readonly outcome?: string;
  readonly reason?: string | null;
  readonly headroom_cents?: number;
  readonly given_back_cents?: number;
  readonly tolerance_cents?: number;
  readonly excess_cents?: number;
  readonly before?: {
    readonly allocated_cents: number;
    readonly children_cents: number;
    readonly holdback_cents: number;
    readonly reserved_cents: number;
    readonly committed_cents: number;
    readonly received_cents: number;
    readonly adjusted_cents: number;
    readonly open_to_buy_cents: number;
  };
  readonly after?: {
    readonly allocated_cents: number;
    readonly children_cents: number;
    readonly holdback_cents: number;
    readonly reserved_cents: number;
    readonly committed_cents: number;
    readonly received_cents: number;
    readonly adjusted_cents: number;
    readonly open_to_buy_cents: number;
  };
}

export interface CommitDecisionAnswer {
  readonly decision_id: string;
  readonly merchant_id: string;
  readonly state:
    'challenged' | 'reserved' | 'committed' | 'received' | 'cancelled' | 'expired' | 'replaced' | 'refused';
  readonly reason: string | null;
  readonly actor_id: string;
  readonly caller: string;
  readonly action_kind: string;
  readonly document: string | null;
  readonly amount_cents: number;
  readonly currency: string;
  readonly basis: 'cost' | 'retail';
  readonly category: string | null;
  readonly period: string;
  readonly bucket: { readonly merchant_id: string; readonly period: string; readonly category: string | null };
  readonly mode: 'enforce' | 'warn' | 'track';
  readonly policy_id: string;
  readonly paid: boolean;
  readonly excess_cents: number;
  readonly reserved_cents: number;
  readonly committed_cents: number;
  readonly received_cents: number;
  readonly request_digest: string;
  readonly replaces: string | null;

  /** the order that stands on it */
  readonly order_id: string | null;

  /** still expected though its period is over; in reads */
  readonly overdue?: boolean;
  readonly expires_at: string | null;
  readonly invoice: Invoice | null;
  readonly created_at: string;
  readonly updated_at: string;

  /** as it is now; null for callers that may not read budgets */
  readonly budget: {
    readonly allocated_cents: number;
    readonly children_cents: number;
    readonly holdback_cents: number;
    readonly reserved_cents: number;
    readonly committed_cents: number;
    readonly received_cents: number;
    readonly adjusted_cents: number;
    readonly open_to_buy_cents: number;
  } | null;
}

export interface DecisionsOperations {
  /** `GET /l402-otb/decisions`: Decisions of the gate, the newest first. */
  listDecisions: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly state?:
        | 'challenged'
        | 'reserved'
        | 'committed'
        | 'received'
        | 'cancelled'
        | 'expired'
        | 'replaced'
        | 'refused'
        | undefined;

      /** `po:<id>`, `transfer:<id>` or `order:<id>` */
      readonly document?: string | undefined;

      /** with `merchant_id`: decisions that debit this budget */
      readonly period?: string | undefined;

      /** with `period`; without it the merchant-wide budget */
      readonly category?: string | undefined;

      /** only what is still expected though its period is over; a page may be short or empty */
      readonly overdue?: 'true' | undefined;
    };
    readonly answer: Decision;
  };

  /** `GET /l402-otb/decisions/{decision_id}`: A decision and what became of its budget. */
  readDecision: { readonly input: { readonly decision_id: string }; readonly answer: Decision };

  /**
   * `GET /l402-otb/decisions/{decision_id}/explain`: How a decision was reached: the counters and the formula as
   * they were.
   */
  explainDecision: { readonly input: { readonly decision_id: string }; readonly answer: ExplainDecisionAnswer };

  /** `POST /l402-otb/decisions/{decision_id}/commit`: The action goes through: reserved becomes on order. */
  commitDecision: {
    readonly input: {
      readonly decision_id: string;

      /** all there is of it, where it is not said */
      readonly amount_cents?: number | undefined;

      /** counts once; the same again changes nothing */
      readonly reference?: string | undefined;
    };
    readonly answer: CommitDecisionAnswer;
  };

  /** `POST /l402-otb/decisions/{decision_id}/cancel`: It does not: budget goes back, also a part. */
  cancelDecision: {
    readonly input: {
      readonly decision_id: string;

      /** all there is of it, where it is not said */
      readonly amount_cents?: number | undefined;

      /** counts once; the same again changes nothing */
      readonly reference?: string | undefined;
    };
    readonly answer: CommitDecisionAnswer;
  };

  /** `POST /l402-otb/decisions/{decision_id}/receive`: Goods have come: all, a part, or more than was ordered. */
  receiveDecision: {
    readonly input: {
      readonly decision_id: string;

      /** all there is of it, where it is not said */
      readonly amount_cents?: number | undefined;

      /** counts once; the same again changes nothing */
      readonly reference?: string | undefined;

      /** nothing more will come: what is still on order goes back */
      readonly final?: boolean | undefined;
    };
    readonly answer: CommitDecisionAnswer;
  };

  /** `POST /l402-otb/decisions/{decision_id}/return`: Goods went back. */
  returnDecision: {
    readonly input: {
      readonly decision_id: string;

      /** all there is of it, where it is not said */
      readonly amount_cents?: number | undefined;

      /** counts once; the same again changes nothing */
      readonly reference?: string | undefined;
    };
    readonly answer: CommitDecisionAnswer;
  };

  /** `POST /l402-otb/decisions/{decision_id}/chargeback`: The vendor owes us for what came. */
  chargebackDecision: {
    readonly input: {
      readonly decision_id: string;

      /** all there is of it, where it is not said */
      readonly amount_cents?: number | undefined;

      /** counts once; the same again changes nothing */
      readonly reference?: string | undefined;
    };
    readonly answer: CommitDecisionAnswer;
  };

  /**
   * `GET /l402-otb/invoices`: Invoices of challenges, the newest first. With what is owed to payers who paid
   * twice, too late or for nothing (L-07).
   */
  listInvoices: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly state?: 'intended' | 'open' | 'held' | 'settled' | 'closed' | undefined;

      /** only those of which something is owed to the payer */
      readonly owed?: 'true' | undefined;
    };
    readonly answer: Invoice;
  };
}

export const decisionsOperations = {
  listDecisions: { method: 'GET', path: '/l402-otb/decisions', kind: 'list' },
  readDecision: { method: 'GET', path: '/l402-otb/decisions/{decision_id}', kind: 'value', polled: true },
  explainDecision: { method: 'GET', path: '/l402-otb/decisions/{decision_id}/explain', kind: 'value' },
  commitDecision: { method: 'POST', path: '/l402-otb/decisions/{decision_id}/commit', kind: 'value', body: true },
  cancelDecision: { method: 'POST', path: '/l402-otb/decisions/{decision_id}/cancel', kind: 'value', body: true },
  receiveDecision: { method: 'POST', path: '/l402-otb/decisions/{decision_id}/receive', kind: 'value', body: true },
  returnDecision: { method: 'POST', path: '/l402-otb/decisions/{decision_id}/return', kind: 'value', body: true },
  chargebackDecision: {
    method: 'POST',
    path: '/l402-otb/decisions/{decision_id}/chargeback',
    kind: 'value',
    body: true,
  },
  listInvoices: { method: 'GET', path: '/l402-otb/invoices', kind: 'list' },
} as const;
