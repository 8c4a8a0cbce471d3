/**
 * From a fact to the rows it changed, with nothing but the fact: so that every projection can be written anew and compared.
 * It repeats no decision. A body holds the outcome; what would have been decided today does not matter.
 */
import { reasonOf } from '../base/failure.ts';
import type { Change } from '../base/decision.ts';
import { isArray, isObject, parseJson } from '../base/json.ts';
import type { Entry } from '../payments/entries.ts';
import { accounts, counters, openings, transfers } from '../payments/tables.ts';
import type { EntryOp, TransferRow, TransferState } from '../payments/tables.ts';
import { TX_COUNTER, txNumber } from '../payments/tx-id.ts';
import { ACCESS_FACTS } from './access.ts';
import { BUDGET_FACTS } from './budget-facts.ts';
import { entryChanges } from './ledger.ts';
import { SETTLEMENT_FACTS } from './holds.ts';
import { FUNDING_FACTS } from './inbox.ts';
import { MOVEMENT_FACTS } from './movements.ts';
import { ORDER_FACTS } from './order-facts.ts';
import { changesOf } from './row-facts.ts';

/** A fact as the journal has it, as far as replay looks at it. */
export interface RecordedFact {
  readonly at: bigint;
  readonly type: string;
  readonly subject: string;
  readonly body: string;
}

/** The fact is none that a server writes; the message says what is wrong with it. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}

type Body = Readonly<Record<string, unknown>>;
type Replay = (fact: RecordedFact, body: Body) => Change[];

const byType: ReadonlyMap<string, Replay> = new Map<string, Replay>([
  ['ledger/opened.v1', opening],
  ['ledger/debited.v1', entries],
  ['ledger/credited.v1', entries],
  ['ledger/rolled-back.v1', entries],
  ['payments/transferred.v1', entries],
  ['payments/transfer-refused.v1', (fact, body) => ('transfer' in body ? transfer(fact, body) : entries(fact, body))],
  ['payments/transfer-begun.v1', transfer],
  ['payments/transfer-claimed.v1', transfer],
  ['payments/transfer-debited.v1', transfer],
  ['payments/compensation-pending.v1', transfer],
  ['payments/transfer-ended.v1', transfer],
  ...[...SETTLEMENT_FACTS, ...MOVEMENT_FACTS, ...FUNDING_FACTS, ...ACCESS_FACTS, ...ORDER_FACTS, ...BUDGET_FACTS].map(
    (type) => [type, rows] as const,
  ),
]);

/**
 * The rows that a fact changed, in the order in which they were written. `highestTx` is the counter of transfer ids as the
 * facts before left it. Throws ReplayError.
 */
export function replayFact(fact: RecordedFact, highestTx: bigint): Change[] {
  const replay = byType.get(fact.type);
  if (replay === undefined) throw new ReplayError(`this version knows no fact of type ${fact.type}`);
  const changes = replayed(replay, fact);
  // Only these are named after transactions; a hold may be called whatever its caller likes.
  const number = replay === opening || replay === rows ? undefined : txNumber(fact.subject);
  if (number !== undefined && number > highestTx)
    changes.push({ table: counters, row: { name: TX_COUNTER, value: number } });
  return changes;
}

function opening({ subject: id }: RecordedFact, { amount }: Body): Change[] {
  const opened = integer(amount, 'amount');
  return [
    { table: openings, row: { id, amount: opened } },
    { table: accounts, row: { id, balance: opened } },
  ];
}

const ops: ReadonlySet<unknown> = new Set<EntryOp>(['debit', 'credit', 'rollback']);

const isOp = (value: unknown): value is EntryOp => ops.has(value);

function entries({ subject, at }: RecordedFact, { entries: list }: Body): Change[] {
  if (!isArray(list)) throw new ReplayError('the body has no list of entries');
  return entryChanges(subject, list.map(entry), at);
}

function entry(written: unknown): Entry {
  const [op, account, amount, balanceAfter]: readonly unknown[] = isArray(written) ? written : [];
  if (!isOp(op) || typeof account !== 'string') throw new ReplayError('an entry is [op, account, amount, balance]');
  return { op, account, amount: integer(amount, 'amount'), balanceAfter: integer(balanceAfter, 'balance') };
}

const states: ReadonlySet<unknown> = new Set<TransferState>(['debiting', 'crediting', 'compensation_pending', 'ended']);

const isState = (value: unknown): value is TransferState => states.has(value);

/** A step of the split deployment: its fact holds the whole row as it was after the step. */
function transfer({ subject, at }: RecordedFact, { transfer: written }: Body): Change[] {
  if (!isObject(written)) throw new ReplayError('the body has no transfer');
  const { state, src_balance: srcBalance } = written;
  if (!isState(state)) throw new ReplayError(`there is no state "${String(state)}" of a transfer`);
  const row: TransferRow = {
    key: text(written, 'key'),
    tx_id: text(written, 'tx_id'),
    src: text(written, 'src'),
    dst: text(written, 'dst'),
    amount: integer(written['amount'], 'amount'),
    state,
    risk: text(written, 'risk'),
    src_balance: srcBalance === null ? null : integer(srcBalance, 'src_balance'),
    cause: textOrNull(written, 'cause'),
    answer: textOrNull(written, 'answer'),
    updated_at: integer(written['updated_at'], 'updated_at'),
    // Earlier versions knew of one server only, and did not name it.
    carrier: 'carrier' in written ? text(written, 'carrier') : '',
  };
  if (row.tx_id !== subject || row.updated_at !== at)
    throw new ReplayError(`the body tells of ${row.tx_id} at ${row.updated_at}`);
  return [{ table: transfers, row }];
}

function replayed(replay: Replay, fact: RecordedFact): Change[] {
  try {
    return replay(fact, parsed(fact.body));
  } catch (error) {
    if (!(error instanceof InexactNumber)) throw error;
    // Outside of strings every digit belongs to an integer: as text it loses none.
    const exact = fact.body.replace(/("(?:[^"\\]|\\.)*")|(-?\d+)/g, (_, quoted?: string, digits?: string) =>
      quoted === undefined ? `"${digits}"` : quoted,
    );
    return replay(fact, parsed(exact));
  }
}

/** A double does not hold all digits of a number: the body must be read another way. */
class InexactNumber extends Error {}

function parsed(body: string): Body {
  const value = parseJson(body);
  if (value === undefined) throw new ReplayError('the body is no JSON');
  if (!isObject(value)) throw new ReplayError('the body is no JSON object');
  return value;
}

function rows(_: RecordedFact, body: Body): Change[] {
  try {
    return changesOf(body['rows']);
  } catch (error) {
    throw new ReplayError(reasonOf(error));
  }
}

/** Written as a JSON number, or as text where a double could not hold it. */
function integer(value: unknown, name: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(Number(value));
  if (typeof value === 'number' && Number.isInteger(value)) throw new InexactNumber(name);
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  throw new ReplayError(`${name} is no integer: ${JSON.stringify(value)}`);
}

function text(row: Body, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new ReplayError(`${name} is no text: ${JSON.stringify(value)}`);
  return value;
}

function textOrNull(row: Body, name: string): string | null {
  return row[name] === null ? null : text(row, name);
}
