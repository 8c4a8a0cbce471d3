/** What a provider offers (S-30). */
import { canonical } from './canonical.ts';

type UnitKind = 'per-item' | 'per-character-block' | 'per-request' | 'per-task' | 'flat';

export interface OfferTerms {
  readonly offerId: string;
  readonly sequenceNo: bigint;
  readonly providerNodeId: string;
  readonly providerParticipantId: string;
  readonly serviceType: string;
  readonly description: string;
  readonly priceAmount: bigint;
  readonly priceCurrency: string;
  readonly unitKind: UnitKind;
  /** Nanoseconds; null: never. */
  readonly expiresAt: bigint | null;
  readonly maxQueueDepth: bigint;
  readonly autoAccept: boolean;
}

/** Everything but the offer's id and sequence number, which are what a repeat is known by. */
export function offerContent(terms: OfferTerms): string {
  return canonical({
    provider_node_id: terms.providerNodeId,
    provider_participant_id: terms.providerParticipantId,
    service_type: terms.serviceType,
    description: terms.description,
    price_amount: Number(terms.priceAmount),
    price_currency: terms.priceCurrency,
    unit_kind: terms.unitKind,
    expires_at: terms.expiresAt?.toString() ?? null,
    max_queue_depth: Number(terms.maxQueueDepth),
    auto_accept: terms.autoAccept,
  });
}
