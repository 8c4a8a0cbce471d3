/**
 * The payment gateway's own records in the split deployment (P-43..P-45): each step of a transfer is a fact before the
 * next call goes out, so that a restart knows in which direction to go on.
 */
import type { Command, Decided, Decision, Fact, View } from '../base/decision.ts';
import { invariant } from '../base/assert.ts';
import { refusal, type PaymentError } from '../payments/answers.ts';
import { counters, transfers, type TransferRow } from '../payments/tables.ts';
import { transferContent, type TransferRequest } from '../payments/transfer-request.ts';
import { TX_COUNTER, txId as idOf } from '../payments/tx-id.ts';
import type { RiskDenial } from '../risk/check.ts';
import { transferKey } from './transfer.ts';

/** Records a transfer before its first ledger call, and answers its id; a risk denial ends it in the same commit. */
export interface BeginCommand extends Command, TransferRequest {
  readonly type: 'begin-transfer';
  readonly risk: 'approved' | 'unreachable' | RiskDenial;
  /** The server that will carry it. */
  readonly carrier: string;
}

/** A server takes over a transfer from one that is gone. */
export interface ClaimCommand extends Command {
  readonly type: 'claim-transfer';
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

/** DEBIT has answered: from here on the direction is forward (P-45). */
export interface DebitedCommand extends Command {
  readonly type: 'record-debit';
  readonly key: string;
  readonly carrier: string;
  readonly balance: bigint;
}

/** Every attempt in the foreground failed: the compensation stays open, is retried and listed (P-44). */
export interface PendingCommand extends Command {
  readonly type: 'record-pending';
  readonly key: string;
  readonly carrier: string;
  readonly cause: PaymentError;
}

/** The completed response. */
export interface EndCommand extends Command {
  readonly type: 'end-transfer';
  readonly key: string;
  readonly carrier: string;
  readonly answer: string;
  readonly code: PaymentError | null;
}

/** Looks a key up without recording anything. */
export interface LookUpCommand extends Command, TransferRequest {
  readonly type: 'look-up-transfer';
}

const counterKey = [TX_COUNTER] as const;

/** Answer of a look-up when the key is free. */
export const FREE = '{"free":true}';

/** Code of a transfer that is recorded but has no completed response yet; the answer is its id. */
export const IN_PROGRESS = 'in_progress';

/** Code of a step by a server that does not carry the transfer (any more): it must not go on with it. */
export const FENCED = 'fenced';

function judgeKey(command: TransferRequest, view: View): Decided | undefined {
  const known = view.known(transferKey(command.key));
  if (known === undefined) return undefined;
  if (known.request !== transferContent(command))
    return { answer: refusal('idempotency_conflict'), code: 'idempotency_conflict' };
  const answer = known.answer ?? view.row(transfers, [command.key])?.answer ?? null;
  if (answer === null) return { answer: known.subject, code: IN_PROGRESS };
  return { answer, code: null, replayed: true };
}

export const lookUpTransfer: Decision<LookUpCommand> = {
  reads: ({ key }) => ({ key: transferKey(key), rows: [{ table: transfers, key: [key] }] }),
  decide: (command, view) => judgeKey(command, view) ?? { answer: FREE, code: null },
};

export const beginTransfer: Decision<BeginCommand> = {
  reads: ({ key }) => ({
    key: transferKey(key),
    rows: [
      { table: transfers, key: [key] },
      { table: counters, key: counterKey },
    ],
  }),
  decide(command, view) {
    const judged = judgeKey(command, view);
    if (judged !== undefined) return judged;
    const number = (view.row(counters, counterKey)?.value ?? 0n) + 1n;
    const txId = idOf(number);
    const { key, src, dst, amount, risk, carrier } = command;
    const code = risk === 'approved' || risk === 'unreachable' ? null : risk;
    const answer = code === null ? null : refusal(code, txId);
    const row: TransferRow = {
      key,
      tx_id: txId,
      src,
      dst,
      amount,
      risk,
      src_balance: null,
      cause: null,
      answer,
      state: answer === null ? 'debiting' : 'ended',
      updated_at: view.at,
      carrier,
    };
    const fact: Fact = {
      type: answer === null ? 'payments/transfer-begun.v1' : 'payments/transfer-refused.v1',
      subject: txId,
      key: transferKey(key),
      request: transferContent(command),
      answer,
      body: rowBody(row),
    };
    return {
      answer: answer ?? txId,
      code,
      facts: [fact],
      changes: [
        { table: transfers, row },
        { table: counters, row: { name: TX_COUNTER, value: number } },
      ],
    };
  },
};

export const recordDebit: Decision<DebitedCommand> = step<DebitedCommand>(
  'payments/transfer-debited.v1',
  ({ balance }) => ({ state: 'crediting', src_balance: balance }),
  ({ carrier }) => carrier,
);

export const recordPending: Decision<PendingCommand> = step(
  'payments/compensation-pending.v1',
  ({ cause }) => ({ state: 'compensation_pending', cause }),
  ({ carrier }) => carrier,
);

export const endTransfer: Decision<EndCommand> = step(
  'payments/transfer-ended.v1',
  ({ answer }) => ({ state: 'ended', answer }),
  ({ carrier }) => carrier,
);

export const claimTransfer: Decision<ClaimCommand> = step(
  'payments/transfer-claimed.v1',
  ({ to }) => ({ carrier: to }),
  ({ from }) => from,
);

/** A step of a transfer that was begun: changes some columns of its row, and is told to nobody but the saga. */
function step<C extends Command & { readonly key: string }>(
  type: string,
  patch: (command: C) => Partial<TransferRow>,
  carrierOf: (command: C) => string,
): Decision<C> {
  return {
    reads: ({ key }) => ({ rows: [{ table: transfers, key: [key] }] }),
    decide(command, view) {
      const before = view.row(transfers, [command.key]);
      invariant(before !== undefined, 'a step belongs to a transfer that was begun');
      // The first completed response stands for ever, whoever comes second.
      if (before.answer !== null) return { answer: before.answer, code: null, replayed: true };
      // A server that was paused for so long that another took over must not record what it still believes.
      if (before.carrier !== carrierOf(command)) return { answer: before.carrier, code: FENCED };
      const row: TransferRow = { ...before, ...patch(command), updated_at: view.at };
      return {
        answer: row.answer ?? '{"ok":true}',
        code: null,
        facts: [{ type, subject: row.tx_id, key: null, request: null, answer: row.answer, body: rowBody(row) }],
        changes: [{ table: transfers, row }],
      };
    },
  };
}

/** A transfer's row as JSON text; integers as text where a double could not hold them. */
function rowBody(row: TransferRow): string {
  return JSON.stringify({ transfer: row }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
