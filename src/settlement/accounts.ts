/** Accounts of the settlement ledger (S-02): names only. An account nobody has used yet reads as zero and needs no opening. */

declare const account: unique symbol;

/** `account:participant:{id}`, `account:org:{id}` or `account:community-pool`; an id may itself hold colons. */
export type AccountId = string & { readonly [account]: 'settlement account' };

export const COMMUNITY_POOL = 'account:community-pool';

const FORM = /^account:(?:participant|org):[A-Za-z0-9:._-]{1,128}$/;

export function accountId(text: unknown): AccountId | 'invalid_account' {
  if (typeof text !== 'string' || !(text === COMMUNITY_POOL || FORM.test(text))) return 'invalid_account';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where text becomes an account
  return text as AccountId;
}

/** The account of an organisation or a participant. */
export function accountOf(kind: 'org' | 'participant', id: string): AccountId {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids were checked where they came in
  return `account:${kind}:${id}` as AccountId;
}
