/** `GET /v1/offers`: offers by provider, service and status, the newest first. */
import * as z from 'zod';
import { offers } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { offerOf } from './records.ts';
import { name, offerRecord, offerStatus } from './schemas.ts';

const filters = {
  provider_participant_id: id.optional(),
  service_type: name.optional(),
  status: offerStatus.optional(),
};

export function listOffers(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'listOffers',
    method: 'GET',
    path: '/v1/offers',
    chapter: 'Offers',
    summary: 'Offers, the newest first',
    permission: 'offers:read',
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(offerRecord),
    refusals: ['invalid_cursor'],
    run({ query: { cursor, limit, ...where } }) {
      const query = { list: 'offers', table: offers, where, by: 'created_at' } as const;
      return pagedList(store, query, { cursor, limit }, offerOf);
    },
  });
}
