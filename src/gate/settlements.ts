/** Records that the node has received a payment for one of our invoices. Told twice, it is recorded once. */
import { isObject } from '../base/json.ts';
import { instantAt } from '../base/time.ts';
import { invoices, type InvoiceRow } from '../budgets/tables.ts';
import type { InvoiceStatus, Settlement } from '../lightning/node.ts';
import type { Outcome, Store } from '../store/store.ts';
import { findDecision } from './find-rows.ts';

export interface SettlingParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  readonly nowMs: () => number;
  /** A settlement stands in the journal, so long after the node settled it. */
  readonly recorded: (lagMs: number) => void;
  /** Money came for nothing, and is owed to its payer. */
  readonly owed: (decisionId: string, msat: bigint) => void;
}

/** The invoice that this hash belongs to; undefined: it is none of the gate's. */
export async function findInvoice(store: Pick<Store, 'rows'>, paymentHash: string): Promise<InvoiceRow | undefined> {
  const where = { payment_hash: paymentHash };
  return (await store.rows({ table: invoices, where, by: 'created_at', limit: 1 }))[0];
}

/** The outcome, with the decision that was paid for; undefined when nothing of ours was paid. */
export async function recordSettlement(
  { store, nowMs, recorded, owed }: SettlingParts,
  {
    paymentHash,
    receivedMsat,
    settledAtMs,
  }: Pick<Settlement, 'paymentHash' | 'receivedMsat'> & {
    readonly settledAtMs: number | null;
  },
): Promise<{ readonly invoice: InvoiceRow; readonly outcome: Outcome } | undefined> {
  const invoice = await findInvoice(store, paymentHash);
  if (invoice === undefined) return undefined;
  if (invoice.state === 'settled' && receivedMsat <= invoice.received_msat)
    return { invoice, outcome: { answer: '{}', code: null, replayed: true } };
  const decision = await findDecision(store, invoice.decision_id);
  const outcome = await store.submit({
    type: 'settle-invoice',
    decisionId: invoice.decision_id,
    merchant: invoice.merchant_id,
    bucket: decision?.bucket ?? '',
    receivedMsat,
    settledAt: instantAt(settledAtMs ?? nowMs()),
  });
  if (outcome.code !== null || outcome.replayed) return { invoice, outcome };
  // Nodes count in seconds, and their clocks are not ours.
  if (settledAtMs !== null) recorded(Math.max(0, nowMs() - settledAtMs));
  const credit = creditOf(outcome.answer);
  if (credit > 0n) owed(invoice.decision_id, credit);
  return { invoice, outcome };
}

function creditOf(answer: string): bigint {
  const said: unknown = JSON.parse(answer);
  const credit = isObject(said) ? said['credit_msat'] : undefined;
  return typeof credit === 'number' ? BigInt(credit) : 0n;
}

export const isSettled = (status: InvoiceStatus | undefined): status is InvoiceStatus & { readonly state: 'settled' } =>
  status?.state === 'settled';
