/** `GET /v1/transfers`: transfers by idempotency key, balance or outcome, the newest first. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { pageOf, paging } from '../schemas.ts';
import type { TransferRecords } from './transfer-records.ts';
import { transferView } from './transfer-view.ts';

const LIST = 'transfers';

export function listTransfers(records: TransferRecords): ApiOperation {
  return defineOperation({
    name: 'listTransfers',
    method: 'GET',
    path: '/v1/transfers',
    chapter: 'Payment rail',
    summary: 'Transfers, the newest first',
    description:
      'With a filter a page may be short or empty while `next_cursor` goes on: only so many facts are looked at for one page.',
    permission: 'transfers:read',
    input: {
      query: z.strictObject({
        ...paging,
        idempotency_key: z.string().min(1).max(limits.idempotencyKeyBytesMax).optional(),
        balance: z.string().min(1).max(128).optional().meta({ description: 'source or destination' }),
        outcome: z
          .string()
          .regex(/^[a-z_]{1,64}$/, 'must be ok, in_progress or the code of a refusal')
          .optional()
          .meta({ description: '`ok`, `in_progress`, or the code of a refusal' }),
      }),
    },
    answer: pageOf(transferView),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit = limits.pageItemsDefault, idempotency_key: key, balance, outcome } }) {
      const filter = { balance, outcome };
      if (key !== undefined) return done({ items: await records.byKey(key, filter), next_cursor: null });
      const place = cursor === undefined ? undefined : Number(readCursor(LIST, cursor) ?? NaN);
      if (place !== undefined && !Number.isSafeInteger(place)) return refused('invalid_cursor');
      const { views, next } = await records.page(filter, { before: place, limit });
      return done({ items: views, next_cursor: next === undefined ? null : writeCursor(LIST, String(next)) });
    },
  });
}
