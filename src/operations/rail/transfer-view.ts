/** A transfer as readers see it: what was asked, and what became of it step by step. Made of its fact and, in the split deployment, its row. */
import * as z from 'zod';
import { isObject } from '../../base/json.ts';
import { replayFact } from '../../flows/replay.ts';
import { transactions, type TransactionRow, type TransferRow } from '../../payments/tables.ts';
import type { RiskDenial } from '../../risk/check.ts';
import type { MovementRow } from '../../settlement/tables.ts';
import type { JournalFact } from '../../store/store.ts';
import { instant, instantText, integer } from '../schemas.ts';

const entry = z.strictObject({
  balance: z.string(),
  amount: integer,
  balance_after: integer,
  at: instant.nullable(),
});

/** A receipt's id may have 128 characters, and `in-` stands before it. */
export const transferId = z
  .string()
  .regex(/^[A-Za-z0-9:._-]{1,131}$/, '1 to 131 characters of letters, digits and : . _ -')
  .meta({ examples: ['tx-0000000001', 'in-r1'] });

export const transferView = z.strictObject({
  tx_id: transferId,
  idempotency_key: z.string(),
  src: z.string().nullable().meta({ description: 'null for a lone credit `in-…`: money from outside' }),
  dst: z.string(),
  amount: integer,
  movement: z.string().nullable().meta({ description: 'the movement of settlement that it makes, by its key' }),
  state: z.enum(['debiting', 'crediting', 'compensation_pending', 'ended']),
  outcome: z.string().nullable().meta({ description: '`ok`, the refusal’s code, or null while it is under way' }),
  risk: z.strictObject({
    verdict: z.enum(['approved', 'denied', 'unreachable', 'exempt']).meta({
      description: '`exempt`: the limits do not apply to movements, which a hold or a receipt has authorised',
    }),
    reason: z.string().nullable(),
  }),
  debit: entry.nullable(),
  credit: entry.nullable(),
  compensation: z
    .strictObject({
      state: z.enum(['open', 'done', 'not_needed']),
      cause: z.string(),
      entry: entry.nullable(),
    })
    .nullable(),
  created_at: instant,
  updated_at: instant,
});

export type TransferView = z.output<typeof transferView>;
type Entry = z.output<typeof entry>;

const KEY_SPACE = 'transfer:';

/** Codes by which risk refuses. */
const DENIED: ReadonlySet<string | null> = new Set<RiskDenial>([
  'daily_transfer_limit_exceeded',
  'transfer_amount_exceeds_limit',
]);

/** Codes after which a debit was given back, or a tombstone left. */
const COMPENSATED: ReadonlySet<string | null> = new Set(['debit_timeout', 'credit_failed']);

/** No counter of transfers is as high: replay then leaves the counter alone. */
const BEYOND_ALL = 10n ** 18n;

/** What the fact that gave a transfer its id says; `row` is how the saga left it, if there is one. */
export function viewOf(fact: JournalFact, row: TransferRow | undefined): TransferView {
  return row === undefined ? viewOfDecision(fact) : viewOfSaga(fact, row);
}

/** Was it carried by the saga, so that its row tells how it stands? */
export const isOfSaga = ({ body }: JournalFact): boolean => body.startsWith('{"transfer":');

/** One decision, one fact: entries, or a refusal. */
function viewOfDecision(fact: JournalFact): TransferView {
  const rows = replayFact(fact, BEYOND_ALL)
    .filter(({ table }) => table === transactions)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- just filtered by the table whose rows these are
    .map(({ row }) => row as TransactionRow);
  const of = (op: TransactionRow['op']): Entry | null => {
    const found = rows.find((row) => row.op === op);
    return found === undefined ? null : entryOf(found);
  };
  const outcome = outcomeOf(fact.answer);
  const undone = of('rollback');
  const movement = movementOf(fact);
  return {
    ...asked(fact),
    movement,
    state: 'ended',
    outcome,
    risk: movement === null ? riskOf(DENIED.has(outcome) ? outcome : 'approved') : exemptBy(movement),
    debit: of('debit'),
    credit: of('credit'),
    compensation: undone === null ? null : { state: 'done', cause: outcome ?? '', entry: undone },
    created_at: instantText(fact.at),
    updated_at: instantText(fact.at),
  };
}

function viewOfSaga(fact: JournalFact, row: TransferRow): TransferView {
  const outcome = outcomeOf(row.answer);
  const { src, dst, amount, src_balance: srcBalance } = row;
  const credited = /"dst_balance":(-?\d+)/.exec(row.answer ?? '')?.[1];
  return {
    ...asked(fact),
    movement: null,
    state: row.state,
    outcome,
    risk: riskOf(row.risk),
    debit: srcBalance === null ? null : { balance: src, amount, balance_after: srcBalance, at: null },
    credit: credited === undefined ? null : { balance: dst, amount, balance_after: BigInt(credited), at: null },
    compensation: compensationOf(row, outcome),
    created_at: instantText(fact.at),
    updated_at: instantText(row.updated_at),
  };
}

/** Money from outside, as the movement that brought it in has booked it: a credit without a debit. */
export function viewOfInflow(credit: TransactionRow, { movement_key: movement }: MovementRow): TransferView {
  return {
    tx_id: credit.tx_id,
    idempotency_key: movement,
    src: null,
    dst: credit.account_id,
    amount: credit.amount,
    movement,
    state: 'ended',
    outcome: 'ok',
    risk: exemptBy(movement),
    debit: null,
    credit: entryOf(credit),
    compensation: null,
    created_at: instantText(credit.created_at),
    updated_at: instantText(credit.created_at),
  };
}

/** The mark that flows/movements.ts leaves; a key alone says nothing, because callers may choose any. */
function movementOf({ body }: JournalFact): string | null {
  const parsed: unknown = JSON.parse(body);
  const mark = isObject(parsed) ? parsed['movement'] : undefined;
  return typeof mark === 'string' ? mark : null;
}

function exemptBy(movement: string): TransferView['risk'] {
  return { verdict: 'exempt', reason: `authorised by ${movement}` };
}

function riskOf(risk: string | null): TransferView['risk'] {
  return risk === 'approved' || risk === 'unreachable'
    ? { verdict: risk, reason: null }
    : { verdict: 'denied', reason: risk };
}

function compensationOf({ state, cause }: TransferRow, outcome: string | null): TransferView['compensation'] {
  if (state === 'compensation_pending') return { state: 'open', cause: cause ?? '', entry: null };
  if (outcome !== null && COMPENSATED.has(outcome)) return { state: 'done', cause: outcome, entry: null };
  // A credit turned out to have been applied after all.
  return cause === null ? null : { state: 'not_needed', cause, entry: null };
}

function asked({
  subject,
  key,
  request,
}: JournalFact): Pick<TransferView, 'tx_id' | 'idempotency_key' | 'src' | 'dst' | 'amount'> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by transferContent
  const { src, dst, amount } = JSON.parse(request ?? '{}') as { src: string; dst: string; amount: number };
  return {
    tx_id: subject,
    idempotency_key: (key ?? '').slice(KEY_SPACE.length),
    src,
    dst,
    amount: BigInt(amount),
  };
}

function entryOf(row: TransactionRow): Entry {
  return {
    balance: row.account_id,
    amount: row.amount,
    balance_after: row.balance_after,
    at: instantText(row.created_at),
  };
}

function outcomeOf(answer: string | null): string | null {
  if (answer === null) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by payments/answers.ts
  const { ok, error } = JSON.parse(answer) as { ok: boolean; error?: string };
  return ok ? 'ok' : (error ?? 'internal');
}
