/** The ledger's commands (P-21..P-24): DEBIT, CREDIT, ROLLBACK and the recording of the opening balances. */
import { INSTANT_NS } from '../base/decision.ts';
import type { Change, Command, Decided, Decision, Fact, Read, View } from '../base/decision.ts';
import { entryAnswer, refusal, type PaymentError } from '../payments/answers.ts';
import { decideCredit, decideDebit, decideRollback, TOMBSTONE_ACCOUNT } from '../payments/entries.ts';
import type { Entry, EntryDecision, Existing } from '../payments/entries.ts';
import { accounts, counters, openings, transactions } from '../payments/tables.ts';
import type { EntryOp, TransactionRow } from '../payments/tables.ts';
import { TX_COUNTER, txNumber } from '../payments/tx-id.ts';

export interface MoveCommand extends Command {
  readonly type: 'debit' | 'credit';
  readonly account: string;
  readonly amount: bigint;
  readonly txId: string;
}

export interface RollbackCommand extends Command {
  readonly type: 'rollback';
  readonly txId: string;
  /** All accounts: which one the debit took from is known only once its entry is loaded. */
  readonly accounts: readonly string[];
}

/** Records the opening amount of every balance that has none yet; a different amount later is refused by name. */
export interface OpenCommand extends Command {
  readonly type: 'open-balances';
  readonly names: readonly string[];
  readonly amount: bigint;
}

const OPS: readonly EntryOp[] = ['debit', 'credit', 'rollback'];

const counterKey = [TX_COUNTER] as const;

/** What an entry's fact says; replay needs no more. */
export function entryBody(entries: readonly Entry[]): string {
  const rows = entries.map(
    ({ op, account, amount, balanceAfter }) => `["${op}",${JSON.stringify(account)},${amount},${balanceAfter}]`,
  );
  return `{"entries":[${rows.join(',')}]}`;
}

/** The rows that entries of one transaction write; the first has the instant `at`. */
export function entryChanges(txId: string, entries: readonly Entry[], at: bigint): Change[] {
  const changes: Change[] = [];
  let createdAt = at;
  for (const { op, account, amount, balanceAfter } of entries) {
    const row: TransactionRow = {
      tx_id: txId,
      op,
      account_id: account,
      amount,
      balance_after: balanceAfter,
      created_at: createdAt,
    };
    changes.push({ table: transactions, row });
    if (account !== TOMBSTONE_ACCOUNT) changes.push({ table: accounts, row: { id: account, balance: balanceAfter } });
    createdAt += INSTANT_NS;
  }
  return changes;
}

function txReads(txId: string): Read[] {
  const reads: Read[] = OPS.map((op) => ({ table: transactions, key: [txId, op] }));
  if (txNumber(txId) !== undefined) reads.push({ table: counters, key: counterKey });
  return reads;
}

function existing(view: View, txId: string): Existing {
  const found: Partial<Record<EntryOp, TransactionRow>> = {};
  for (const op of OPS) {
    const row = view.row(transactions, [txId, op]);
    if (row !== undefined) found[op] = row;
  }
  return found;
}

/** A caller's id in the server's own form pushes the counter, so that no transfer will ever be given it. */
function counterChange(view: View, txId: string): Change[] {
  const number = txNumber(txId);
  if (number === undefined) return [];
  const used = view.row(counters, counterKey)?.value ?? 0n;
  return number > used ? [{ table: counters, row: { name: TX_COUNTER, value: number } }] : [];
}

const factTypes = {
  debit: 'ledger/debited.v1',
  credit: 'ledger/credited.v1',
  rollback: 'ledger/rolled-back.v1',
} as const;

function settle(view: View, txId: string, decision: EntryDecision): Decided {
  if (decision.outcome === 'refused') return { answer: refusal(decision.code), code: decision.code };
  if (decision.outcome === 'recorded') {
    const { account_id: account, balance_after: balance } = decision.row;
    return { answer: entryAnswer(account === TOMBSTONE_ACCOUNT ? null : balance), code: null, replayed: true };
  }
  const { entry } = decision;
  return {
    answer: entryAnswer(entry.account === TOMBSTONE_ACCOUNT ? null : entry.balanceAfter),
    code: null,
    facts: [
      { type: factTypes[entry.op], subject: txId, key: null, request: null, answer: null, body: entryBody([entry]) },
    ],
    changes: [...entryChanges(txId, [entry], view.at), ...counterChange(view, txId)],
  };
}

const refuse = (code: PaymentError): Decided => ({ answer: refusal(code), code });

const moveReads: Decision<MoveCommand>['reads'] = ({ account, txId }) => ({
  rows: [{ table: accounts, key: [account] }, ...txReads(txId)],
});

export const debit: Decision<MoveCommand> = {
  reads: moveReads,
  decide(command, view) {
    const account = view.row(accounts, [command.account]);
    if (account === undefined) return refuse('invalid_request');
    return settle(view, command.txId, decideDebit(existing(view, command.txId), account.balance, command));
  },
};

export const credit: Decision<MoveCommand> = {
  reads: moveReads,
  decide(command, view) {
    const account = view.row(accounts, [command.account]);
    if (account === undefined) return refuse('invalid_request');
    return settle(view, command.txId, decideCredit(existing(view, command.txId), account.balance, command));
  },
};

export const rollback: Decision<RollbackCommand> = {
  reads: (command) => ({
    rows: [...command.accounts.map((id) => ({ table: accounts, key: [id] })), ...txReads(command.txId)],
  }),
  decide(command, view) {
    const balanceOf = (account: string): bigint => view.row(accounts, [account])?.balance ?? 0n;
    return settle(view, command.txId, decideRollback(existing(view, command.txId), balanceOf));
  },
};

export const openBalances: Decision<OpenCommand> = {
  reads: ({ names }) => ({
    rows: names.flatMap((id) => [
      { table: openings, key: [id] },
      { table: accounts, key: [id] },
    ]),
  }),
  decide({ names, amount }, view) {
    const facts: Fact[] = [];
    const changes: Change[] = [];
    for (const id of names) {
      const opening = view.row(openings, [id]);
      if (opening !== undefined && opening.amount !== amount) {
        return { answer: `${id} was opened with ${opening.amount}`, code: OPENING_DIFFERS };
      }
      if (opening !== undefined) continue;
      facts.push({
        type: 'ledger/opened.v1',
        subject: id,
        key: null,
        request: null,
        answer: null,
        body: `{"amount":${amount}}`,
      });
      changes.push({ table: openings, row: { id, amount } }, { table: accounts, row: { id, balance: amount } });
    }
    return { answer: '{"ok":true}', code: null, facts, changes };
  },
};

/** Code of an opening that was recorded with another amount; the answer says which, in words. */
export const OPENING_DIFFERS = 'opening_differs';
