/** Looks up what the gate has recorded. */
import { decisions, invoices, type DecisionRow, type InvoiceRow } from '../budgets/tables.ts';
import { findRow } from '../store/find-row.ts';
import type { Store } from '../store/store.ts';

type Reader = Pick<Store, 'rows'>;

export const findDecision = (store: Reader, id: string): Promise<DecisionRow | undefined> =>
  findRow(store, decisions, 'decision_id', id);

/** Undefined: the decision was never challenged. */
export const invoiceOf = (store: Reader, decisionId: string): Promise<InvoiceRow | undefined> =>
  findRow(store, invoices, 'decision_id', decisionId);
