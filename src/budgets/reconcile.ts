/**
 * Reconciliation (B-07): compares what the gate holds with what documents say, and names each difference that has not been
 * booked yet. A positive amount gives budget back, a negative one takes it. What was booked before is never changed: when a
 * difference goes away, its opposite is booked. Without news there is nothing to book.
 */

type DriftCause =
  | 'received_without_gate'
  | 'received_less_than_reported'
  | 'ordered_without_gate'
  | 'received_more_than_decided'
  | 'cancelled_without_report'
  /** What was booked for receipts or orders before is taken back: the gate has been told meanwhile. */
  | 'receipts_agree_again'
  | 'orders_agree_again';

/** A difference to book. `expected` is what the gate holds, `actual` what documents say. */
export interface Adjustment {
  readonly cause: DriftCause;
  readonly amount: bigint;
  readonly expected: bigint;
  readonly actual: bigint;
}

/** The sums of documents, and what earlier runs have booked for them, with its sign. */
export interface Documents {
  readonly received_cents: bigint;
  readonly ordered_cents: bigint;
  readonly reconciled_received_cents: bigint;
  readonly reconciled_ordered_cents: bigint;
}

/** What the gate holds: for a decision, or for a bucket less its decisions that documents name. */
export interface Held {
  /** Reserved and on order: may still come. */
  readonly open: bigint;
  readonly received: bigint;
}

export interface Reconciled {
  readonly adjustments: readonly Adjustment[];
  readonly reconciledReceived: bigint;
  readonly reconciledOrdered: bigint;
  /** Goods came in that the gate was not told of yet; their budget is reserved or committed, so nothing has to be booked. */
  readonly unreported: bigint;
}

/** What has been booked should be `target`: the difference is booked now. */
interface Target {
  readonly amount: bigint;
  readonly taking: DriftCause;
  readonly giving: DriftCause;
  readonly agreeing: DriftCause;
}

/** Documents that name no decision, against what the gate holds of the bucket beyond decisions that documents name. */
export function reconcileBucket(documents: Documents, { received }: Pick<Held, 'received'>): Reconciled {
  const surplus = tellsOfReceipts(documents) ? documents.received_cents - received : 0n;
  // Goods that came in without the gate fulfil orders without the gate: only what is still to come is open.
  const arrived = surplus > 0n ? surplus : 0n;
  const open = documents.ordered_cents > arrived ? documents.ordered_cents - arrived : 0n;
  return reconciled(
    documents,
    {
      received: {
        amount: -surplus,
        taking: 'received_without_gate',
        giving: 'received_less_than_reported',
        agreeing: 'receipts_agree_again',
      },
      expected: received,
      unreported: 0n,
    },
    {
      amount: -open,
      taking: 'ordered_without_gate',
      giving: 'cancelled_without_report',
      agreeing: 'orders_agree_again',
    },
  );
}

/** Documents that name a decision: what is on order there may arrive without a word, only what is beyond takes budget. */
export function reconcileDecision(documents: Documents, { open, received }: Held): Reconciled {
  const surplus = tellsOfReceipts(documents) ? documents.received_cents - received : 0n;
  const unreported = surplus > 0n ? smaller(surplus, open) : 0n;
  const cancelled = documents.ordered_cents < 0n ? smaller(-documents.ordered_cents, open - unreported) : 0n;
  return reconciled(
    documents,
    {
      received: {
        amount: unreported - surplus,
        taking: 'received_more_than_decided',
        giving: 'received_less_than_reported',
        agreeing: 'receipts_agree_again',
      },
      expected: received,
      unreported,
    },
    {
      amount: cancelled,
      taking: 'orders_agree_again',
      giving: 'cancelled_without_report',
      agreeing: 'orders_agree_again',
    },
  );
}

/** A bucket or decision of which no receipt was ever told is none that lacks receipts. */
const tellsOfReceipts = ({ received_cents, reconciled_received_cents }: Documents): boolean =>
  received_cents !== 0n || reconciled_received_cents !== 0n;

function reconciled(
  documents: Documents,
  receipts: { readonly received: Target; readonly expected: bigint; readonly unreported: bigint },
  orders: Target,
): Reconciled {
  const { received, expected, unreported } = receipts;
  const adjustments: Adjustment[] = [];
  const receiptNews = received.amount - documents.reconciled_received_cents;
  if (receiptNews !== 0n)
    adjustments.push({
      cause: causeOf(received, receiptNews),
      amount: receiptNews,
      expected,
      actual: documents.received_cents,
    });
  const orderNews = orders.amount - documents.reconciled_ordered_cents;
  if (orderNews !== 0n)
    adjustments.push({
      cause: causeOf(orders, orderNews),
      amount: orderNews,
      expected: 0n,
      actual: documents.ordered_cents,
    });
  return { adjustments, reconciledReceived: received.amount, reconciledOrdered: orders.amount, unreported };
}

function causeOf({ amount, taking, giving, agreeing }: Target, news: bigint): DriftCause {
  if (news < 0n && amount < 0n) return taking;
  if (news > 0n && amount > 0n) return giving;
  return agreeing;
}

const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other);
