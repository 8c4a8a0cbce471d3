/** Budget rules. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Policy {
  readonly policy_id: string;
  readonly merchant_id: string;

  /** 0: the default, which nobody set */
  readonly version: number;
  readonly mode: 'enforce' | 'warn' | 'track';
  readonly tolerance_bp: number;
  readonly tolerance_days: number;
  readonly thresholds_bp: readonly number[];
  readonly warn_below_bp: number;
  readonly price:
    | { readonly kind: 'toll'; readonly sats: number }
    | { readonly kind: 'excess_bp'; readonly bp: number }
    | { readonly kind: 'whole_excess' };
  readonly price_step_sats: number;
  readonly rate: { readonly currency: string; readonly cents_per_btc: number } | null;
  readonly max_excess_cents: number | null;
  readonly invoice: 'ordinary' | 'hold';
  readonly role_limits: { readonly [name: string]: number };
  readonly pooling: boolean;
  readonly reservation_seconds: number;
  readonly created_by: string | null;
  readonly created_at: string | null;
}

export interface Period {
  readonly merchant_id: string;
  readonly period: string;
  readonly status: 'open' | 'locked' | 'closed';
  readonly budget_id: string | null;
  readonly basis: 'cost' | 'retail' | null;
  readonly currency: string | null;
  readonly updated_at: string;
}

export interface Alert {
  readonly alert_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly category: string | null;
  readonly kind: 'threshold' | 'drift';
  readonly state: 'open' | 'closed';

  /** `low_<basis points>`, `exhausted`, `overbought`, or the cause of a drift */
  readonly level: string;

  /** when it was opened, moved or closed */
  readonly open_to_buy_cents: number;
  readonly opened_at: string;
  readonly updated_at: string;
}

export interface BudgetRulesOperations {
  /**
   * `POST /l402-otb/policies`: Set a merchant's policy. Replaces the one in force as a whole; what is left out is
   * as in the default. Each version is kept. The same settings again are the same version.
   */
  setPolicy: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly merchant_id: string;
      readonly mode: 'enforce' | 'warn' | 'track';
      readonly tolerance_bp?: number | undefined;
      readonly tolerance_days?: number | undefined;

      /** left, in basis points: each raises an alert */
      readonly thresholds_bp?: readonly number[] | undefined;
      readonly warn_below_bp?: number | undefined;
      readonly price?:
        | { readonly kind: 'toll'; readonly sats: number }
        | { readonly kind: 'excess_bp'; readonly bp: number }
        | { readonly kind: 'whole_excess' }
        | undefined;

      /**
       * a price that follows the excess is rounded up to a multiple, so that it does not tell what is left; without it
       * to the satoshi
       */
      readonly price_step_sats?: number | undefined;

      /** needed by every price but a toll */
      readonly rate?: { readonly currency: string; readonly cents_per_btc: number } | null | undefined;

      /** more than this beyond the budget cannot be bought */
      readonly max_excess_cents?: number | null | undefined;

      /** `hold`: a payment is held until it is clear that it buys the override, and goes back by itself otherwise */
      readonly invoice?: 'ordinary' | 'hold' | undefined;
      readonly role_limits?: { readonly [name: string]: number } | undefined;
      readonly pooling?: boolean | undefined;
      readonly reservation_seconds?: number | undefined;
    };
    readonly answer: Policy;
  };

  /**
   * `GET /l402-otb/policies`: Policies, the newest first. A merchant that is named and has no policy of its own
   * has the default, version 0.
   */
  listPolicies: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;

      /** `all`: those that were in force before, too */
      readonly versions?: 'current' | 'all' | undefined;
    };
    readonly answer: Policy;
  };

  /** `GET /l402-otb/periods`: Periods, the newest first. */
  listPeriods: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly status?: 'open' | 'locked' | 'closed' | undefined;
    };
    readonly answer: Period;
  };

  /**
   * `POST /l402-otb/periods/{period}/lock`: Lock a period. Nothing is planned or asked of the gate in it until it
   * is unlocked. What it holds already goes on: reports, deadlines and orders, a release, and an ordinary invoice
   * that was handed out before and is paid now. Repeated, it shows the period as it is.
   */
  lockPeriod: {
    readonly input: {
      readonly period: string;

      /** the key's own without it */
      readonly merchant_id?: string | undefined;
      readonly reason?: string | undefined;
    };
    readonly answer: Period;
  };

  /**
   * `POST /l402-otb/periods/{period}/unlock`: Unlock a period, with a reason. The override of a lock: who did it
   * and why stands in the journal for ever. Repeated, it shows the period as it is.
   */
  unlockPeriod: {
    readonly input: {
      readonly period: string;

      /** the key's own without it */
      readonly merchant_id?: string | undefined;
      readonly reason: string;
    };
    readonly answer: Period;
  };

  /**
   * `POST /l402-otb/periods/{period}/close`: Close a period for good. Nothing can open it again. What is late in
   * it rolls on into the next open period, and shows as overdue. Closed before its last day it keeps what is not
   * late; closed again later, what has become late rolls on, too. Repeated, it shows the period as it is.
   */
  closePeriod: {
    readonly input: {
      readonly period: string;

      /** the key's own without it */
      readonly merchant_id?: string | undefined;
      readonly reason?: string | undefined;
    };
    readonly answer: Period;
  };

  /**
   * `GET /l402-otb/alerts`: Alerts, by merchant, period and category. An alert closes by itself when the budget
   * recovers.
   */
  listAlerts: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly state?: 'open' | 'closed' | undefined;
      readonly kind?: 'threshold' | 'drift' | undefined;
    };
    readonly answer: Alert;
  };
}

export const budgetRulesOperations = {
  setPolicy: { method: 'POST', path: '/l402-otb/policies', kind: 'value', body: true, key: true },
  listPolicies: { method: 'GET', path: '/l402-otb/policies', kind: 'list', polled: true },
  listPeriods: { method: 'GET', path: '/l402-otb/periods', kind: 'list', polled: true },
  lockPeriod: { method: 'POST', path: '/l402-otb/periods/{period}/lock', kind: 'value', body: true },
  unlockPeriod: { method: 'POST', path: '/l402-otb/periods/{period}/unlock', kind: 'value', body: true },
  closePeriod: { method: 'POST', path: '/l402-otb/periods/{period}/close', kind: 'value', body: true },
  listAlerts: { method: 'GET', path: '/l402-otb/alerts', kind: 'list' },
} as const;
