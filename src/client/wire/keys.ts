/** Keys. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Key {
  readonly key_id: string;
  readonly role:
    'operator' | 'payments' | 'buyer' | 'provider' | 'planner' | 'finance' | 'auditor' | 'service' | 'control-plane';
  readonly merchant: string | null;
  readonly account: string | null;
  readonly label: string | null;
  readonly created_at: string;

  /** the key that asked for it, or `server` */
  readonly created_by: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
}

export interface CreateKeyAnswer {
  readonly key_id: string;
  readonly role:
    'operator' | 'payments' | 'buyer' | 'provider' | 'planner' | 'finance' | 'auditor' | 'service' | 'control-plane';
  readonly merchant: string | null;
  readonly account: string | null;
  readonly label: string | null;
  readonly created_at: string;

  /** the key that asked for it, or `server` */
  readonly created_by: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;

  /** the key itself: in the first answer only, nobody can show it again */
  readonly key?: string;
}

export interface KeysOperations {
  /**
   * `POST /v1/keys`: Make a key. A key is confined to the merchant and the account that are named; one of role
   * `operator` or `payments` cannot be. It takes no Idempotency-Key, because a secret is shown once: whoever names
   * `key_id` may ask again when the answer was lost, and the record comes back, but never the key itself.
   */
  createKey: {
    readonly input: {
      readonly key_id?: string | undefined;
      readonly role: 'operator' | 'payments' | 'buyer' | 'provider' | 'planner' | 'finance' | 'auditor' | 'service';
      readonly merchant?: string | undefined;
      readonly account?: string | undefined;
      readonly label?: string | undefined;
      readonly expires_at?: string | undefined;
    };
    readonly answer: CreateKeyAnswer;
  };

  /** `GET /v1/keys`: Keys, the newest first. */
  listKeys: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly role?:
        | 'operator'
        | 'payments'
        | 'buyer'
        | 'provider'
        | 'planner'
        | 'finance'
        | 'auditor'
        | 'service'
        | 'control-plane'
        | undefined;
    };
    readonly answer: Key;
  };

  /**
   * `POST /v1/keys/{key_id}/revoke`: Revoke a key. Repeated: the same record. A revoked token of a data directory
   * is replaced when its server starts again.
   */
  revokeKey: { readonly input: { readonly key_id: string }; readonly answer: Key };
}

export const keysOperations = {
  createKey: { method: 'POST', path: '/v1/keys', kind: 'value', body: true },
  listKeys: { method: 'GET', path: '/v1/keys', kind: 'list' },
  revokeKey: { method: 'POST', path: '/v1/keys/{key_id}/revoke', kind: 'value' },
} as const;
