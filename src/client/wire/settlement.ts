/** Settlement. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Account {
  readonly account_id: string;
  readonly unit: 'ORC';
  readonly available: number;
  readonly held: number;
  readonly total: number;
}

export interface Entry {
  readonly at: string;
  readonly kind: 'top_up' | 'fee' | 'hold' | 'release_out' | 'release_in' | 'return';
  readonly available_change: number;
  readonly held_change: number;
  readonly available_after: number;
  readonly held_after: number;

  /** the receipt or the hold */
  readonly reference: string;

  /** the fact in the journal */
  readonly seq: number;
}

export interface TopUp {
  readonly receipt_id: string;
  readonly account_id: string;
  readonly amount: number;
  readonly unit: 'ORC';
  readonly gateway_node_id: string;
  readonly external: { readonly amount: number; readonly currency: string; readonly payment_ref: string };
  readonly fee: { readonly basis_points: number; readonly amount: number; readonly account_id: string } | null;
  readonly occurred_at: string | null;
  readonly policy_ref: string | null;
  readonly applied_at: string;
  readonly seq: number;
}

export interface Inbox {
  readonly receipt_id: string;
  readonly state: 'waiting' | 'credited' | 'refused';

  /** how it came: spool, feed, … */
  readonly source: string;
  readonly gateway_node_id: string;
  readonly account_id: string;

  /** net */
  readonly amount: number;

  /** net and fee together: what a standing rule limits */
  readonly gross: number;

  /** its signature was checked and found good when it came */
  readonly verified: boolean;

  /** why it was refused */
  readonly reason: string | null;

  /** the key or the rule that credited it */
  readonly decided_by: string | null;
  readonly received_at: string;
  readonly updated_at: string;
}

export interface Hold {
  readonly hold_id: string;
  readonly state: 'active' | 'frozen' | 'released' | 'refunded' | 'voided';
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly amount: number;
  readonly unit: 'ORC';
  readonly order_id: string;
  readonly contract_id: string | null;
  readonly policy_ref: string | null;
  readonly deadlines: {
    readonly work_by: string | null;
    readonly accept_by: string | null;
    readonly dispute_by: string | null;
    readonly auto_release_after: string | null;
  };
  readonly created_at: string;
  readonly history: readonly {
    readonly state: 'active' | 'frozen' | 'released' | 'refunded' | 'voided';
    readonly at: string;
    readonly reason: string | null;
    readonly actor: string | null;
    readonly seq: number;
  }[];
}

export interface Movement {
  /** `receipt:<receipt id>` or `hold:<hold id>:<target state>` */
  readonly movement_key: string;

  /** the receipt or the hold */
  readonly cause: string;
  readonly src: string;
  readonly dst: string;
  readonly amount: number;

  /** the lone credit that books money from outside on `src` first */
  readonly inflow_tx_id: string | null;
  readonly state: 'pending' | 'done';

  /** how often it was refused; it is tried again until it succeeds */
  readonly refusals: number;
  readonly last_refusal: string | null;

  /** the transfer, once it is made */
  readonly tx_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ApplyTopUpAnswer {
  readonly outcome: 'applied' | 'already_applied';
  readonly receipt_id: string;
  readonly account_id: string;
  readonly amount: number;
  readonly balance: { readonly available: number; readonly held: number; readonly total: number };
}

export interface SetStandingRuleAnswer {
  readonly gateway_node_id: string;
  readonly state: 'standing' | 'removed';
  readonly max_amount: number;
  readonly requires_signature: boolean;
  readonly set_by: string | null;
  readonly updated_at: string;
}

export interface SettlementOperations {
  /**
   * `POST /v1/ledger/top-up`: Credit a receipt of the funding gateway. The receipt id is the key: the same receipt
   * again is `already_applied` and credits nothing; with other content it is `receipt_conflict`, which names the
   * fields that differ. Takes the control-plane token; no key can do it.
   */
  applyTopUp: {
    readonly input: {
      readonly receipt_id: string;
      readonly account_id: string;

      /** net, in minor units; the gross is this and the fee together */
      readonly amount: number;
      readonly unit: 'ORC';
      readonly gateway_node_id: string;

      /** money comes in; no receipt is about anything else, so nothing is kept of it */
      readonly direction?: 'inbound' | undefined;
      readonly external: {
        /** minor units */
        readonly amount: number;
        readonly currency: string;
        readonly payment_ref: string;
      };
      readonly fee?:
        { readonly basis_points: number; readonly amount: number; readonly account_id: string } | undefined;
      readonly occurred_at?: string | undefined;
      readonly policy_ref?: string | undefined;

      /** Ed25519 of the canonical text, in base64 */
      readonly signature?: string | undefined;
    };
    readonly answer: ApplyTopUpAnswer;
  };

  /** `GET /v1/ledger/account`: An account: available, held and total. */
  readAccount: { readonly input: { readonly account_id: string }; readonly answer: Account };

  /** `GET /v1/ledger/accounts`: Accounts of the settlement ledger. */
  listAccounts: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly answer: Account;
  };

  /** `GET /v1/ledger/entries`: What happened to an account, the newest first. */
  listEntries: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly account_id: string;
    };
    readonly answer: Entry;
  };

  /** `GET /v1/ledger/top-ups`: Receipts that were credited, the newest first. */
  listTopUps: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly account_id?: string | undefined;
    };
    readonly answer: TopUp;
  };

  /** `GET /v1/ledger/inbox`: Receipts that funding gateways handed over, the newest first. */
  listInbox: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?: 'waiting' | 'credited' | 'refused' | undefined;
      readonly account_id?: string | undefined;
    };
    readonly answer: Inbox;
  };

  /**
   * `POST /v1/ledger/inbox/{receipt_id}/credit`: Credit a receipt of the inbox. The same as a top-up with this
   * receipt, and under the same key: whichever comes second is `already_applied`. A receipt that contradicts what
   * was applied is refused for good. Takes the control-plane token; no key can do it.
   */
  creditReceipt: { readonly input: { readonly receipt_id: string }; readonly answer: ApplyTopUpAnswer };

  /**
   * `PUT /v1/ledger/standing-rules/{gateway_node_id}`: Have receipts of a funding gateway credited without being
   * asked. The same again changes nothing. It also concerns receipts that wait already.
   */
  setStandingRule: {
    readonly input: {
      readonly gateway_node_id: string;

      /** the largest receipt, net and fee together, in minor units */
      readonly max_amount: number;

      /** only receipts whose signature is found good, by a key of PURSER_FUNDING_KEYS */
      readonly requires_signature?: boolean | undefined;
    };
    readonly answer: SetStandingRuleAnswer;
  };

  /** `GET /v1/ledger/standing-rules/{gateway_node_id}`: A funding gateway's standing rule. */
  readStandingRule: { readonly input: { readonly gateway_node_id: string }; readonly answer: SetStandingRuleAnswer };

  /**
   * `DELETE /v1/ledger/standing-rules/{gateway_node_id}`: Have receipts of a funding gateway wait again. What it
   * has credited stays credited.
   */
  removeStandingRule: { readonly input: { readonly gateway_node_id: string }; readonly answer: SetStandingRuleAnswer };

  /**
   * `POST /v1/ledger/holds`: Reserve a payer's money. The order id is the key. A hold without a time at which it
   * ends gets the one of the escrow policy, and is refunded then (after seven days, where nothing else is
   * configured): silence never locks money for ever.
   */
  createHold: {
    readonly input: {
      readonly hold_id?: string | null | undefined;
      readonly payer_account_id: string;
      readonly payee_account_id: string;

      /** minor units */
      readonly amount: number;
      readonly order_id: string;
      readonly contract_id?: string | null | undefined;
      readonly policy_ref?: string | null | undefined;
      readonly deadlines?:
        | {
            readonly work_by?: string | null | undefined;
            readonly accept_by?: string | null | undefined;
            readonly dispute_by?: string | null | undefined;
            readonly auto_release_after?: string | null | undefined;
          }
        | null
        | undefined;
    };
    readonly answer: Hold;
  };

  /** `GET /v1/ledger/holds`: Holds, the newest first. */
  listHolds: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?: 'active' | 'frozen' | 'released' | 'refunded' | 'voided' | undefined;

      /** payer or payee */
      readonly account_id?: string | undefined;
      readonly order_id?: string | undefined;
    };
    readonly answer: Hold;
  };

  /** `GET /v1/ledger/holds/{hold_id}`: A hold and how it came to its state. */
  readHold: { readonly input: { readonly hold_id: string }; readonly answer: Hold };

  /**
   * `POST /v1/ledger/holds/{hold_id}/release`: Give the money to the payee. Repeated, it answers the hold as it is
   * and changes nothing. An order's hold takes its execution along.
   */
  releaseHold: { readonly input: { readonly hold_id: string; readonly reason: string }; readonly answer: Hold };

  /**
   * `POST /v1/ledger/holds/{hold_id}/refund`: Give the money back, after execution. Repeated, it answers the hold
   * as it is and changes nothing. An order's hold takes its execution along.
   */
  refundHold: { readonly input: { readonly hold_id: string; readonly reason: string }; readonly answer: Hold };

  /**
   * `POST /v1/ledger/holds/{hold_id}/freeze`: Stop the hold until a dispute is resolved. Repeated, it answers the
   * hold as it is and changes nothing. An order's hold takes its execution along.
   */
  freezeHold: { readonly input: { readonly hold_id: string; readonly reason: string }; readonly answer: Hold };

  /**
   * `POST /v1/ledger/holds/{hold_id}/void`: Give the money back, before execution. Repeated, it answers the hold
   * as it is and changes nothing. An order's hold takes its execution along.
   */
  voidHold: { readonly input: { readonly hold_id: string; readonly reason: string }; readonly answer: Hold };

  /**
   * `GET /v1/movements`: Movements between operational balances that settlement asked for, the newest first. A
   * refused movement stays `pending` and is tried again with growing pauses.
   */
  listMovements: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?: 'pending' | 'done' | undefined;
      readonly cause?: string | undefined;
    };
    readonly answer: Movement;
  };
}

export const settlementOperations = {
  applyTopUp: { method: 'POST', path: '/v1/ledger/top-up', kind: 'value', body: true },
  readAccount: { method: 'GET', path: '/v1/ledger/account', kind: 'value', polled: true },
  listAccounts: { method: 'GET', path: '/v1/ledger/accounts', kind: 'list' },
  listEntries: { method: 'GET', path: '/v1/ledger/entries', kind: 'list' },
  listTopUps: { method: 'GET', path: '/v1/ledger/top-ups', kind: 'list' },
  listInbox: { method: 'GET', path: '/v1/ledger/inbox', kind: 'list' },
  creditReceipt: { method: 'POST', path: '/v1/ledger/inbox/{receipt_id}/credit', kind: 'value' },
  setStandingRule: { method: 'PUT', path: '/v1/ledger/standing-rules/{gateway_node_id}', kind: 'value', body: true },
  readStandingRule: { method: 'GET', path: '/v1/ledger/standing-rules/{gateway_node_id}', kind: 'value' },
  removeStandingRule: { method: 'DELETE', path: '/v1/ledger/standing-rules/{gateway_node_id}', kind: 'value' },
  createHold: { method: 'POST', path: '/v1/ledger/holds', kind: 'value', body: true },
  listHolds: { method: 'GET', path: '/v1/ledger/holds', kind: 'list' },
  readHold: { method: 'GET', path: '/v1/ledger/holds/{hold_id}', kind: 'value', polled: true },
  releaseHold: { method: 'POST', path: '/v1/ledger/holds/{hold_id}/release', kind: 'value', body: true },
  refundHold: { method: 'POST', path: '/v1/ledger/holds/{hold_id}/refund', kind: 'value', body: true },
  freezeHold: { method: 'POST', path: '/v1/ledger/holds/{hold_id}/freeze', kind: 'value', body: true },
  voidHold: { method: 'POST', path: '/v1/ledger/holds/{hold_id}/void', kind: 'value', body: true },
  listMovements: { method: 'GET', path: '/v1/movements', kind: 'list' },
} as const;
