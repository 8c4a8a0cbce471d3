/** Whether a caller may see what belongs to one merchant, or to all of them at once: that only who is confined to none (B-27). */
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { mayUseMerchant } from '../../access/scope.ts';

export function merchantMaySee(caller: Caller, permission: Permission, merchant: string | null): boolean {
  if (merchant !== null) return mayUseMerchant(caller, permission, merchant);
  return caller.merchant === null && caller.account === null;
}
