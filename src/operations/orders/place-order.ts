/**
 * `POST /v1/orders` (S-23, S-31..S-33): judges an order and reserves its price, then opens the execution or gives the money
 * back. Whoever is cut off between the two asks again with the same order id, and it goes on from there.
 */
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import { mayUseAccount } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { newId } from '../../base/new-id.ts';
import type { DecisionRef } from '../../flows/gate-books.ts';
import { STALE } from '../../flows/gate-references.ts';
import { findDecision } from '../../gate/find-rows.ts';
import type { OrderRequest } from '../../orders/order-request.ts';
import { accountOf } from '../../settlement/accounts.ts';
import type { Outcome, Store } from '../../store/store.ts';
import { again, created, defineOperation, done, refused, type ApiAnswer, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { instantOf, moment, text } from '../ledger/schemas.ts';
import { amount, id } from '../schemas.ts';
import { ownId } from './own-id.ts';
import { content, count, lineage, name, orderResult, subjectKind } from './schemas.ts';

const deadline = moment.nullish();

const body = z.strictObject({
  order_id: id.optional(),
  buyer_node_id: name,
  subject_kind: subjectKind,
  subject_id: id,
  operator_participant_id: id.nullish().meta({ description: 'who orders for an organisation: its custodian' }),
  provider_node_id: name,
  provider_participant_id: id,
  offer_id: id,
  offer_seq: count(0),
  service_type: name,
  units: count(1),
  input: content.optional(),
  max_price_amount: amount,
  max_price_currency: text(16),
  deadlines: z
    .strictObject({ work_by: deadline, accept_by: deadline, dispute_by: deadline, auto_release_after: deadline })
    .nullish(),
  run_id: id.nullish(),
  phase_id: id.nullish(),
  lineage: lineage.optional(),
  gate_decision_id: id.nullish(),
});

type OrderResult = z.infer<typeof orderResult>;

export function placeOrder(store: Pick<Store, 'submit' | 'rows'>): ApiOperation {
  return defineOperation({
    name: 'placeOrder',
    method: 'POST',
    path: '/v1/orders',
    chapter: 'Orders',
    summary: 'Order, and reserve the price',
    description:
      'The order id is the key; without one it is made of the header Idempotency-Key, if there is one. `rejected` is an answer ' +
      'and no error: it says why, and whether asking again may help; then the same order is judged anew. Everything else ' +
      'stands for ever.',
    permission: 'orders:create',
    creates: true,
    input: { body },
    answer: orderResult,
    refusals: ['invalid_amount', 'idempotency_conflict'],
    async run({ body: wire, caller, headers }) {
      if (!mayUseAccount(caller, 'orders:create', accountOf(wire.subject_kind, wire.subject_id)))
        return refused('forbidden');
      const order = orderOf(wire, ownId(wire.order_id, { headers, caller }));
      for (let attempt = 1; attempt <= limits.orderAttemptsMax; attempt++) {
        const outcome = await place(store, order, caller);
        if (outcome !== 'judged anew') return answered(outcome);
      }
      return refused('overloaded');
    },
  });
}

/** What the first step answers while there is no result: what the second one needs. */
interface Opening {
  readonly state: 'opening';
  readonly execution_id: string;
  readonly hold_id: string | null;
}

async function place(
  store: Pick<Store, 'submit' | 'rows'>,
  order: OrderRequest,
  { keyId: actor }: Caller,
): Promise<Outcome | 'judged anew'> {
  const budget = await budgetFor(store, order);
  const ids = { holdId: newId(), executionId: newId() };
  const placed = await store.submit({ type: 'place-order', order, ...ids, budget, actor });
  // The budget has rolled on since it was looked up.
  if (placed.code === STALE) return 'judged anew';
  if (placed.code !== null) return placed;
  const first = answerOf<Opening | OrderResult>(placed);
  if (!('state' in first)) return placed;
  const opened = await store.submit({
    type: 'open-execution',
    orderId: order.orderId,
    executionId: first.execution_id,
    holdId: first.hold_id,
    offerId: order.offerId,
    payer: accountOf(order.subjectKind, order.subjectId),
    payee: accountOf('participant', order.providerParticipantId),
    budget,
    actor,
  });
  // Somebody else opened it, was refused, and asked again, all since the first step; or the budget has rolled on.
  return opened.code === 'idempotency_conflict' || opened.code === STALE ? 'judged anew' : opened;
}

/** S-33: the budget that the gate reserved for the order; null where it names no decision, or one that nobody knows. */
async function budgetFor(store: Pick<Store, 'rows'>, { gateDecisionId }: OrderRequest): Promise<DecisionRef | null> {
  if (gateDecisionId === null) return null;
  const decision = await findDecision(store, gateDecisionId);
  return decision === undefined ? null : { decisionId: gateDecisionId, bucket: decision.bucket };
}

function answered(outcome: Outcome): ApiAnswer<OrderResult> {
  const refusal = refusalOf(outcome);
  if (refusal !== undefined) return refusal;
  const result = answerOf<OrderResult>(outcome);
  if (outcome.replayed) return again(result);
  return result.result === 'rejected' ? done(result) : created(result);
}

function orderOf(wire: z.infer<typeof body>, orderId: string): OrderRequest {
  const { deadlines } = wire;
  return {
    orderId,
    buyerNodeId: wire.buyer_node_id,
    subjectKind: wire.subject_kind,
    subjectId: wire.subject_id,
    operatorParticipantId: wire.operator_participant_id ?? null,
    providerNodeId: wire.provider_node_id,
    providerParticipantId: wire.provider_participant_id,
    offerId: wire.offer_id,
    offerSeq: wire.offer_seq,
    serviceType: wire.service_type,
    units: wire.units,
    input: wire.input ?? null,
    maxPriceAmount: wire.max_price_amount,
    maxPriceCurrency: wire.max_price_currency,
    deadlines: {
      workBy: instantOf(deadlines?.work_by),
      acceptBy: instantOf(deadlines?.accept_by),
      disputeBy: instantOf(deadlines?.dispute_by),
      autoReleaseAfter: instantOf(deadlines?.auto_release_after),
    },
    runId: wire.run_id ?? null,
    phaseId: wire.phase_id ?? null,
    lineage: wire.lineage ?? null,
    gateDecisionId: wire.gate_decision_id ?? null,
  };
}
