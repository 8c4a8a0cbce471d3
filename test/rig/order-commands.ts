/** Random commands of the buyer bridge over few offers, orders and executions, so that they meet each other often. */
import fc from 'fast-check';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { ExecutionRef } from '../../src/flows/executions.ts';
import type { PublishOfferCommand } from '../../src/flows/offers.ts';
import type { OpenExecutionCommand, PlaceOrderCommand } from '../../src/flows/orders.ts';
import type { OrderRequest } from '../../src/orders/order-request.ts';

export const SECOND_NS = 1_000_000_000n;
export const HOUR_NS = 3_600n * SECOND_NS;

/** The buyer is an organisation with one custodian, the provider a participant. */
export const BUYER = 'account:org:acme';
export const PROVIDER = 'account:participant:provider';
export const CUSTODIAN = 'alice';

const setOrgTo = (custodian: string): PaymentCommand => ({
  type: 'set-org',
  orgId: 'acme',
  custodian,
  actor: 'operator',
});

export const setOrg = setOrgTo(CUSTODIAN);

export const offerOf = (terms: Partial<PublishOfferCommand> = {}): PublishOfferCommand => ({
  type: 'publish-offer',
  offerId: 'offer-1',
  sequenceNo: 1n,
  providerNodeId: 'node-1',
  providerParticipantId: 'provider',
  serviceType: 'translation',
  description: 'Text, by the page',
  priceAmount: 200n,
  priceCurrency: 'ORC',
  unitKind: 'per-item',
  expiresAt: null,
  maxQueueDepth: 10n,
  autoAccept: true,
  actor: 'provider',
  ...terms,
});

export const orderOf = (orderId: string, terms: Partial<OrderRequest> = {}): OrderRequest => ({
  orderId,
  buyerNodeId: 'node-0',
  subjectKind: 'org',
  subjectId: 'acme',
  operatorParticipantId: CUSTODIAN,
  providerNodeId: 'node-1',
  providerParticipantId: 'provider',
  offerId: 'offer-1',
  offerSeq: 1n,
  serviceType: 'translation',
  units: 3n,
  input: { pages: [1, 2, 3] },
  maxPriceAmount: 1_000_000n,
  maxPriceCurrency: 'ORC',
  deadlines: { workBy: null, acceptBy: null, disputeBy: null, autoReleaseAfter: null },
  runId: 'run-1',
  phaseId: 'phase-1',
  lineage: null,
  gateDecisionId: null,
  ...terms,
});

/** The first step; a later attempt brings other ids. */
export const placeOf = (order: OrderRequest, attempt = 1): PlaceOrderCommand => ({
  type: 'place-order',
  order,
  holdId: `hold-${order.orderId}-${attempt}`,
  executionId: `exec-${order.orderId}-${attempt}`,
  budget: null,
  actor: 'buyer',
});

/** What whoever placed the order, or finds it after a crash, sends next. */
export const openOf = (order: OrderRequest, attempt = 1, free = false): OpenExecutionCommand => ({
  type: 'open-execution',
  orderId: order.orderId,
  executionId: `exec-${order.orderId}-${attempt}`,
  holdId: free ? null : `hold-${order.orderId}-${attempt}`,
  offerId: order.offerId,
  payer: `account:${order.subjectKind}:${order.subjectId}`,
  payee: `account:participant:${order.providerParticipantId}`,
  budget: null,
  actor: 'buyer',
});

export const refOf = (order: OrderRequest, attempt = 1, free = false): ExecutionRef => {
  const { executionId, holdId, offerId, payer, payee, budget } = openOf(order, attempt, free);
  return { executionId, holdId, offerId, payer, payee, budget };
};

/** Commands on an execution; the shortest way to say them. */
export const on = {
  providerAccept: (ref: ExecutionRef): PaymentCommand => ({ type: 'provider-accept', ...ref, actor: 'provider' }),
  providerDecline: (ref: ExecutionRef): PaymentCommand => ({
    type: 'provider-decline',
    ...ref,
    reason: 'busy',
    actor: 'provider',
  }),
  result: (
    ref: ExecutionRef,
    status: 'completed' | 'failed' | 'rejected' | 'dispatch-error' = 'completed',
    output: unknown = { pages: 3 },
  ): PaymentCommand => ({ type: 'report-result', ...ref, result: { status, output, error: null }, actor: 'provider' }),
  accept: (ref: ExecutionRef): PaymentCommand => ({ type: 'accept-execution', ...ref, actor: 'buyer' }),
  reject: (ref: ExecutionRef): PaymentCommand => ({ type: 'reject-execution', ...ref, reason: 'bad', actor: 'buyer' }),
  dispute: (ref: ExecutionRef): PaymentCommand => ({ type: 'open-dispute', ...ref, reason: 'why', actor: 'buyer' }),
  resolve: (ref: ExecutionRef, inFavourOf: 'payer' | 'payee'): PaymentCommand => ({
    type: 'resolve-dispute',
    ...ref,
    inFavourOf,
    reason: 'so be it',
    actor: 'operator',
  }),
  release: (ref: ExecutionRef): PaymentCommand => ({
    type: 'release-execution',
    ...ref,
    reason: 'by hand',
    actor: 'operator',
  }),
  refund: (ref: ExecutionRef): PaymentCommand => ({
    type: 'refund-execution',
    ...ref,
    reason: 'by hand',
    actor: 'operator',
  }),
  deadline: (ref: ExecutionRef): PaymentCommand => ({ type: 'apply-deadline', ...ref, actor: 'scheduler' }),
} as const;

// ---- Random ones. Two offers, one of them asks its provider; five orders, the last of them for nothing.

const terms: readonly Partial<PublishOfferCommand>[] = [
  { offerId: 'offer-1', maxQueueDepth: 2n },
  { offerId: 'offer-2', maxQueueDepth: 1n, autoAccept: false },
  { offerId: 'offer-3', priceAmount: 0n },
];

const orderList: readonly OrderRequest[] = ['1', '1', '1', '2', '3'].map((offer, i) =>
  orderOf(`o${i}`, { offerId: `offer-${offer}`, units: BigInt(i + 1) }),
);

const order = fc.constantFrom(...orderList);
const attempt = fc.constantFrom(1, 1, 1, 2);
const isFree = ({ offerId }: OrderRequest): boolean => offerId === 'offer-3';
const ref = fc.tuple(order, attempt).map(([each, number]) => refOf(each, number, isFree(each)));
const status = fc.constantFrom('completed', 'completed', 'failed', 'rejected', 'dispatch-error');

/** One for each type of command. */
export const orderCommands = {
  'set-org': fc.constantFrom(CUSTODIAN, 'bob').map((custodian) => setOrgTo(custodian)),
  'publish-offer': fc
    .tuple(fc.constantFrom(...terms), fc.constantFrom(1n, 1n, 1n, 2n), fc.constantFrom(undefined, 250n))
    .map(([each, sequenceNo, price]) =>
      offerOf({ ...each, sequenceNo, ...(price === undefined ? {} : { priceAmount: price }) }),
    ),
  'withdraw-offer': fc
    .constantFrom(...terms)
    .map(({ offerId = '' }): PaymentCommand => ({ type: 'withdraw-offer', offerId, reason: null, actor: 'provider' })),
  'place-order': fc.tuple(order, attempt).map(([each, number]) => placeOf(each, number)),
  'open-execution': fc.tuple(order, attempt).map(([each, number]) => openOf(each, number, isFree(each))),
  'provider-accept': ref.map(on.providerAccept),
  'provider-decline': ref.map(on.providerDecline),
  'report-result': fc
    .tuple(ref, status, fc.constantFrom(1, 1, 2))
    .map(([each, s, output]) => on.result(each, s, output)),
  'accept-execution': ref.map(on.accept),
  'reject-execution': ref.map(on.reject),
  'open-dispute': ref.map(on.dispute),
  'resolve-dispute': fc.tuple(ref, fc.constantFrom('payer', 'payee')).map(([each, side]) => on.resolve(each, side)),
  'release-execution': ref.map(on.release),
  'refund-execution': ref.map(on.refund),
  'apply-deadline': ref.map(on.deadline),
} as const satisfies Record<string, fc.Arbitrary<PaymentCommand>>;
