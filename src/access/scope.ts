/**
 * What a caller may do something to. A merchant is an organisation, and its account is `account:org:<id>` (J6). Whoever asks
 * for another's by naming it is refused with 403; a single object that turns out to be another's is answered 404, so that
 * nobody learns which ids exist (R7).
 */
import type { Caller } from './caller.ts';
import { allows, reachesAll, type Permission } from './permissions.ts';

/** Everything, nothing, or what this account is a party of: what a list has to be filtered by. */
export type Reach = 'all' | 'nothing' | { readonly account: string };

const ORG = 'account:org:';

export function reach(caller: Caller, permission: Permission): Reach {
  if (!allows(caller, permission)) return 'nothing';
  const account = caller.account ?? (caller.merchant === null ? null : ORG + caller.merchant);
  if (account !== null) return { account };
  return reachesAll(caller, permission) ? 'all' : 'nothing';
}

/** The merchant that a key is confined to, by name or by the account of its organisation; null: to none. */
export function merchantOf({ merchant, account }: Caller): string | null {
  if (merchant !== null) return merchant;
  return account?.startsWith(ORG) === true ? account.slice(ORG.length) : null;
}

/** May the caller do this to something that these accounts are the parties of? Usually one account, of a hold two. */
export function mayUseAccount(caller: Caller, permission: Permission, ...parties: readonly string[]): boolean {
  const reached = reach(caller, permission);
  return typeof reached === 'string' ? reached === 'all' : parties.includes(reached.account);
}

/** May the caller do this to what belongs to this merchant? */
export function mayUseMerchant(caller: Caller, permission: Permission, merchant: string): boolean {
  // A key may be confined to a person's account and to the merchant that this person works for.
  if (caller.merchant !== null) return caller.merchant === merchant && allows(caller, permission);
  return mayUseAccount(caller, permission, ORG + merchant);
}
