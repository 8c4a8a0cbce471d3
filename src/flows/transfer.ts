/**
 * TRANSFER as one atomic decision (P-04, all-in-one): key, risk, debit and credit in one commit. It is composed of the
 * decisions that the split deployment makes one by one, so both leave the same entries and give the same answers.
 */
import type { Command, Decided, Decision, Fact, View } from '../base/decision.ts';
import { invariant } from '../base/assert.ts';
import { refusal, transferred, type PaymentError } from '../payments/answers.ts';
import { decideCredit, decideDebit, decideRollback, type Entry } from '../payments/entries.ts';
import { accounts, counters } from '../payments/tables.ts';
import { transferContent, type TransferRequest } from '../payments/transfer-request.ts';
import { TX_COUNTER, txId as idOf } from '../payments/tx-id.ts';
import { checkRisk, type RiskPolicy } from '../risk/check.ts';
import type { VelocityWindows } from '../risk/velocity.ts';
import { entryBody, entryChanges } from './ledger.ts';

export interface TransferCommand extends Command, TransferRequest {
  readonly type: 'transfer';
}

/** Where the highest transfer id stands. */
export const counterRead = { table: counters, key: [TX_COUNTER] } as const;

/** The key space of TRANSFER. */
export const transferKey = (key: string): string => `transfer:${key}`;

export function transferDecision(windows: VelocityWindows, policy: RiskPolicy): Decision<TransferCommand> {
  return {
    reads: ({ key, src, dst }) => ({
      key: transferKey(key),
      rows: [{ table: accounts, key: [src] }, { table: accounts, key: [dst] }, counterRead],
    }),
    decide(command, view) {
      const key = transferKey(command.key);
      const request = transferContent(command);
      const known = view.known(key);
      if (known !== undefined) {
        if (known.request !== request) return { answer: refusal('idempotency_conflict'), code: 'idempotency_conflict' };
        invariant(known.answer !== null, 'an atomic transfer is recorded with its answer');
        return { answer: known.answer, code: null, replayed: true };
      }
      const number = nextNumber(view);
      const txId = idOf(number);
      const denial = checkRisk(windows, policy, { src: command.src, amount: command.amount, nowMs: view.uptimeMs });
      const outcome = denial === null ? moveMoney(view, command, txId) : { entries: [], refused: denial };
      return recordTransfer({ view, number, txId, key, request }, outcome);
    },
  };
}

export function nextNumber(view: View): bigint {
  return (view.row(counters, counterRead.key)?.value ?? 0n) + 1n;
}

/** From one balance to another. */
interface Movement {
  readonly src: string;
  readonly dst: string;
  readonly amount: bigint;
}

/** What a movement of money between two balances came to. */
type TransferEntries =
  | { readonly entries: readonly [Entry, Entry]; readonly refused: null }
  | { readonly entries: readonly Entry[]; readonly refused: PaymentError };

/** Debit, then credit; a credit that cannot be is compensated, as the saga would. */
export function moveMoney(view: View, { src, dst, amount }: Movement, txId: string): TransferEntries {
  const from = view.row(accounts, [src]);
  const to = view.row(accounts, [dst]);
  invariant(from !== undefined && to !== undefined, 'every configured balance has an account');
  const debit = decideDebit({}, from.balance, { account: src, amount });
  if (debit.outcome !== 'append')
    return { entries: [], refused: debit.outcome === 'refused' ? debit.code : 'internal' };
  const credit = decideCredit({}, to.balance, { account: dst, amount });
  if (credit.outcome === 'append') return { entries: [debit.entry, credit.entry], refused: null };
  const row = {
    tx_id: txId,
    op: 'debit',
    account_id: src,
    amount,
    balance_after: debit.entry.balanceAfter,
    created_at: view.at,
  } as const;
  const undo = decideRollback({ debit: row }, () => debit.entry.balanceAfter);
  invariant(undo.outcome === 'append', 'a fresh debit can be given back');
  return { entries: [debit.entry, undo.entry], refused: 'credit_failed' };
}

/** The transfer's fact and rows, from `view.at` on. */
export function recordTransfer(
  { view, number, txId, key, request }: { view: View; number: bigint; txId: string; key: string; request: string },
  { entries, refused }: TransferEntries,
): Decided {
  const answer =
    refused === null ? transferred(txId, entries[0].balanceAfter, entries[1].balanceAfter) : refusal(refused, txId);
  const type = refused === null ? 'payments/transferred.v1' : 'payments/transfer-refused.v1';
  const fact: Fact = { type, subject: txId, key, request, answer, body: entryBody(entries) };
  const changes = entryChanges(txId, entries, view.at);
  changes.push({ table: counters, row: { name: TX_COUNTER, value: number } });
  return { answer, code: refused, facts: [fact], changes };
}
