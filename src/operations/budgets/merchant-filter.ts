/** Whose budgets a caller may look at: the merchant that was named, or the one that the key is confined to (R7, B-27). */
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { mayUseMerchant, merchantOf } from '../../access/scope.ts';

/** What a list has to be about; empty: all merchants. */
export type MerchantFilter = Readonly<{ merchant_id?: string }>;

/** Undefined: the caller named another's, or has none. */
export function merchantFilter(caller: Caller, permission: Permission, wanted?: string): MerchantFilter | undefined {
  if (wanted !== undefined) return mayUseMerchant(caller, permission, wanted) ? { merchant_id: wanted } : undefined;
  const merchant = merchantOf(caller);
  if (merchant !== null) return { merchant_id: merchant };
  return caller.account === null ? {} : undefined;
}
