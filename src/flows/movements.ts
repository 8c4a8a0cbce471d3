/**
 * A movement of the outbox on the operational ledger (system flow, step 7): money from outside is booked, the transfer is made
 * or refused, and the outbox hears of it, all in one commit. Gate and hold have authorised it, so risk is not asked.
 */
import { invariant } from '../base/assert.ts';
import { INSTANT_NS } from '../base/decision.ts';
import type { Change, Command, Decided, Decision, Fact, Row, Table, View } from '../base/decision.ts';
import { decideCredit } from '../payments/entries.ts';
import { accounts, transactions } from '../payments/tables.ts';
import { transferContent, type TransferRequest } from '../payments/transfer-request.ts';
import { txId as idOf } from '../payments/tx-id.ts';
import { movements, type MovementRow } from '../settlement/tables.ts';
import { replayed } from './answers.ts';
import { entryBody, entryChanges } from './ledger.ts';
import { rowFact } from './row-facts.ts';
import { counterRead, moveMoney, nextNumber, recordTransfer, transferKey } from './transfer.ts';

/** All of it stands in the outbox; it is repeated here because decisions load only what commands name. */
export interface ApplyMovementCommand extends Command {
  readonly type: 'apply-movement';
  readonly movementKey: string;
  readonly src: string;
  readonly dst: string;
  readonly inflowTx: string | null;
  /** One more than the refusals so far. */
  readonly attempt: bigint;
}

/** J2: a movement that was refused for good is sent again under `…:2`, `…:3`; at most one of them succeeds. */
function attemptKey(movementKey: string, attempt: bigint): string {
  return attempt === 1n ? movementKey : `${movementKey}:${attempt}`;
}

/** Fact of what became of an attempt. */
export const MOVEMENT_FACTS = ['payments/movement-settled.v1', 'payments/movement-refused.v1'] as const;

export const applyMovement: Decision<ApplyMovementCommand> = {
  reads: ({ movementKey, src, dst, inflowTx, attempt }) => ({
    key: transferKey(attemptKey(movementKey, attempt)),
    rows: [
      { table: movements, key: [movementKey] },
      { table: accounts, key: [src] },
      { table: accounts, key: [dst] },
      counterRead,
      ...(inflowTx === null ? [] : [{ table: transactions, key: [inflowTx, 'credit'] }]),
    ],
  }),
  decide({ movementKey, attempt }, view) {
    const movement = view.row(movements, [movementKey]);
    invariant(movement !== undefined, 'a movement is in the outbox before it is applied');
    // Another worker was faster.
    if (movement.state === 'done' || movement.refusals + 1n !== attempt) return replayed('{}');
    const request = requestOf(movement, attempt);
    const key = transferKey(request.key);
    if (view.known(key) !== undefined)
      return settled(movement, view, { code: 'idempotency_conflict', txId: null, done: [] });
    const inflow = bookInflow(movement, view);
    const after = inflow === undefined ? view : following(view, inflow);
    const number = nextNumber(view);
    const txId = idOf(number);
    const transfer = recordTransfer(
      { view: after, number, txId, key, request: transferContent(request) },
      moveMoney(after, movement, txId),
    );
    return settled(movement, view, {
      code: transfer.code,
      txId,
      done: [...(inflow === undefined ? [] : [inflow]), markedAs(movementKey, transfer)],
    });
  },
};

/** The log tells a movement of the flow from a transfer that somebody asked for: any caller may use a key that looks like one. */
function markedAs(movementKey: string, transfer: Decided): Decided {
  const mark = `,"movement":${JSON.stringify(movementKey)}}`;
  const facts = transfer.facts?.map((fact) => ({ ...fact, body: fact.body.replace(/\}$/, () => mark) }));
  return { ...transfer, ...(facts === undefined ? {} : { facts }) };
}

function requestOf({ movement_key: key, src, dst, amount }: MovementRow, attempt: bigint): TransferRequest {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sums of amounts, bounded where they were booked
  return { key: attemptKey(key, attempt), src, dst, amount: amount as TransferRequest['amount'] };
}

/** Money from outside: a lone credit under an id of its own, which I1 counts as an inflow. It comes in once only. */
function bookInflow({ src, inflow_tx: inflowTx, amount }: MovementRow, view: View): Decided | undefined {
  if (inflowTx === null || view.row(transactions, [inflowTx, 'credit']) !== undefined) return undefined;
  const account = view.row(accounts, [src]);
  invariant(account !== undefined, 'every configured balance has an account');
  const credit = decideCredit({}, account.balance, { account: src, amount });
  // A balance that cannot grow any more: the transfer will be refused for lack of funds, and tried again.
  if (credit.outcome !== 'append') return undefined;
  const fact: Fact = {
    type: 'ledger/credited.v1',
    subject: inflowTx,
    key: null,
    request: null,
    answer: null,
    body: entryBody([credit.entry]),
  };
  return { answer: '{}', code: null, facts: [fact], changes: entryChanges(inflowTx, [credit.entry], view.at) };
}

/** The balance that the command itself changed before, and the instant after that. */
function following(view: View, { changes = [] }: Decided): View {
  const row: View['row'] = <R extends Row>(table: Table<R>, key: readonly string[]) => {
    const changed = changes.findLast((change) => change.table === table && change.row[table.key[0]!] === key[0]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a row of that very table
    return changed === undefined ? view.row(table, key) : (changed.row as R);
  };
  return { ...view, at: view.at + INSTANT_NS, row };
}

interface Attempt {
  /** Why it was refused, or null. */
  readonly code: string | null;
  readonly txId: string | null;
  readonly done: readonly Decided[];
}

function settled(movement: MovementRow, view: View, { code, txId, done }: Attempt): Decided {
  const row: MovementRow = {
    ...movement,
    state: code === null ? 'done' : 'pending',
    refusals: movement.refusals + (code === null ? 0n : 1n),
    last_refusal: code ?? movement.last_refusal,
    tx_id: code === null ? txId : movement.tx_id,
    updated_at: view.at,
    version: movement.version + 1n,
  };
  const change: Change = { table: movements, row };
  const said = { tx_id: txId, refused: code };
  const type = MOVEMENT_FACTS[code === null ? 0 : 1];
  const fact = rowFact({ type, subject: movement.movement_key, changes: [change], said });
  return {
    answer: JSON.stringify(said),
    code,
    facts: [...done.flatMap(({ facts = [] }) => facts), fact],
    changes: [...done.flatMap(({ changes = [] }) => changes), change],
  };
}
