/** `POST /l402-otb/gate` (B-03, B-04, L-01..L-06): may this be committed? If not, what it costs, as a challenge that wallets can pay. */
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import { timeOf } from '../../base/time.ts';
import type { GateAnswer, GateService } from '../../gate/gate-service.ts';
import { defineOperation, refused, type ApiAnswer, type ApiOperation, type Refused } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { id } from '../schemas.ts';
import type { GateCounts } from './gate-measures.ts';
import { allowedRecord, gateBody, NO_DELIVERY_DATE, requestOf } from './schemas.ts';

type Allowed = z.infer<typeof allowedRecord>;

export function askGate(gate: GateService, counts: Pick<GateCounts, 'add'>): ApiOperation {
  return defineOperation({
    name: 'askGate',
    method: 'POST',
    path: '/l402-otb/gate',
    chapter: 'Gate',
    summary: 'May this much be committed?',
    description:
      'Allowed (200) reserves the budget in the same commit. Over budget it is 402 with an L402 challenge in `WWW-Authenticate` and ' +
      'the same invoice in the body: whoever pays it and repeats the request is allowed, with the credential or without. ' +
      'A document names its reservation: asked again with another amount, only the difference is new. The caller’s key belongs ' +
      'into `X-API-Key` where `Authorization` carries the credential.',
    permission: 'gate:ask',
    tier: 'stream',
    input: {
      query: z.strictObject({
        ref: id.optional().meta({
          description: 'means nothing here: it gives the action a URL of its own, for wallets that keep tokens by URL',
        }),
      }),
      body: gateBody,
    },
    idempotencyKey: 'optional',
    answer: allowedRecord,
    refusals: [
      'invalid_amount',
      'invalid_period',
      'payment_required',
      'policy_violation',
      'currency_mismatch',
      'basis_mismatch',
      'unknown_category',
      'idempotency_conflict',
      'amount_fixed',
      'too_many_challenges',
      'lightning_unavailable',
      'overloaded',
    ],
    async run({ body, key, caller, headers }) {
      if (!mayUseMerchant(caller, 'gate:ask', body.merchant_id)) return refused('forbidden');
      const authorization = headers.get('authorization');
      const answer = await gate.ask({
        request: requestOf(body),
        caller: caller.keyId,
        role: caller.role,
        idempotencyKey: key === '' ? null : key,
        acknowledged: body.acknowledged ?? false,
        lines: authorization === null ? [] : [authorization],
      });
      counts.add(answer);
      return said(answer, readerOf(caller, body.merchant_id));
    },
  });
}

/** May the caller know what is left? */
const readerOf = (caller: Caller, merchant: string): boolean => mayUseMerchant(caller, 'budgets:read', merchant);

function said(answer: GateAnswer, mayRead: boolean): ApiAnswer<Allowed> {
  switch (answer.kind) {
    case 'senseless':
      return answer.field === 'period'
        ? refused('invalid_period', { field: 'period' })
        : refused('invalid_request', { field: answer.field }, NO_DELIVERY_DATE);
    case 'no_lightning':
      return refused('lightning_unavailable', { decision_id: answer.decisionId });
    case 'lightning_refused':
      return refused(
        'lightning_unavailable',
        { decision_id: answer.decisionId },
        `the Lightning node will not issue an invoice of ${answer.sats} sat; nothing was reserved`,
      );
    case 'cannot_hold':
      return refused(
        'lightning_unavailable',
        { decision_id: answer.decisionId, reason: 'cannot_hold' },
        'the policy wants payments held, and the Lightning node cannot hold any; nothing was reserved',
      );
    case 'challenged': {
      const { line, bolt11, paymentHash, expiresAt } = answer.challenge;
      const bill = { l402_invoice: bolt11, payment_hash: paymentHash, expires_at: timeOf(expiresAt) };
      const beside = { ...shown(answer.view, mayRead), ...bill };
      const { decision_id } = answer.view;
      return { ...refused('payment_required', { decision_id }), beside, challenge: line };
    }
    case 'answered': {
      const refusal = refusalOf(answer.outcome);
      if (refusal !== undefined) return { ...remedied(refusal), replayed: answer.outcome.replayed };
      const outcome = answer.outcome.replayed ? 'again' : 'done';
      // As it was recorded, byte for byte; only who may not know what is left gets a copy without it.
      if (mayRead) return { outcome, text: answer.outcome.answer };
      return { outcome, body: shown(answerOf<Allowed>(answer.outcome), false) };
    }
    default:
      return answer satisfies never;
  }
}

/** The one refusal that the caller can mend with a word. */
function remedied(refusal: Refused): Refused {
  if (refusal.details?.['reason'] !== 'acknowledgement_required') return refusal;
  return { ...refusal, message: 'little is left: the policy wants `"acknowledged": true` in the request' };
}

function shown<T extends object>(view: T, mayRead: boolean): T {
  if (mayRead) return view;
  const { remaining_budget_cents: _, ...rest } = view as T & { readonly remaining_budget_cents?: number };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the field is optional in all of them
  return rest as unknown as T;
}
