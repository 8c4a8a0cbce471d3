/**
 * What becomes of a payment that is held (B-24, L-05): it is taken when it still buys what it was asked for, in the very commit
 * that finds so, and goes back to its payer otherwise. From that commit on the node is told, until it has nothing more of it.
 */
import { NS_PER_SECOND } from '../base/time.ts';
import type { Command, Decision, View } from '../base/decision.ts';
import { limits } from '../base/limits.ts';
import { bucketOf, periodKey } from '../budgets/bucket.ts';
import { judgeGate } from '../budgets/judge.ts';
import { heldBy, isLive, sumOf } from '../budgets/reports.ts';
import { periods } from '../budgets/tables.ts';
import { replayed } from './answers.ts';
import { decisionReads, type DecisionRef } from './gate-books.ts';
import { isCovered, noSecrets } from './gate-invoice.ts';
import { onInvoice, record, told, type InvoiceRef, type InvoiceRows } from './invoices.ts';

/** The node holds a payment of the invoice. */
export interface AcceptPaymentCommand extends Command, InvoiceRef {
  readonly type: 'accept-payment';
  /** At least so much is held. */
  readonly heldMsat: bigint;
  /** The decision whose reservation the paid one takes over, if there is one. */
  readonly replaces: DecisionRef | null;
}

/** The node holds nothing for the invoice, and never will: it gave back what there was, or nobody paid in time. */
export interface EndHoldCommand extends Command, InvoiceRef {
  readonly type: 'end-hold';
}

/** Why a payment is not taken. */
type Declined = 'no_challenge' | 'amount_short' | 'too_late' | 'period_locked' | 'period_closed' | 'max_excess';

export const holdDecisions: {
  readonly 'accept-payment': Decision<AcceptPaymentCommand>;
  readonly 'end-hold': Decision<EndHoldCommand>;
} = {
  'accept-payment': onInvoice(
    (command, rows, view) => {
      const { books, decision, invoice } = rows;
      if (invoice.state !== 'open') return replayed(told(invoice));
      const why = whyNot(command, rows, view);
      if (why === undefined) {
        books.keepInvoice({ ...invoice, state: 'held', held_at: view.at });
        return record('otb/invoice-held.v1', rows);
      }
      const reason = 'payment_returned';
      books.keepInvoice({ ...invoice, state: 'closed', ...noSecrets });
      if (decision.state === 'challenged') books.keep({ ...decision, state: 'expired', reason, due_at: null });
      return record('otb/invoice-closed.v1', rows, { reason, why });
    },
    ({ merchant, bucket, replaces }) => [
      { table: periods, key: [periodKey(merchant, bucketOf(bucket).period)] },
      ...decisionReads(merchant, replaces === null ? [] : [replaces]),
    ],
  ),

  'end-hold': onInvoice((_, rows) => {
    const { books, decision, invoice } = rows;
    if (invoice.hold !== 'waiting') return replayed(told(invoice));
    const reason = invoice.state === 'held' ? 'payment_returned' : 'challenge_expired';
    if (invoice.state !== 'closed' && decision.state === 'challenged')
      books.keep({ ...decision, state: 'expired', reason, due_at: null });
    books.keepInvoice({ ...invoice, state: 'closed', hold: 'ended', ...noSecrets });
    return record('otb/invoice-hold-ended.v1', rows, invoice.state === 'closed' ? {} : { reason });
  }),
};

/**
 * From here on nothing that the gate decides lets go of it: what could make it a payment for nothing has to be seen now. Only where
 * the node gives it back, or cannot be told until the token's time is over (`end-decision`), it ends unsettled.
 */
function whyNot(command: AcceptPaymentCommand, rows: InvoiceRows, view: View): Declined | undefined {
  const { merchant, bucket, heldMsat } = command;
  const { decision, invoice } = rows;
  if (decision.state !== 'challenged') return 'no_challenge';
  if (!isCovered({ sats: invoice.sats, received_msat: heldMsat })) return 'amount_short';
  const untilAt = (invoice.expires_at ?? 0n) + BigInt(limits.holdLateSeconds) * NS_PER_SECOND;
  if (view.at >= untilAt) return 'too_late';
  const status = view.row(periods, [periodKey(merchant, bucketOf(bucket).period)])?.status ?? 'open';
  if (status !== 'open') return `period_${status}`;
  return isBeyondCap(command, rows) ? 'max_excess' : undefined;
}

/** The budget may have moved since the challenge: an override is paid for, but none beyond what the policy sells. */
function isBeyondCap({ bucket, replaces }: AcceptPaymentCommand, { books, decision }: InvoiceRows): boolean {
  const replaced = replaces === null ? undefined : books.decision(replaces.decisionId);
  const takesOver = replaced !== undefined && isLive(replaced) && replaced.bucket === bucket;
  const judged = {
    amountCents: decision.amount_cents,
    counters: books.counters(bucket),
    givenBackCents: takesOver ? sumOf(heldBy(replaced)) : 0n,
    // Who asked, and with which word, was judged when it was challenged.
    role: '',
    acknowledged: true,
  };
  return judgeGate(judged, books.settings).reason === 'max_excess';
}
