/** The invoice of a challenge: its price, its row, what of it is presented, and how it is closed (B-24, B-28, L-06). */
import type { PolicySettings } from '../budgets/policy.ts';
import type { DecisionRow, InvoiceRow } from '../budgets/tables.ts';
import type { Pricing } from '../l402/price.ts';
import type { GateBooks } from './gate-books.ts';

/** Challenges that a decision closes: their invoices need not be paid any more. */
type Closed = readonly string[];

/** What else whoever asked has to do, beside the answer that callers get: cancel these at the node, present this invoice. */
export interface GateFollowUp {
  readonly cancel?: readonly string[];
  readonly challenge?: {
    readonly state: InvoiceRow['state'];
    readonly sats: number;
    /** Of the decision. */
    readonly bucket: string;
    readonly isNew: boolean;
    readonly bolt11: string | null;
    readonly payment_hash: string | null;
    readonly token_id: string | null;
    readonly root_key_sealed: string | null;
    /** Nanoseconds as text. */
    readonly expires_at: string | null;
    readonly usable_until: string | null;
  };
}

/** An unpaid repeat has the same challenge as long as its invoice can be paid (L-06). */
export function canBePaid({ state, expires_at: expiresAt }: InvoiceRow, now: bigint): boolean {
  return state === 'intended' || (state === 'open' && expiresAt !== null && expiresAt > now);
}

export function presented(
  { bucket }: DecisionRow,
  invoice: InvoiceRow,
  isNew: boolean,
): NonNullable<GateFollowUp['challenge']> {
  return {
    bucket,
    state: invoice.state,
    sats: Number(invoice.sats),
    isNew,
    bolt11: invoice.bolt11,
    payment_hash: invoice.payment_hash,
    token_id: invoice.token_id,
    root_key_sealed: invoice.root_key_sealed,
    expires_at: invoice.expires_at?.toString() ?? null,
    usable_until: invoice.usable_until?.toString() ?? null,
  };
}

/** Asked of the node, and nothing came back yet. */
export function intended(
  { decision_id, merchant_id, created_at }: DecisionRow,
  sats: bigint,
  quote: string,
): InvoiceRow {
  return {
    decision_id,
    merchant_id,
    state: 'intended',
    sats,
    quote,
    payment_hash: null,
    bolt11: null,
    payee_key: null,
    token_id: null,
    root_key_sealed: null,
    expires_at: null,
    usable_until: null,
    received_msat: 0n,
    settled_at: null,
    consumed_at: null,
    credit_msat: 0n,
    created_at,
    updated_at: created_at,
    version: 0n,
  };
}

/** Policies say it in JSON. */
export function pricingOf({ price, rate, price_step_sats: step }: PolicySettings): Pricing {
  const rule =
    price.kind === 'toll'
      ? { kind: price.kind, sats: BigInt(price.sats) }
      : price.kind === 'excess_bp'
        ? { kind: price.kind, bp: BigInt(price.bp) }
        : price;
  return {
    rule,
    rate: rate === null ? null : { currency: rate.currency, centsPerBtc: BigInt(rate.cents_per_btc) },
    stepSats: BigInt(step),
  };
}

/** A challenge that another decision takes the place of. Answers what to cancel at the node. */
export function supersede(books: GateBooks, open: DecisionRow): Closed {
  const invoice = books.invoice(open.decision_id);
  // Somebody has paid, and will come for it with the very same request.
  if (invoice?.state === 'settled' && invoice.received_msat >= invoice.sats * 1_000n) return [];
  books.keep({ ...open, state: 'replaced', reason: 'superseded', due_at: null });
  return closeInvoice(books, open);
}

export function closeInvoice(books: GateBooks, { decision_id: id }: DecisionRow): Closed {
  const invoice = books.invoice(id);
  if (invoice === undefined || invoice.state === 'closed' || invoice.state === 'settled') return [];
  books.keepInvoice({ ...invoice, state: 'closed', root_key_sealed: null });
  return invoice.payment_hash === null ? [] : [invoice.payment_hash];
}
