/** `POST /v1/offers` (S-30): a provider's offer; a greater sequence number supersedes it. */
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import { mayUseAccount } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import type { PublishOfferCommand } from '../../flows/offers.ts';
import { accountOf } from '../../settlement/accounts.ts';
import type { Store } from '../../store/store.ts';
import { again, created, defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { instantOf, moment, text } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';
import { ownId } from './own-id.ts';
import { count, name, offerRecord, price, unitKind, type OfferRecord } from './schemas.ts';

const body = z.strictObject({
  offer_id: id.optional(),
  sequence_no: count(0),
  provider_node_id: name,
  provider_participant_id: id,
  service_type: name,
  description: text(limits.reasonCharactersMax).optional(),
  price_amount: price.meta({ description: 'of one unit, in minor units; 0 is for nothing' }),
  price_currency: z.literal('ORC'),
  unit_kind: unitKind,
  expires_at: moment.nullish().meta({ description: 'never without it' }),
  max_queue_depth: count(0).meta({ description: 'executions without a result at the same time' }),
  auto_accept: z.boolean().optional().meta({ description: 'false: each execution waits for the provider; else true' }),
});

export function publishOffer(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'publishOffer',
    method: 'POST',
    path: '/v1/offers',
    chapter: 'Offers',
    summary: 'Publish an offer, or its next sequence number',
    description:
      'Offer id and sequence number together are the key. A greater number supersedes what was offered before, also what was ' +
      'withdrawn; a smaller one is `stale_sequence`. Orders name the number that they were made for.',
    permission: 'offers:publish',
    creates: true,
    input: { body },
    answer: offerRecord,
    refusals: ['invalid_amount', 'idempotency_conflict', 'stale_sequence'],
    async run({ body: terms, caller, headers }) {
      if (!mayUseAccount(caller, 'offers:publish', accountOf('participant', terms.provider_participant_id)))
        return refused('forbidden');
      const outcome = await store.submit(
        commandOf(terms, { offerId: ownId(terms.offer_id, { headers, caller }), caller }),
      );
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      const offer = answerOf<OfferRecord>(outcome);
      return outcome.replayed ? again(offer) : created(offer);
    },
  });
}

function commandOf(
  terms: z.infer<typeof body>,
  { offerId, caller }: { readonly offerId: string; readonly caller: Caller },
): PublishOfferCommand {
  return {
    type: 'publish-offer',
    offerId,
    sequenceNo: terms.sequence_no,
    providerNodeId: terms.provider_node_id,
    providerParticipantId: terms.provider_participant_id,
    serviceType: terms.service_type,
    description: terms.description ?? '',
    priceAmount: terms.price_amount,
    priceCurrency: terms.price_currency,
    unitKind: terms.unit_kind,
    expiresAt: instantOf(terms.expires_at),
    maxQueueDepth: terms.max_queue_depth,
    autoAccept: terms.auto_accept ?? true,
    actor: caller.keyId,
  };
}
