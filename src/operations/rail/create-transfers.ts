/** `POST /v1/transfers/batch`: many transfers in one request, each with a key and an outcome of its own, as over TCP. */
import * as z from 'zod';
import { isObject } from '../../base/json.ts';
import { limits } from '../../base/limits.ts';
import { refusal } from '../../payments/answers.ts';
import { transferRequest } from '../../payments/transfer-request.ts';
import { defineOperation, doneText, type ApiOperation } from '../api-operation.ts';
import { moved, unknownField, type RailParts } from './create-transfer.ts';

const FIELDS: ReadonlySet<string> = new Set(['src', 'dst', 'amount', 'idempotency_key']);

/** Judged one by one, so that a bad item does not keep the others from their outcome; this only documents it. */
const item = z.unknown().meta({
  type: 'object',
  required: [...FIELDS],
  properties: {
    src: { type: 'string' },
    dst: { type: 'string' },
    amount: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    idempotency_key: { type: 'string', minLength: 1 },
  },
  additionalProperties: false,
});

const refusedItem = z.looseObject({ ok: z.literal(false), error: z.string() });

export function createTransfers({ rail, balances, stats }: Omit<RailParts, 'findKey'>): ApiOperation {
  const known = new Set<string>(balances);

  async function outcomeOf(wire: unknown): Promise<string> {
    const stray = isObject(wire) ? Object.keys(wire).find((name) => !FIELDS.has(name)) : undefined;
    const request = isObject(wire) ? transferRequest(wire, known) : 'invalid_request';
    if (stray !== undefined || typeof request === 'string') {
      stats.countInvalid();
      return stray === undefined && typeof request === 'string' ? refusal(request) : unknownField(stray ?? '');
    }
    const outcome = await rail(request);
    stats.count(outcome);
    return outcome.answer;
  }

  return defineOperation({
    name: 'createTransfers',
    method: 'POST',
    path: '/v1/transfers/batch',
    chapter: 'Payment rail',
    summary: `Up to ${limits.batchTransfersMax} transfers; one outcome per item, in order`,
    description:
      'Each item is a transfer of its own with a key of its own: some may succeed while others are refused. A result is what ' +
      'TRANSFER answers over TCP, `{"ok":true,…}` or `{"ok":false,"error",…}`. Items need not take effect in order.',
    permission: 'transfers:create',
    input: { body: z.strictObject({ transfers: z.array(item).min(1).max(limits.batchTransfersMax) }) },
    answer: z.strictObject({ results: z.array(z.union([moved, refusedItem])) }),
    refusals: [],
    async run({ body: { transfers } }) {
      const results = await Promise.all(transfers.map(outcomeOf));
      return doneText(`{"results":[${results.join(',')}]}`);
    },
  });
}
