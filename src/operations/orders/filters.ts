/** What a list is narrowed by: the columns that the caller named, and the account that its key is confined to (R7). */
import type { Caller } from '../../access/caller.ts';
import { mayUseAccount } from '../../access/scope.ts';
import { accountOf } from '../../settlement/accounts.ts';
import { accountFilter } from '../ledger/parties.ts';

type Given<T> = { readonly [N in keyof T]?: Exclude<T[N], undefined> };

/** Only what was named. */
export function given<T extends object>(filters: T): Given<T> {
  const named = Object.entries(filters).filter(([, value]) => value !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same fields without those that are undefined
  return Object.fromEntries(named) as Given<T>;
}

const PARTIES = ['payer_account_id', 'payee_account_id'] as const;

export interface PartyFilter {
  readonly either?: { readonly columns: typeof PARTIES; readonly value: string };
}

/** Rows of which an account is payer or payee: the one that was asked for, or the key's own. `forbidden`: another's was named. */
export function partyFilter(caller: Caller, wanted: string | undefined): PartyFilter | 'forbidden' {
  const party = accountFilter(caller, 'orders:read', wanted);
  if (party === undefined) return 'forbidden';
  return party.account === undefined ? {} : { either: { columns: PARTIES, value: party.account } };
}

/** May the caller name this buyer? Without a kind it may be either. */
export function mayNameSubject(
  caller: Caller,
  { kind, id }: { readonly kind: 'org' | 'participant' | undefined; readonly id: string | undefined },
): boolean {
  if (id === undefined) return true;
  const kinds = kind === undefined ? (['org', 'participant'] as const) : [kind];
  return mayUseAccount(caller, 'orders:read', ...kinds.map((each) => accountOf(each, id)));
}
