/** Which accounts a caller may see or use on the settlement ledger (R7). */
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { reach } from '../../access/scope.ts';

/** What a list has to be about: one account, or all. */
export interface AccountFilter {
  readonly account: string | undefined;
}

/** Undefined: the caller named another's account, or may see none. */
export function accountFilter(caller: Caller, permission: Permission, wanted?: string): AccountFilter | undefined {
  const reached = reach(caller, permission);
  if (reached === 'nothing') return undefined;
  if (reached === 'all') return { account: wanted };
  return wanted === undefined || wanted === reached.account ? { account: reached.account } : undefined;
}

const PARTIES = ['payer_account_id', 'payee_account_id'] as const;

/** Rows of which one account is payer or payee; empty: all. */
export interface PartyFilter {
  readonly either?: { readonly columns: typeof PARTIES; readonly value: string };
}

/** Undefined: the caller named another's account, or may see none. */
export function partyFilter(caller: Caller, permission: Permission, wanted?: string): PartyFilter | undefined {
  const party = accountFilter(caller, permission, wanted);
  if (party === undefined) return undefined;
  return party.account === undefined ? {} : { either: { columns: PARTIES, value: party.account } };
}
