/** What orders are judged by: organisations with their custodians, and offers. */
import type { Command, Decided, Decision } from '../base/decision.ts';
import { offerContent, type OfferTerms } from '../orders/offer-terms.ts';
import { offers, orgs, type OfferRow, type OrgRow } from '../orders/tables.ts';
import { offerView, orgView } from '../orders/wire.ts';
import { refusal, repeated, replayed } from './answers.ts';
import { recorded } from './order-facts.ts';

export interface SetOrgCommand extends Command {
  readonly type: 'set-org';
  readonly orgId: string;
  readonly custodian: string;
  readonly actor: string | null;
}

export interface PublishOfferCommand extends Command, OfferTerms {
  readonly type: 'publish-offer';
  readonly actor: string | null;
}

export interface WithdrawOfferCommand extends Command {
  readonly type: 'withdraw-offer';
  readonly offerId: string;
  readonly reason: string | null;
  readonly actor: string | null;
}

/** A sequence number has no colons, so no two pairs look alike. */
const offerKey = (offerId: string, sequenceNo: bigint): string => `offer:${offerId}:${sequenceNo}`;

const setOrg: Decision<SetOrgCommand> = {
  reads: ({ orgId }) => ({ rows: [{ table: orgs, key: [orgId] }] }),
  decide({ orgId, custodian, actor }, view) {
    const before = view.row(orgs, [orgId]);
    if (before?.custodian_participant_id === custodian) return replayed(orgView(before));
    const row: OrgRow = {
      org_id: orgId,
      custodian_participant_id: custodian,
      created_at: before?.created_at ?? view.at,
      updated_at: view.at,
      version: (before?.version ?? 0n) + 1n,
    };
    const changes = [{ table: orgs, row }];
    return recorded({ type: 'orders/org-set.v1', subject: orgId, answer: orgView(row), changes, said: { actor } });
  },
};

/** S-30: a new sequence number supersedes; a number that is past is only good for repeating what it said then. */
const publishOffer: Decision<PublishOfferCommand> = {
  reads: ({ offerId, sequenceNo }) => ({
    key: offerKey(offerId, sequenceNo),
    rows: [{ table: offers, key: [offerId] }],
  }),
  decide(command, view) {
    const { offerId, sequenceNo, actor } = command;
    const key = offerKey(offerId, sequenceNo);
    const request = offerContent(command);
    const before = view.row(offers, [offerId]);
    const known = repeated(view, { key, request, conflict: 'idempotency_conflict' }) ?? refusedBy(before, command);
    if (known !== undefined) return known;
    const row: OfferRow = {
      ...rowOf(command),
      created_at: before?.created_at ?? view.at,
      updated_at: view.at,
      version: (before?.version ?? 0n) + 1n,
    };
    const answer = offerView(row);
    const changes = [{ table: offers, row }];
    return recorded({
      type: 'orders/offer-published.v1',
      subject: offerId,
      answer,
      changes,
      keyed: { key, request },
      said: { actor },
    });
  },
};

function refusedBy(before: OfferRow | undefined, terms: OfferTerms): Decided | undefined {
  if (before === undefined) return undefined;
  if (!isOfProvider(before, terms)) return refusal('idempotency_conflict', { fields: ['offer_id'] });
  const isPast = terms.sequenceNo < before.sequence_no;
  return isPast ? refusal('stale_sequence', { latest: Number(before.sequence_no) }) : undefined;
}

/** Otherwise anybody could take over an offer by a greater number. */
function isOfProvider({ provider_node_id, provider_participant_id }: OfferRow, terms: OfferTerms): boolean {
  return provider_node_id === terms.providerNodeId && provider_participant_id === terms.providerParticipantId;
}

function rowOf(terms: OfferTerms): Omit<OfferRow, 'created_at' | 'updated_at' | 'version'> {
  return {
    offer_id: terms.offerId,
    sequence_no: terms.sequenceNo,
    status: 'active',
    provider_node_id: terms.providerNodeId,
    provider_participant_id: terms.providerParticipantId,
    service_type: terms.serviceType,
    description: terms.description,
    price_amount: terms.priceAmount,
    price_currency: terms.priceCurrency,
    unit_kind: terms.unitKind,
    expires_at: terms.expiresAt,
    max_queue_depth: terms.maxQueueDepth,
    auto_accept: terms.autoAccept ? 1n : 0n,
  };
}

const withdrawOffer: Decision<WithdrawOfferCommand> = {
  reads: ({ offerId }) => ({ rows: [{ table: offers, key: [offerId] }] }),
  decide({ offerId, reason, actor }, view) {
    const before = view.row(offers, [offerId]);
    if (before === undefined) return refusal('offer_not_found');
    if (before.status === 'withdrawn') return replayed(offerView(before));
    const row: OfferRow = { ...before, status: 'withdrawn', updated_at: view.at, version: before.version + 1n };
    const changes = [{ table: offers, row }];
    const said = { actor, reason };
    return recorded({ type: 'orders/offer-withdrawn.v1', subject: offerId, answer: offerView(row), changes, said });
  },
};

export const offerDecisions = {
  'set-org': setOrg,
  'publish-offer': publishOffer,
  'withdraw-offer': withdrawOffer,
};
