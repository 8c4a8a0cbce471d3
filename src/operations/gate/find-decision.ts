/** Looks decisions up with the counters that they change. */
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import { noCounters } from '../../budgets/bucket.ts';
import { allocations, type DecisionRow } from '../../budgets/tables.ts';
import { countersView } from '../../budgets/wire.ts';
import { findDecision } from '../../gate/find-rows.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';

type Reader = Pick<Store, 'rows'>;

/** Another merchant's is not there (R7). */
export async function findOwnDecision(
  store: Reader,
  { id, caller, permission }: { readonly id: string; readonly caller: Caller; readonly permission: Permission },
): Promise<DecisionRow | undefined> {
  const row = await findDecision(store, id);
  return row !== undefined && mayUseMerchant(caller, permission, row.merchant_id) ? row : undefined;
}

/** The counters of the bucket that a decision debits, as they are now. */
export async function budgetOf(store: Reader, { bucket }: DecisionRow): Promise<ReturnType<typeof countersView>> {
  const row = await findRow(store, allocations, 'bucket', bucket);
  return countersView(row ?? noCounters);
}
