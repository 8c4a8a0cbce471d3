/** `POST /v1/offers/{offer_id}/withdraw` (S-30): nobody can order it any more; what was opened goes on. */
import * as z from 'zod';
import { mayUseAccount } from '../../access/scope.ts';
import { accountOf } from '../../settlement/accounts.ts';
import type { Store } from '../../store/store.ts';
import { again, defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { reason } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';
import { findOffer } from './find-rows.ts';
import { offerRecord, type OfferRecord } from './schemas.ts';

export function withdrawOffer(store: Pick<Store, 'rows' | 'submit'>): ApiOperation {
  return defineOperation({
    name: 'withdrawOffer',
    method: 'POST',
    path: '/v1/offers/{offer_id}/withdraw',
    chapter: 'Offers',
    summary: 'Withdraw an offer',
    description: 'What was opened goes on. A greater sequence number offers it again.',
    permission: 'offers:publish',
    input: { path: z.strictObject({ offer_id: id }), body: z.strictObject({ reason }) },
    answer: offerRecord,
    refusals: ['offer_not_found'],
    async run({ path: { offer_id: offerId }, body: { reason: why }, caller }) {
      const offer = await findOffer(store, offerId);
      const provider = offer && accountOf('participant', offer.provider_participant_id);
      if (provider === undefined || !mayUseAccount(caller, 'offers:publish', provider))
        return refused('offer_not_found');
      const outcome = await store.submit({ type: 'withdraw-offer', offerId, reason: why, actor: caller.keyId });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      const withdrawn = answerOf<OfferRecord>(outcome);
      return outcome.replayed ? again(withdrawn) : done(withdrawn);
    },
  });
}
