/** What a buyer asks for (S-31), and what it costs. */
import { canonical } from './canonical.ts';

/** Instants in nanoseconds; null where the escrow policy decides. */
export interface Deadlines {
  readonly workBy: bigint | null;
  readonly acceptBy: bigint | null;
  readonly disputeBy: bigint | null;
  readonly autoReleaseAfter: bigint | null;
}

export interface OrderRequest {
  readonly orderId: string;
  readonly buyerNodeId: string;
  readonly subjectKind: 'participant' | 'org';
  readonly subjectId: string;
  readonly operatorParticipantId: string | null;
  readonly providerNodeId: string;
  readonly providerParticipantId: string;
  readonly offerId: string;
  readonly offerSeq: bigint;
  readonly serviceType: string;
  readonly units: bigint;
  /** Any JSON value, for the provider; nobody here looks into it. */
  readonly input: unknown;
  readonly maxPriceAmount: bigint;
  readonly maxPriceCurrency: string;
  readonly deadlines: Deadlines;
  readonly runId: string | null;
  readonly phaseId: string | null;
  readonly lineage: unknown;
  readonly gateDecisionId: string | null;
}

/** The order's content in the caller's own words: the same order id with anything else is a conflict. */
export function orderContent(order: OrderRequest): string {
  const { workBy, acceptBy, disputeBy, autoReleaseAfter } = order.deadlines;
  return canonical({
    buyer_node_id: order.buyerNodeId,
    subject_kind: order.subjectKind,
    subject_id: order.subjectId,
    operator_participant_id: order.operatorParticipantId,
    provider_node_id: order.providerNodeId,
    provider_participant_id: order.providerParticipantId,
    offer_id: order.offerId,
    offer_seq: Number(order.offerSeq),
    service_type: order.serviceType,
    units: Number(order.units),
    input: order.input ?? null,
    max_price_amount: Number(order.maxPriceAmount),
    max_price_currency: order.maxPriceCurrency,
    deadlines: {
      work_by: workBy?.toString() ?? null,
      accept_by: acceptBy?.toString() ?? null,
      dispute_by: disputeBy?.toString() ?? null,
      auto_release_after: autoReleaseAfter?.toString() ?? null,
    },
    run_id: order.runId,
    phase_id: order.phaseId,
    lineage: order.lineage ?? null,
    gate_decision_id: order.gateDecisionId,
  });
}

/** S-32: units times price, whatever the unit's kind; labels of prices are never read. */
export function priceOf({ units }: Pick<OrderRequest, 'units'>, offer: { readonly price_amount: bigint }): bigint {
  return units * offer.price_amount;
}
