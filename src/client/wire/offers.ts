/** Offers. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Org {
  readonly org_id: string;
  readonly custodian_participant_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Offer {
  readonly offer_id: string;
  readonly sequence_no: number;
  readonly status: 'active' | 'withdrawn';
  readonly provider_node_id: string;
  readonly provider_participant_id: string;
  readonly service_type: string;
  readonly description: string;
  readonly price_amount: number;
  readonly price_currency: string;
  readonly unit_kind: 'per-item' | 'per-character-block' | 'per-request' | 'per-task' | 'flat';
  readonly expires_at: string | null;
  readonly max_queue_depth: number;
  readonly auto_accept: boolean;
  readonly updated_at: string;
}

export interface OffersOperations {
  /**
   * `PUT /v1/orgs/{org_id}`: Name an organisation's custodian. An organisation has exactly one: orders in its name
   * are for this participant alone. Another replaces it.
   */
  setOrg: {
    readonly input: { readonly org_id: string; readonly custodian_participant_id: string };
    readonly answer: Org;
  };

  /** `GET /v1/orgs/{org_id}`: An organisation and its custodian. */
  readOrg: { readonly input: { readonly org_id: string }; readonly answer: Org };

  /** `GET /v1/orgs`: Organisations, the newest first. */
  listOrgs: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly answer: Org;
  };

  /**
   * `POST /v1/offers`: Publish an offer, or its next sequence number. Offer id and sequence number together are
   * the key. A greater number supersedes what was offered before, also what was withdrawn; a smaller one is
   * `stale_sequence`. Orders name the number that they were made for.
   */
  publishOffer: {
    readonly input: {
      readonly offer_id?: string | undefined;
      readonly sequence_no: number;
      readonly provider_node_id: string;
      readonly provider_participant_id: string;
      readonly service_type: string;
      readonly description?: string | undefined;

      /** of one unit, in minor units; 0 is for nothing */
      readonly price_amount: number;
      readonly price_currency: 'ORC';
      readonly unit_kind: 'per-item' | 'per-character-block' | 'per-request' | 'per-task' | 'flat';

      /** never without it */
      readonly expires_at?: string | null | undefined;

      /** executions without a result at the same time */
      readonly max_queue_depth: number;

      /** false: each execution waits for the provider; else true */
      readonly auto_accept?: boolean | undefined;
    };
    readonly answer: Offer;
  };

  /** `GET /v1/offers`: Offers, the newest first. */
  listOffers: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly provider_participant_id?: string | undefined;
      readonly service_type?: string | undefined;
      readonly status?: 'active' | 'withdrawn' | undefined;
    };
    readonly answer: Offer;
  };

  /** `GET /v1/offers/{offer_id}`: An offer with its latest sequence number. */
  readOffer: { readonly input: { readonly offer_id: string }; readonly answer: Offer };

  /**
   * `POST /v1/offers/{offer_id}/withdraw`: Withdraw an offer. What was opened goes on. A greater sequence number
   * offers it again.
   */
  withdrawOffer: { readonly input: { readonly offer_id: string; readonly reason: string }; readonly answer: Offer };
}

export const offersOperations = {
  setOrg: { method: 'PUT', path: '/v1/orgs/{org_id}', kind: 'value', body: true },
  readOrg: { method: 'GET', path: '/v1/orgs/{org_id}', kind: 'value' },
  listOrgs: { method: 'GET', path: '/v1/orgs', kind: 'list' },
  publishOffer: { method: 'POST', path: '/v1/offers', kind: 'value', body: true },
  listOffers: { method: 'GET', path: '/v1/offers', kind: 'list' },
  readOffer: { method: 'GET', path: '/v1/offers/{offer_id}', kind: 'value', polled: true },
  withdrawOffer: { method: 'POST', path: '/v1/offers/{offer_id}/withdraw', kind: 'value', body: true },
} as const;
