/** `POST /v1/transfers`: TRANSFER over HTTP (P-10..P-14), on the same rail, with the same keys and counters as over TCP. */
import * as z from 'zod';
import { differingFields } from '../../base/differing.ts';
import { isObject } from '../../base/json.ts';
import type { FindKeyCommand } from '../../flows/find-key.ts';
import { transferKey } from '../../flows/transfer.ts';
import { transferContent, transferRequest, type TransferRequest } from '../../payments/transfer-request.ts';
import type { Outcome } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation, type Refused } from '../api-operation.ts';
import type { ApiError } from '../codes.ts';
import { amount, id, integer } from '../schemas.ts';
import type { Stats } from '../stats.ts';
import type { Rail } from '../transfer.ts';
import { railAnswer } from './refusal.ts';

/** What the operations that move money between operational balances share. */
export interface RailParts {
  readonly rail: Rail;
  readonly balances: readonly string[];
  readonly stats: Stats;
  /** Looks a key up without recording anything. */
  readonly findKey: (command: FindKeyCommand) => Promise<Outcome>;
}

/** Codes of a transfer, beyond those of every operation. */
const transferRefusals: readonly ApiError[] = [
  'invalid_idempotency_key',
  'unknown_balance',
  'same_balance_transfer',
  'invalid_amount',
  'idempotency_conflict',
  'daily_transfer_limit_exceeded',
  'transfer_amount_exceeds_limit',
  'insufficient_funds',
  'debit_timeout',
  'credit_failed',
  'duplicate_tx',
  'rolled_back',
  'idempotency_in_progress_timeout',
  'overloaded',
];

export const moved = z.strictObject({ ok: z.literal(true), tx_id: id, src_balance: integer, dst_balance: integer });

export function createTransfer(parts: RailParts): ApiOperation {
  const { rail, balances, stats } = parts;
  const known = new Set(balances);
  const balance = z.enum(balances, { error: 'unknown_balance' });
  return defineOperation({
    name: 'createTransfer',
    method: 'POST',
    path: '/v1/transfers',
    chapter: 'Payment rail',
    summary: 'Moves an amount from one operational balance to another, once',
    description:
      'The key has one outcome for ever, refusals included: whoever got no answer asks again with the same key. ' +
      '`overloaded`, `unavailable`, `internal` and `deadline_exceeded` are no outcomes.',
    permission: 'transfers:create',
    input: { body: z.strictObject({ src: balance, dst: balance, amount }) },
    idempotencyKey: 'required',
    creates: true,
    answer: moved,
    refusals: transferRefusals,
    invalid({ body, key }) {
      stats.countInvalid();
      // P-12 fixes the order of checks: the key comes first, then the balances.
      const judged = isObject(body) ? transferRequest({ ...body, idempotency_key: key }, known) : undefined;
      return typeof judged === 'string' ? judged : undefined;
    },
    async run({ body: { src, dst, amount: units }, key }) {
      if (src === dst) {
        stats.countInvalid();
        return refused('same_balance_transfer');
      }
      const outcome = await rail({ src, dst, amount: units, key });
      stats.count(outcome);
      if (outcome.code === 'idempotency_conflict') return conflict(parts, { src, dst, amount: units, key });
      return railAnswer(outcome);
    },
  });
}

/** Names the fields in which the request differs from the first one under its key. */
async function conflict({ findKey }: RailParts, request: TransferRequest): Promise<Refused> {
  const found = await findKey({ type: 'find-key', key: transferKey(request.key) });
  if (found.code !== null) return refused('idempotency_conflict');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by find-key.ts
  const { request: recorded } = JSON.parse(found.answer) as { request: string | null };
  if (recorded === null) return refused('idempotency_conflict');
  const fields = differingFields(recorded, transferContent(request));
  return refused('idempotency_conflict', { fields });
}

/** The answer to an item of a batch that has a field which no transfer has. */
export const unknownField = (field: string): string =>
  `{"ok":false,"error":"unknown_field","field":${JSON.stringify(field)}}`;
