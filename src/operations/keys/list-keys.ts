/** `GET /v1/keys`: every key there is or was, the newest first, without secrets. */
import * as z from 'zod';
import { roles } from '../../access/caller.ts';
import { keyView } from '../../access/key-view.ts';
import { apiKeys } from '../../access/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import { keyRecord } from './key-record.ts';

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
    run({ query: { role, ...page } }) {
      return pagedList(store, { list: 'keys', table: apiKeys, where: { role }, by: 'created_at' }, page, keyView);
    },
  });
}
