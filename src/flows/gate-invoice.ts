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
    /** Not only asked for, but held until it is clear that it is wanted. */
    readonly holds: boolean;
    /** Nanoseconds as text. */
    readonly expires_at: string | null;
    readonly usable_until: string | null;
  };
}

/** Millisatoshi of a satoshi: nodes count in the former, prices are in the latter. */
const MSAT = 1_000n;

export const quotedMsat = ({ sats }: Pick<InvoiceRow, 'sats'>): bigint => sats * MSAT;

/** Has at least what was quoted come in (L-05)? */
export const isCovered = (invoice: Pick<InvoiceRow, 'sats' | 'received_msat'>): boolean =>
  invoice.received_msat >= quotedMsat(invoice);

/** An unpaid repeat has the same challenge as long as its invoice can be paid (L-06), or while its payment is held. */
export function canBePaid({ state, expires_at: expiresAt }: InvoiceRow, now: bigint): boolean {
  if (state === 'intended' || state === 'held') return true;
  return state === 'open' && expiresAt !== null && expiresAt > now;
}

export function presented(
  { bucket }: Pick<DecisionRow, 'bucket'>,
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
    holds: invoice.hold !== null,
    expires_at: invoice.expires_at?.toString() ?? null,
    usable_until: invoice.usable_until?.toString() ?? null,
  };
}

/** What is frozen with a challenge. */
interface Quote {
  readonly sats: bigint;
  /** JSON: price rule and rate as used. */
  readonly quote: string;
  /** Of the policy. */
  readonly invoice: PolicySettings['invoice'];
}

/** Asked of the node, and nothing came back yet. */
export function intended(
  { decision_id, merchant_id, created_at }: DecisionRow,
  { sats, quote, invoice }: Quote,
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
    hold: invoice === 'hold' ? 'ordered' : null,
    preimage_sealed: null,
    held_at: null,
    expires_at: null,
    usable_until: null,
    received_msat: 0n,
    settled_at: null,
    consumed_at: null,
    credit_msat: 0n,
    credit: null,
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
  if (invoice?.state === 'held' || (invoice?.state === 'settled' && isCovered(invoice))) return [];
  books.keep({ ...open, state: 'replaced', reason: 'superseded', due_at: null });
  // Settled for less than was quoted it is not closed any more, but its token is good for nothing.
  books.forgetToken(open);
  return closeInvoice(books, open);
}

/** A token that can be used no more, and a preimage that is told to no node any more, are kept nowhere. */
export const noSecrets = { root_key_sealed: null, preimage_sealed: null } as const;

/** What is held for it goes back: the node is told, again and again, until it has nothing more of it. */
export function closeInvoice(books: GateBooks, { decision_id: id }: DecisionRow): Closed {
  const invoice = books.invoice(id);
  if (invoice === undefined || invoice.state === 'closed' || invoice.state === 'settled') return [];
  books.keepInvoice({ ...invoice, state: 'closed', ...noSecrets });
  return invoice.payment_hash === null ? [] : [invoice.payment_hash];
}
