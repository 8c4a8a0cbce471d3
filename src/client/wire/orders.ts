/** Orders. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

import type { Hold } from './settlement.ts';

export interface Order {
  readonly order_id: string;
  readonly state: 'opening' | 'opened' | 'rejected';
  readonly result:
    | {
        readonly result: 'opened-execution' | 'awaiting-provider';
        readonly order_id: string;
        readonly execution_id: string;
        readonly hold_id: string | null;
        readonly price_amount: number;
      }
    | {
        readonly result: 'rejected';
        readonly order_id: string;
        readonly classifier:
          | 'queue-saturated'
          | 'offer-not-found'
          | 'offer-expired'
          | 'offer-seq-mismatch'
          | 'service-type-mismatch'
          | 'provider-mismatch'
          | 'price-exceeded'
          | 'currency-mismatch'
          | 'custodian-mismatch'
          | 'settlement-blocked'
          | 'other-reason';
        readonly reason: string;

        /** the same order may be asked for again, and is judged anew */
        readonly retryable: boolean;
      }
    | null;
  readonly buyer_node_id: string;
  readonly operator_participant_id: string | null;
  readonly provider_node_id: string;
  readonly provider_participant_id: string;
  readonly subject_kind: 'participant' | 'org';
  readonly subject_id: string;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly offer_id: string;
  readonly offer_seq: number;
  readonly service_type: string;
  readonly units: number;
  readonly max_price_amount: number;
  readonly max_price_currency: string;
  readonly price_amount: number | null;
  readonly run_id: string | null;
  readonly phase_id: string | null;
  readonly lineage: unknown;
  readonly gate_decision_id: string | null;
  readonly hold_id: string | null;
  readonly execution_id: string | null;
  readonly deadlines: {
    readonly work_by: string | null;
    readonly accept_by: string | null;
    readonly dispute_by: string | null;
    readonly auto_release_after: string | null;
  };
  readonly created_at: string;
  readonly updated_at: string;
}

export type PlaceOrderAnswer =
  | {
      readonly result: 'opened-execution' | 'awaiting-provider';
      readonly order_id: string;
      readonly execution_id: string;
      readonly hold_id: string | null;
      readonly price_amount: number;
    }
  | {
      readonly result: 'rejected';
      readonly order_id: string;
      readonly classifier:
        | 'queue-saturated'
        | 'offer-not-found'
        | 'offer-expired'
        | 'offer-seq-mismatch'
        | 'service-type-mismatch'
        | 'provider-mismatch'
        | 'price-exceeded'
        | 'currency-mismatch'
        | 'custodian-mismatch'
        | 'settlement-blocked'
        | 'other-reason';
      readonly reason: string;

      /** the same order may be asked for again, and is judged anew */
      readonly retryable: boolean;
    };

export interface ReadOrderAnswer {
  readonly order_id: string;
  readonly state: 'opening' | 'opened' | 'rejected';
  readonly result: PlaceOrderAnswer | null;
  readonly buyer_node_id: string;
  readonly operator_participant_id: string | null;
  readonly provider_node_id: string;
  readonly provider_participant_id: string;
  readonly subject_kind: 'participant' | 'org';
  readonly subject_id: string;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly offer_id: string;
  readonly offer_seq: number;
  readonly service_type: string;
  readonly units: number;
  readonly max_price_amount: number;
  readonly max_price_currency: string;
  readonly price_amount: number | null;
  readonly run_id: string | null;
  readonly phase_id: string | null;
  readonly lineage: unknown;
  readonly gate_decision_id: string | null;
  readonly hold_id: string | null;
  readonly execution_id: string | null;
  readonly deadlines: {
    readonly work_by: string | null;
    readonly accept_by: string | null;
    readonly dispute_by: string | null;
    readonly auto_release_after: string | null;
  };
  readonly created_at: string;
  readonly updated_at: string;
  readonly input: unknown;
  readonly hold: Hold | null;
  readonly execution_state:
    | 'awaiting-provider'
    | 'opened'
    | 'awaiting-acceptance'
    | 'released'
    | 'failed'
    | 'rejected'
    | 'expired'
    | 'disputed'
    | null;
  readonly receipt: {
    readonly status: 'pending' | 'settled' | 'terminal' | 'expired' | 'terminal-dispute';
    readonly execution_id: string;
    readonly offer_id: string;
    readonly offer_seq: number;
    readonly order_id: string;
    readonly run_id: string | null;
    readonly phase_id: string | null;
    readonly hold_id: string | null;
    readonly gate_decision_id: string | null;
    readonly payer_account_id: string;
    readonly payee_account_id: string;
    readonly amount: number;
    readonly result_digest: string | null;
    readonly ended_at: string | null;
  } | null;
}

export interface OrdersOperations {
  /**
   * `POST /v1/orders`: Order, and reserve the price. The order id is the key; without one it is made of the header
   * Idempotency-Key, if there is one. `rejected` is an answer and no error: it says why, and whether asking again
   * may help; then the same order is judged anew. Everything else stands for ever.
   */
  placeOrder: {
    readonly input: {
      readonly order_id?: string | undefined;
      readonly buyer_node_id: string;
      readonly subject_kind: 'participant' | 'org';
      readonly subject_id: string;

      /** who orders for an organisation: its custodian */
      readonly operator_participant_id?: string | null | undefined;
      readonly provider_node_id: string;
      readonly provider_participant_id: string;
      readonly offer_id: string;
      readonly offer_seq: number;
      readonly service_type: string;
      readonly units: number;

      /** any JSON of at most 32768 bytes, nested at most 64 times */
      readonly input?: unknown;

      /** minor units */
      readonly max_price_amount: number;
      readonly max_price_currency: string;
      readonly deadlines?:
        | {
            readonly work_by?: string | null | undefined;
            readonly accept_by?: string | null | undefined;
            readonly dispute_by?: string | null | undefined;
            readonly auto_release_after?: string | null | undefined;
          }
        | null
        | undefined;
      readonly run_id?: string | null | undefined;
      readonly phase_id?: string | null | undefined;

      /** any JSON of at most 4096 bytes, nested at most 64 times */
      readonly lineage?: unknown;
      readonly gate_decision_id?: string | null | undefined;
    };
    readonly answer: PlaceOrderAnswer;
  };

  /** `GET /v1/orders`: Orders, the newest first. */
  listOrders: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?: 'opening' | 'opened' | 'rejected' | undefined;
      readonly subject_kind?: 'participant' | 'org' | undefined;
      readonly subject_id?: string | undefined;
      readonly offer_id?: string | undefined;
      readonly run_id?: string | undefined;

      /** payer or payee */
      readonly account_id?: string | undefined;
    };
    readonly answer: Order;
  };

  /** `GET /v1/orders/{order_id}`: An order and what became of it. */
  readOrder: { readonly input: { readonly order_id: string }; readonly answer: ReadOrderAnswer };
}

export const ordersOperations = {
  placeOrder: { method: 'POST', path: '/v1/orders', kind: 'value', body: true },
  listOrders: { method: 'GET', path: '/v1/orders', kind: 'list' },
  readOrder: { method: 'GET', path: '/v1/orders/{order_id}', kind: 'value', polled: true },
} as const;
