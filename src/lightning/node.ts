/**
 * The port to a Lightning node (N-01): issue an invoice, look it up, follow settlements from a cursor and, where the backend can,
 * hold a payment until it is known whether it is wanted. Nothing here ever pays.
 */

/** What an invoice is to be. */
export interface InvoiceOrder {
  /** Ours, and unique: a backend that has labels uses it, others put it into their own reference field. */
  readonly label: string;
  /** Whole satoshi, at least 1. */
  readonly sats: bigint;
  /** Opaque: it never tells a payer about budgets. At most 100 bytes of ASCII. */
  readonly description: string;
  readonly expirySeconds: number;
  /** 32 bytes in lower hex: the payment is only held, and `settle` or `cancel` ends it. Only where `canHold`. */
  readonly holdFor?: string;
}

export interface IssuedInvoice {
  /** Decoded and checked by the adapter: hash, amount, network and expiry are what was ordered. */
  readonly bolt11: string;
  /** 32 bytes in lower hex. */
  readonly paymentHash: string;
  /** The node that signed it, 33 bytes in lower hex. */
  readonly payeeKey: string;
  readonly expiresAtMs: number;
}

/** `held`: paid by the payer, not yet ours. `closed`: expired or cancelled, nothing was received. */
export type InvoiceState = 'open' | 'held' | 'settled' | 'closed';

export interface InvoiceStatus {
  readonly paymentHash: string;
  readonly state: InvoiceState;
  /** What came in: zero until something did; more than was asked for when the invoice was paid twice. */
  readonly receivedMsat: bigint;
  /** At least so much is held; zero unless `held`. */
  readonly heldMsat: bigint;
  readonly settledAtMs: number | null;
}

/** One settled payment. Delivered at least once: whoever follows must take repeats. */
export interface Settlement {
  readonly paymentHash: string;
  readonly receivedMsat: bigint;
  readonly settledAtMs: number;
  /** Where to go on after this one. */
  readonly cursor: string;
}

export interface LightningNode {
  /** As in the configuration: `sandbox`, `lnd`, `cln`, `phoenixd`, `nwc`. */
  readonly backend: string;
  readonly canHold: boolean;
  /** Rejects with LightningUnavailable when the node does not answer in time, with LightningRefused when it will not. */
  issue(order: InvoiceOrder): Promise<IssuedInvoice>;
  /** Undefined: the node knows no such invoice. Rejects with LightningUnavailable. */
  lookUp(paymentHash: string): Promise<InvoiceStatus | undefined>;
  /**
   * Settlements after the cursor (null: from the beginning of what the backend still lists), then new ones as they come, until
   * `signal` aborts. Throws LightningUnavailable when the connection breaks; the caller starts anew from its last cursor.
   */
  settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement>;
  /** Takes a held payment. `preimage`: 32 bytes in lower hex. Repeating it is fine. */
  settle(preimage: string): Promise<void>;
  /** Gives a held payment back, or closes an open invoice where the backend can. Repeating it is fine. */
  cancel(paymentHash: string): Promise<void>;
  /** Lets go of connections and threads; calls under way reject with LightningUnavailable. */
  close(): Promise<void>;
}

/** The node does not answer, or not in time: asking again later will do. */
export class LightningUnavailable extends Error {
  override readonly name = 'LightningUnavailable';
}

/** The node answered that it will not: wrong credential, wrong amount, a feature it lacks. The message says what to do. */
export class LightningRefused extends Error {
  override readonly name = 'LightningRefused';
}
