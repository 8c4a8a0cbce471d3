/** `GET /v1/offers/{offer_id}`: an offer as it is now. Whoever has a key may read offers: they are made to be found. */
import * as z from 'zod';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findOffer } from './find-rows.ts';
import { offerOf } from './records.ts';
import { offerRecord } from './schemas.ts';

export function readOffer(store: Pick<Store, 'rows'>): ApiOperation {
  return defineOperation({
    name: 'readOffer',
    method: 'GET',
    path: '/v1/offers/{offer_id}',
    chapter: 'Offers',
    summary: 'An offer with its latest sequence number',
    permission: 'offers:read',
    polled: true,
    input: { path: z.strictObject({ offer_id: id }) },
    answer: offerRecord,
    refusals: ['offer_not_found'],
    async run({ path: { offer_id: offerId } }) {
      const offer = await findOffer(store, offerId);
      return offer === undefined ? refused('offer_not_found') : done(offerOf(offer));
    },
  });
}
