/** `GET /v1/facts`: the journal in order, for auditors and for whoever keeps a copy. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { doneText, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { instant, pageOf, paging, wholeNumber } from '../schemas.ts';
import { factText, readFactPage, type Journal } from './facts.ts';

const LIST = 'facts';

/** `payments/transferred.v1`, `ledger/opened.v1`, … */
export const factType = z.string().regex(/^[a-z0-9./-]{1,128}$/, 'must be the name of a type of facts');

const fact = z.strictObject({
  seq: z.int().min(1),
  at: instant,
  type: z.string(),
  subject: z.string(),
  key: z.string().nullable(),
  body: z.unknown(),
});

export function listFacts(store: Journal): ApiOperation {
  return defineOperation({
    name: 'listFacts',
    method: 'GET',
    path: '/v1/facts',
    chapter: 'Journal',
    summary: 'Facts in the order in which they were recorded',
    description:
      'Numbers (`seq`) have no gaps, and a fact never shows before those with smaller numbers. `after` is the number ' +
      'of the last fact seen; `cursor` does the same. With `type` a page may be short or empty while `next_cursor` goes on.',
    permission: 'facts:read',
    input: {
      query: z.strictObject({
        ...paging,
        after: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
        type: factType.optional(),
      }),
    },
    answer: pageOf(fact),
    refusals: ['invalid_cursor'],
    async run({ query: { after = 0, cursor, limit = limits.pageItemsDefault, type } }) {
      const place = cursor === undefined ? String(after) : readCursor(LIST, cursor);
      if (place === undefined) return refused('invalid_cursor');
      const { facts, seen, more } = await readFactPage(store, { after: Number(place), limit, type });
      const next = more ? JSON.stringify(writeCursor(LIST, String(seen))) : 'null';
      return doneText(`{"items":[${facts.map(factText).join(',')}],"next_cursor":${next}}`);
    },
  });
}
