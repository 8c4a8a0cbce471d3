/** Gate. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Release {
  readonly release_id: string;
  readonly decision_id: string;
  readonly merchant_id: string;
  readonly bucket: { readonly merchant_id: string; readonly period: string; readonly category: string | null };
  readonly amount_cents: number;
  readonly state: 'requested' | 'in_process' | 'accepted' | 'rejected';
  readonly requested_by: string;
  readonly reason: string;
  readonly decided_by: string | null;
  readonly decision_reason: string | null;

  /** the normal budget had become free: the special one was not used */
  readonly from_normal_budget: boolean;
  readonly created_at: string;
  readonly updated_at: string;

  /** other decisions that hold the same budget, the newest first; long lists are cut */
  readonly others: readonly {
    readonly decision_id: string;
    readonly state: string;
    readonly document: string | null;
    readonly amount_cents: number;
  }[];
}

export interface AskGateAnswer {
  readonly allowed: true;
  readonly decision_id: string;
  readonly state:
    'challenged' | 'reserved' | 'committed' | 'received' | 'cancelled' | 'expired' | 'replaced' | 'refused';
  readonly amount_cents: number;
  readonly currency: string;
  readonly mode: 'enforce' | 'warn' | 'track';

  /** a settled invoice authorised it */
  readonly paid: boolean;
  readonly bucket: { readonly merchant_id: string; readonly period: string; readonly category: string | null };

  /** when the reservation ends by itself */
  readonly expires_at: string | null;

  /** for callers that may read budgets */
  readonly remaining_budget_cents?: number;
}

export interface PreviewGateAnswer {
  readonly would: 'allow' | 'require_payment' | 'refuse';
  readonly reason?: string;
  readonly policy_id?: string;
  readonly mode?: 'enforce' | 'warn' | 'track';

  /** for callers that may read budgets */
  readonly open_to_buy_cents_after?: number;
  readonly price_sats?: number;
}

export interface RequestReleaseAnswer {
  readonly release_id: string;
  readonly decision_id: string;
  readonly merchant_id: string;
  readonly bucket: { readonly merchant_id: string; readonly period: string; readonly category: string | null };
  readonly amount_cents: number;
  readonly state: 'requested' | 'in_process' | 'accepted' | 'rejected';
  readonly requested_by: string;
  readonly reason: string;
  readonly decided_by: string | null;
  readonly decision_reason: string | null;

  /** the normal budget had become free: the special one was not used */
  readonly from_normal_budget: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface GateOperations {
  /**
   * `POST /l402-otb/gate`: May this much be committed?. Allowed (200) reserves the budget in the same commit. Over
   * budget it is 402 with an L402 challenge in `WWW-Authenticate` and the same invoice in the body: whoever pays
   * it and repeats the request is allowed, with the credential or without. A document names its reservation: asked
   * again with another amount, only the difference is new. The caller’s key belongs into `X-API-Key` where
   * `Authorization` carries the credential.
   */
  askGate: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly merchant_id: string;

      /** who acts, as your system calls them */
      readonly actor_id: string;
      readonly action_kind: 'po_submit' | 'transfer_request' | 'restock' | 'vendor_commit' | 'other';

      /** minor units */
      readonly amount_cents: number;
      readonly category?: string | undefined;

      /** else that of the delivery date, else that of today */
      readonly period?: string | undefined;

      /** a day of the period, where both are named */
      readonly delivery_date?: string | undefined;

      /** the budget’s, where it is not said */
      readonly currency?: string | undefined;
      readonly basis?: 'cost' | 'retail' | undefined;

      /** a policy in mode `warn` may ask for it */
      readonly acknowledged?: boolean | undefined;

      /** the document; the first of them names the reservation */
      readonly context?:
        | {
            readonly po_id?: string | undefined;
            readonly transfer_id?: string | undefined;
            readonly order_id?: string | undefined;
          }
        | undefined;
    };
    readonly answer: AskGateAnswer;
  };

  /** `POST /l402-otb/preview`: What the gate would say. */
  previewGate: {
    readonly input: {
      readonly merchant_id: string;

      /** who acts, as your system calls them */
      readonly actor_id: string;
      readonly action_kind: 'po_submit' | 'transfer_request' | 'restock' | 'vendor_commit' | 'other';

      /** minor units */
      readonly amount_cents: number;
      readonly category?: string | undefined;

      /** else that of the delivery date, else that of today */
      readonly period?: string | undefined;

      /** a day of the period, where both are named */
      readonly delivery_date?: string | undefined;

      /** the budget’s, where it is not said */
      readonly currency?: string | undefined;
      readonly basis?: 'cost' | 'retail' | undefined;

      /** a policy in mode `warn` may ask for it */
      readonly acknowledged?: boolean | undefined;

      /** the document; the first of them names the reservation */
      readonly context?:
        | {
            readonly po_id?: string | undefined;
            readonly transfer_id?: string | undefined;
            readonly order_id?: string | undefined;
          }
        | undefined;
    };
    readonly answer: PreviewGateAnswer;
  };

  /** `GET /l402-otb/releases`: Blocked requests that somebody asked to let pass, the newest first. */
  listReleases: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly state?: 'requested' | 'in_process' | 'accepted' | 'rejected' | undefined;
    };
    readonly answer: Release;
  };

  /**
   * `POST /l402-otb/releases`: Ask to let a blocked request pass. The decision is the key: the same again is
   * answered as it was, another reason is a conflict. After a rejection it may be asked anew.
   */
  requestRelease: {
    readonly input: { readonly decision_id: string; readonly reason: string };
    readonly answer: RequestReleaseAnswer;
  };

  /** `POST /l402-otb/releases/{release_id}/take`: Say that you look at it. */
  takeRelease: { readonly input: { readonly release_id: string }; readonly answer: RequestReleaseAnswer };

  /**
   * `POST /l402-otb/releases/{release_id}/accept`: Let the request pass. The special budget is not used when the
   * normal one has become free meanwhile. Only an operator lets pass what the same key has asked for.
   */
  acceptRelease: {
    readonly input: { readonly release_id: string; readonly reason: string };
    readonly answer: RequestReleaseAnswer;
  };

  /**
   * `POST /l402-otb/releases/{release_id}/reject`: Do not let it pass. The special budget is not used when the
   * normal one has become free meanwhile. Only an operator lets pass what the same key has asked for.
   */
  rejectRelease: {
    readonly input: { readonly release_id: string; readonly reason: string };
    readonly answer: RequestReleaseAnswer;
  };
}

export const gateOperations = {
  askGate: { method: 'POST', path: '/l402-otb/gate', kind: 'value', body: true, key: 'given' },
  previewGate: { method: 'POST', path: '/l402-otb/preview', kind: 'value', body: true },
  listReleases: { method: 'GET', path: '/l402-otb/releases', kind: 'list' },
  requestRelease: { method: 'POST', path: '/l402-otb/releases', kind: 'value', body: true },
  takeRelease: { method: 'POST', path: '/l402-otb/releases/{release_id}/take', kind: 'value', body: true },
  acceptRelease: { method: 'POST', path: '/l402-otb/releases/{release_id}/accept', kind: 'value', body: true },
  rejectRelease: { method: 'POST', path: '/l402-otb/releases/{release_id}/reject', kind: 'value', body: true },
} as const;
