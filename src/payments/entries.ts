/**
 * The ledger's three moves (P-21..P-23): what DEBIT, CREDIT and ROLLBACK do to one account under one transaction id.
 * Pure: entries that exist and a balance go in; a new entry, a recorded one or a refusal comes out.
 */
import { MINOR_UNITS_MAX } from '../base/money.ts';
import type { EntryOp, TransactionRow } from './tables.ts';

/** What exists under the transaction id. */
export type Existing = Readonly<Partial<Record<EntryOp, TransactionRow>>>;

export interface Movement {
  readonly account: string;
  readonly amount: bigint;
}

/** An entry to append. */
export interface Entry extends Movement {
  readonly op: EntryOp;
  readonly balanceAfter: bigint;
}

type LedgerRefusal = 'insufficient_funds' | 'duplicate_tx' | 'rolled_back' | 'already_credited' | 'invalid_request';

export type EntryDecision =
  | { readonly outcome: 'append'; readonly entry: Entry }
  | { readonly outcome: 'recorded'; readonly row: TransactionRow }
  | { readonly outcome: 'refused'; readonly code: LedgerRefusal };

const refused = (code: LedgerRefusal): EntryDecision => ({ outcome: 'refused', code });

/** P-21: order of checks is shape (before), rollback row, duplicate, funds. */
export function decideDebit(existing: Existing, balance: bigint, { account, amount }: Movement): EntryDecision {
  if (existing.rollback !== undefined) return refused('rolled_back');
  if (existing.debit !== undefined) return refused('duplicate_tx'); // before funds: a replay must not look like poverty
  if (balance < amount) return refused('insufficient_funds');
  return { outcome: 'append', entry: { op: 'debit', account, amount, balanceAfter: balance - amount } };
}

/** P-22: a late credit after compensation would create money, so the rollback row comes first. */
export function decideCredit(existing: Existing, balance: bigint, { account, amount }: Movement): EntryDecision {
  if (existing.rollback !== undefined) return refused('rolled_back');
  if (existing.credit !== undefined) return { outcome: 'recorded', row: existing.credit };
  // A larger balance could not be told to a JSON reader exactly.
  if (balance + amount > MINOR_UNITS_MAX) return refused('invalid_request');
  return { outcome: 'append', entry: { op: 'credit', account, amount, balanceAfter: balance + amount } };
}

/** P-23: gives a debit back; with no debit yet it leaves a tombstone, on which a racing debit will fail. */
export function decideRollback(existing: Existing, balanceOf: (account: string) => bigint): EntryDecision {
  if (existing.rollback !== undefined) return { outcome: 'recorded', row: existing.rollback };
  if (existing.credit !== undefined) return refused('already_credited');
  const { debit } = existing;
  if (debit === undefined) {
    return { outcome: 'append', entry: { op: 'rollback', account: TOMBSTONE_ACCOUNT, amount: 0n, balanceAfter: 0n } };
  }
  const balanceAfter = balanceOf(debit.account_id) + debit.amount;
  return {
    outcome: 'append',
    entry: { op: 'rollback', account: debit.account_id, amount: debit.amount, balanceAfter },
  };
}

/** A tombstone belongs to no account. */
export const TOMBSTONE_ACCOUNT = '';
