/** Whose budgets a caller may look at: the merchant that was named, or the one that the key is confined to (R7, B-27). */
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { mayUseMerchant } from '../../access/scope.ts';

/** What a list has to be about; empty: all merchants. */
export type MerchantFilter = Readonly<{ merchant_id?: string }>;

const ORG = 'account:org:';

/** Undefined: the caller named another's, or has none. */
export function merchantFilter(caller: Caller, permission: Permission, wanted?: string): MerchantFilter | undefined {
  if (wanted !== undefined) return mayUseMerchant(caller, permission, wanted) ? { merchant_id: wanted } : undefined;
  if (caller.merchant !== null) return { merchant_id: caller.merchant };
  if (caller.account === null) return {};
  return caller.account.startsWith(ORG) ? { merchant_id: caller.account.slice(ORG.length) } : undefined;
}
