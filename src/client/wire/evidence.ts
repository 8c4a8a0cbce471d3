/** Evidence. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface ReadEvidenceAnswer {
  readonly content: {
    readonly format: 'purser-evidence/1';
    readonly decision_id: string;
    readonly merchant_id: string;
    readonly facts: readonly {
      readonly text: string;
      readonly siblings: readonly { readonly side: 'left' | 'right'; readonly hash: string }[];
      readonly batch: { readonly previous: string; readonly first_seq: number; readonly last_seq: number };
      readonly links: readonly { readonly root: string; readonly first_seq: number; readonly last_seq: number }[];
      readonly checkpoint: number;
    }[];
    readonly checkpoints: readonly { readonly text: string; readonly signature: string }[];
    readonly invoice: {
      readonly bolt11: string;
      readonly payment_hash: string;
      readonly payee_key: string;
      readonly sats: number;
      readonly received_msat: number;
      readonly settled_at: string | null;
      readonly consumed_at: string | null;
    } | null;
    readonly left_out: readonly { readonly seq: number; readonly type: string; readonly reason: string }[];
    readonly keys: readonly {
      readonly key_id: string;
      readonly version: number;

      /** Ed25519, SPKI in PEM */
      readonly public_key: string;
      readonly created_at: string;
      readonly introduced: { readonly text: string; readonly signature: string; readonly key_id: string } | null;
    }[];
  };
  readonly seal: { readonly text: string; readonly signature: string };
}

export interface ReadCheckpointAnswer {
  readonly seq: number;
  readonly chain: string;
  readonly signed_at: string;
  readonly key_id: string;
  readonly text: string;
  readonly signature: string;
}

export interface RotateServerKeyAnswer {
  readonly key_id: string;
  readonly version: number;

  /** Ed25519, SPKI in PEM */
  readonly public_key: string;
  readonly created_at: string;
  readonly introduced: { readonly text: string; readonly signature: string; readonly key_id: string } | null;
}

export interface EvidenceOperations {
  /**
   * `GET /l402-otb/decisions/{decision_id}/evidence`: Evidence of a decision that a stranger can check.
   * Self-contained: the facts of the decision, their hashes up to a signed checkpoint, the invoice, and the public
   * keys. `purser verify-evidence FILE` checks it without asking anybody.
   */
  readEvidence: { readonly input: { readonly decision_id: string }; readonly answer: ReadEvidenceAnswer };

  /**
   * `GET /v1/checkpoint`: The end of the journal, signed. Whoever keeps it finds out later if the journal was cut
   * or written anew.
   */
  readCheckpoint: { readonly input: Readonly<Record<string, never>>; readonly answer: ReadCheckpointAnswer };

  /**
   * `POST /v1/server-keys/rotate`: Sign with a new key from now on. The former key introduces the new one, and its
   * private half is forgotten. `GET /v1/server-keys` has them all, for everybody.
   */
  rotateServerKey: { readonly input: Readonly<Record<string, never>>; readonly answer: RotateServerKeyAnswer };
}

export const evidenceOperations = {
  readEvidence: { method: 'GET', path: '/l402-otb/decisions/{decision_id}/evidence', kind: 'value' },
  readCheckpoint: { method: 'GET', path: '/v1/checkpoint', kind: 'value' },
  rotateServerKey: { method: 'POST', path: '/v1/server-keys/rotate', kind: 'value' },
} as const;
