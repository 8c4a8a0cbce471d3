/**
 * What becomes of a challenge's invoice (B-28, L-05..L-07): asked of the node in one commit, recorded in the next, closed when
 * nobody waits for it, settled when the node says so. Money that came for nothing is owed to its payer, and never dropped.
 */
import { NS_PER_SECOND } from '../base/time.ts';
import type { Command, Decided, Decision, Read, View } from '../base/decision.ts';
import { limits } from '../base/limits.ts';
import { lightningCursors } from '../budgets/tables.ts';
import type { DecisionRow, InvoiceRow } from '../budgets/tables.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded, type BudgetFact } from './budget-facts.ts';
import { decisionReads, GateBooks, type DecisionRef } from './gate-books.ts';
import { isCovered, noSecrets, quotedMsat } from './gate-invoice.ts';

/** The decision whose invoice it is. */
export interface InvoiceRef extends DecisionRef {
  readonly merchant: string;
}

/** The node issued it: commit 2 of B-28. */
export interface RecordInvoiceCommand extends Command, InvoiceRef {
  readonly type: 'record-invoice';
  readonly bolt11: string;
  /** 32 bytes in lower hex. */
  readonly paymentHash: string;
  readonly payeeKey: string;
  /** Nanoseconds. */
  readonly expiresAt: bigint;
  readonly tokenId: string;
  readonly rootKeySealed: string;
  /** Of a hold invoice; null: the node's own. */
  readonly preimageSealed: string | null;
}

/** The node did not issue it, or nobody waits for it any more. */
export interface CloseInvoiceCommand extends Command, InvoiceRef {
  readonly type: 'close-invoice';
  readonly reason: 'lightning_unavailable' | 'challenge_expired';
}

/** The node says that it was paid. It may say so again, also with more. */
export interface SettleInvoiceCommand extends Command, InvoiceRef {
  readonly type: 'settle-invoice';
  readonly receivedMsat: bigint;
  /** Nanoseconds. */
  readonly settledAt: bigint;
}

/** What of an invoice is sealed. */
export type SealedColumn = 'root_key_sealed' | 'preimage_sealed';

/** The root key of a token, or a preimage, under another key of the ring. */
export interface ResealRootKeyCommand extends Command, InvoiceRef {
  readonly type: 'reseal-root-key';
  readonly column: SealedColumn;
  readonly before: string;
  readonly after: string;
}

/** Settlements up to here are recorded (L-07). */
export interface MoveLightningCursorCommand extends Command {
  readonly type: 'move-lightning-cursor';
  readonly backend: string;
  readonly cursor: string;
}

const reads = ({ merchant, decisionId, bucket }: InvoiceRef): Read[] =>
  decisionReads(merchant, [{ decisionId, bucket }]);

export interface InvoiceRows {
  readonly books: GateBooks;
  readonly decision: DecisionRow;
  readonly invoice: InvoiceRow;
}

/** A decision on an invoice that is there. */
export function onInvoice<C extends Command & InvoiceRef>(
  decide: (command: C, rows: InvoiceRows, view: View) => Decided,
  furtherReads: (command: C) => readonly Read[] = () => [],
): Decision<C> {
  return {
    reads: (command) => ({ rows: [...reads(command), ...furtherReads(command)] }),
    decide(command, view) {
      const { merchant, decisionId } = command;
      const books = new GateBooks(view, merchant, decisionId);
      const decision = books.decision(decisionId);
      const invoice = books.invoice(decisionId);
      if (decision === undefined || invoice === undefined) return refusal('decision_not_found');
      return decide(command, { books, decision, invoice }, view);
    },
  };
}

export function record(
  type: BudgetFact,
  { books, invoice }: InvoiceRows,
  said: Readonly<Record<string, string>> = {},
): Decided {
  const after = books.invoice(invoice.decision_id) ?? invoice;
  return budgetRecorded({ type, subject: invoice.decision_id, answer: told(after), changes: books.changes(), said });
}

export const told = ({ decision_id, state, payment_hash, credit_msat }: InvoiceRow): object => ({
  decision_id,
  state,
  payment_hash,
  credit_msat: Number(credit_msat),
});

export const invoiceDecisions: {
  readonly 'record-invoice': Decision<RecordInvoiceCommand>;
  readonly 'close-invoice': Decision<CloseInvoiceCommand>;
  readonly 'settle-invoice': Decision<SettleInvoiceCommand>;
  readonly 'reseal-root-key': Decision<ResealRootKeyCommand>;
  readonly 'move-lightning-cursor': Decision<MoveLightningCursorCommand>;
} = {
  'record-invoice': onInvoice((command, rows) => {
    const { books, decision, invoice } = rows;
    if (invoice.payment_hash !== null) return replayed(told(invoice));
    const { paymentHash, bolt11, payeeKey, tokenId, rootKeySealed, preimageSealed, expiresAt } = command;
    const usableUntil = expiresAt + BigInt(limits.tokenGraceSeconds) * NS_PER_SECOND;
    // Nobody waits for it any more; its hash is kept all the same, or a payment of it would belong to nobody.
    const isWanted = invoice.state === 'intended' && decision.state === 'challenged';
    books.keepInvoice({
      ...invoice,
      state: isWanted ? 'open' : 'closed',
      payment_hash: paymentHash,
      bolt11,
      payee_key: payeeKey,
      token_id: tokenId,
      root_key_sealed: isWanted ? rootKeySealed : null,
      hold: invoice.hold === null ? null : 'waiting',
      preimage_sealed: isWanted ? preimageSealed : null,
      expires_at: expiresAt,
      usable_until: usableUntil,
    });
    if (isWanted) books.keep({ ...decision, due_at: usableUntil });
    return record('otb/invoice-recorded.v1', rows);
  }),

  'close-invoice': onInvoice(({ reason }, rows) => {
    const { books, decision, invoice } = rows;
    if (invoice.state === 'settled' || invoice.state === 'closed') return replayed(told(invoice));
    books.keepInvoice({ ...invoice, state: 'closed', ...noSecrets });
    if (decision.state === 'challenged') books.keep({ ...decision, state: 'expired', reason, due_at: null });
    return record('otb/invoice-closed.v1', rows, { reason });
  }),

  'settle-invoice': onInvoice(({ receivedMsat, settledAt }, rows) => {
    const { books, decision, invoice } = rows;
    if (invoice.state === 'settled' && receivedMsat <= invoice.received_msat) return replayed(told(invoice));
    const paid = { ...invoice, received_msat: receivedMsat };
    const serves = invoice.consumed_at !== null || (decision.state === 'challenged' && isCovered(paid));
    books.keepInvoice({
      ...paid,
      state: 'settled',
      hold: invoice.hold === null ? null : 'ended',
      preimage_sealed: null,
      settled_at: invoice.settled_at ?? settledAt,
      credit_msat: serves ? receivedMsat - quotedMsat(invoice) : receivedMsat,
    });
    return record('otb/invoice-settled.v1', rows);
  }),

  'reseal-root-key': onInvoice(({ column, before, after }, rows) => {
    const { books, invoice } = rows;
    if (invoice[column] !== before) return replayed(told(invoice));
    books.keepInvoice({ ...invoice, [column]: after });
    return record('otb/root-key-sealed.v1', rows);
  }),

  'move-lightning-cursor': {
    reads: ({ backend }) => ({ rows: [{ table: lightningCursors, key: [backend] }] }),
    decide({ backend, cursor }, view) {
      const before = view.row(lightningCursors, [backend]);
      const answer = { backend, cursor };
      if (before?.cursor === cursor) return replayed(answer);
      const row = { backend, cursor, updated_at: view.at, version: (before?.version ?? 0n) + 1n };
      const changes = [{ table: lightningCursors, row }];
      return budgetRecorded({ type: 'otb/lightning-cursor-moved.v1', subject: backend, answer, changes, said: {} });
    },
  },
};
