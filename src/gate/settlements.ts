/** Records that the node has received a payment for one of our invoices. Told twice, it is recorded once. */
import { instantAt } from '../base/time.ts';
import { invoices, type InvoiceRow } from '../budgets/tables.ts';
import type { InvoiceStatus, Settlement } from '../lightning/node.ts';
import type { Outcome, Store } from '../store/store.ts';
import { findDecision } from './knowing.ts';

type Part = Pick<Store, 'rows' | 'submit'>;

/** The invoice that this hash belongs to; undefined: it is none of the gate's. */
export async function findInvoice(store: Pick<Store, 'rows'>, paymentHash: string): Promise<InvoiceRow | undefined> {
  const where = { payment_hash: paymentHash };
  return (await store.rows({ table: invoices, where, by: 'created_at', limit: 1 }))[0];
}

/** The outcome, with the decision that was paid for; undefined when nothing of ours was paid. */
export async function recordSettlement(
  store: Part,
  {
    paymentHash,
    receivedMsat,
    settledAtMs,
  }: Pick<Settlement, 'paymentHash' | 'receivedMsat'> & {
    readonly settledAtMs: number | null;
  },
  nowMs: number,
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
    settledAt: instantAt(settledAtMs ?? nowMs),
  });
  return { invoice, outcome };
}

export const isSettled = (status: InvoiceStatus | undefined): status is InvoiceStatus => status?.state === 'settled';
