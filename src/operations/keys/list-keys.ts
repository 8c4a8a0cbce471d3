/** `GET /v1/keys`: every key there is or was, the newest first, without secrets. */
import * as z from 'zod';
import { roles } from '../../access/caller.ts';
import { keyView } from '../../access/key-view.ts';
import { apiKeys } from '../../access/tables.ts';
import { limits } from '../../base/limits.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { pageOf, paging } from '../schemas.ts';
import { keyRecord } from './key-record.ts';

const LIST = 'keys';

export function listKeys(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listKeys',
    method: 'GET',
    path: '/v1/keys',
    chapter: 'Keys',
    summary: 'Keys, the newest first',
    permission: 'keys:manage',
    input: { query: z.strictObject({ ...paging, role: z.enum([...roles, 'control-plane']).optional() }) },
    answer: pageOf(keyRecord),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit = limits.pageItemsDefault, role } }) {
      const place = cursor === undefined ? undefined : readCursor(LIST, cursor);
      if (cursor !== undefined && !/^\d{1,19}$/.test(place ?? '')) return refused('invalid_cursor');
      const rows = await store.rows({
        table: apiKeys,
        ...(role === undefined ? {} : { where: { role } }),
        by: 'created_at',
        descending: true,
        ...(place === undefined ? {} : { after: BigInt(place) }),
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      const next = last === undefined ? null : writeCursor(LIST, last.created_at.toString());
      return done({ items: page.map(keyView), next_cursor: next });
    },
  });
}
