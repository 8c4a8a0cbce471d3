/** May an order be executed (S-32)? The checks in their order, the first that fails gives the classified result (S-33). */
import { limits } from '../base/limits.ts';
import { MINOR_UNITS_MAX } from '../base/money.ts';
import { priceOf, type OrderRequest } from './order-request.ts';
import type { OfferRow } from './tables.ts';

export type Classifier =
  | 'queue-saturated'
  | 'offer-not-found'
  | 'offer-expired'
  | 'offer-seq-mismatch'
  | 'service-type-mismatch'
  | 'provider-mismatch'
  | 'price-exceeded'
  | 'currency-mismatch'
  | 'custodian-mismatch'
  | 'settlement-blocked'
  | 'other-reason';

/** These go away by themselves: the same order may be asked for again, and is judged anew. */
const retryable: ReadonlySet<Classifier> = new Set(['queue-saturated', 'settlement-blocked']);

export interface Rejection {
  readonly outcome: 'rejected';
  readonly classifier: Classifier;
  readonly reason: string;
  readonly retryable: boolean;
}

export type Judgement = { readonly outcome: 'passes'; readonly price: bigint } | Rejection;

/** What may have changed between an order and its execution. */
export interface OfferNow {
  readonly offer: OfferRow | undefined;
  /** Executions of the offer without a result. */
  readonly depth: bigint;
  readonly now: bigint;
}

export interface Circumstances extends OfferNow {
  /** Of the organisation that orders; undefined when there is none. */
  readonly custodian: string | undefined;
  readonly payer: string;
  readonly payee: string;
  /** What the payer has; an account nobody knows has nothing. */
  readonly available: bigint;
}

export function rejection(classifier: Classifier, reason: string): Rejection {
  return {
    outcome: 'rejected',
    classifier,
    reason: reason.slice(0, limits.reasonCharactersMax),
    retryable: retryable.has(classifier),
  };
}

/** The part that is asked again before the execution opens: all the rest stays true as long as the sequence is the latest. */
export function judgeOffer(
  { offerId, offerSeq }: Pick<OrderRequest, 'offerId' | 'offerSeq'>,
  { offer, depth, now }: OfferNow,
): Rejection | undefined {
  if (offer === undefined) return rejection('offer-not-found', `there is no offer ${offerId}`);
  if (offer.status !== 'active') return rejection('offer-not-found', `the offer ${offerId} was withdrawn`);
  if (depth >= offer.max_queue_depth)
    return rejection('queue-saturated', `the provider takes ${offer.max_queue_depth} executions at a time`);
  if (offer.expires_at !== null && now >= offer.expires_at) return rejection('offer-expired', 'the offer has expired');
  if (offerSeq !== offer.sequence_no)
    return rejection('offer-seq-mismatch', `the latest sequence number is ${offer.sequence_no}`);
  return undefined;
}

export function judgeOrder(order: OrderRequest, circumstances: Circumstances): Judgement {
  const { offer } = circumstances;
  const refused = judgeOffer(order, circumstances);
  if (refused !== undefined || offer === undefined) return refused ?? rejection('offer-not-found', order.offerId);
  if (order.providerNodeId !== offer.provider_node_id || order.providerParticipantId !== offer.provider_participant_id)
    return rejection('provider-mismatch', 'the offer is of another provider');
  if (order.serviceType !== offer.service_type)
    return rejection('service-type-mismatch', `the offer is for ${offer.service_type}`);
  if (order.maxPriceCurrency !== offer.price_currency)
    return rejection('currency-mismatch', `the offer's currency is ${offer.price_currency}`);
  const price = priceOf(order, offer);
  if (price > MINOR_UNITS_MAX || price > order.maxPriceAmount)
    return rejection('price-exceeded', `the price is ${price}, the most is ${order.maxPriceAmount}`);
  return judgePayer(order, { ...circumstances, price });
}

function judgePayer(
  { subjectKind, operatorParticipantId }: OrderRequest,
  { custodian, payer, payee, available, price }: Circumstances & { readonly price: bigint },
): Judgement {
  if (subjectKind === 'org' && operatorParticipantId !== custodian)
    return rejection('custodian-mismatch', "only the organisation's custodian may order for it");
  if (payer === payee) return rejection('other-reason', 'payer and provider are the same account');
  if (available < price) return rejection('settlement-blocked', 'the available funds do not cover the price');
  return { outcome: 'passes', price };
}
