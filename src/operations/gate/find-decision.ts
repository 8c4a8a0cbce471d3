/** Looks decisions up with what belongs to them; another merchant's is not there (R7). */
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import { noCounters } from '../../budgets/bucket.ts';
import { allocations, decisions, invoices, type DecisionRow, type InvoiceRow } from '../../budgets/tables.ts';
import { countersView } from '../../budgets/wire.ts';
import type { Store } from '../../store/store.ts';

type Reader = Pick<Store, 'rows'>;

export async function findDecision(
  store: Reader,
  { id, caller, permission }: { readonly id: string; readonly caller: Caller; readonly permission: Permission },
): Promise<DecisionRow | undefined> {
  const [row] = await store.rows({ table: decisions, where: { decision_id: id }, by: 'decision_id', limit: 1 });
  return row !== undefined && mayUseMerchant(caller, permission, row.merchant_id) ? row : undefined;
}

export async function invoiceOf(store: Reader, { decision_id }: DecisionRow): Promise<InvoiceRow | undefined> {
  return (await store.rows({ table: invoices, where: { decision_id }, by: 'decision_id', limit: 1 }))[0];
}

/** The counters of the bucket that a decision debits, as they are now. */
export async function budgetOf(store: Reader, { bucket }: DecisionRow): Promise<ReturnType<typeof countersView>> {
  const [row] = await store.rows({ table: allocations, where: { bucket }, by: 'bucket', limit: 1 });
  return countersView(row ?? noCounters);
}
