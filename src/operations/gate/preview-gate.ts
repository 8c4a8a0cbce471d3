/** `POST /l402-otb/preview` (B-03): what the gate would say. Nothing is recorded, reserved or issued. */
import type * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import type { GateService } from '../../gate/gate-service.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { gateBody, NO_DELIVERY_DATE, previewRecord, requestOf } from './schemas.ts';

type Preview = z.infer<typeof previewRecord>;

export function previewGate(gate: GateService): ApiOperation {
  return defineOperation({
    name: 'previewGate',
    method: 'POST',
    path: '/l402-otb/preview',
    chapter: 'Gate',
    summary: 'What the gate would say',
    permission: 'gate:ask',
    tier: 'stream',
    input: { body: gateBody },
    answer: previewRecord,
    refusals: [
      'invalid_amount',
      'invalid_period',
      'currency_mismatch',
      'basis_mismatch',
      'unknown_category',
      'overloaded',
    ],
    async run({ body, caller }) {
      if (!mayUseMerchant(caller, 'gate:ask', body.merchant_id)) return refused('forbidden');
      const outcome = await gate.preview({
        request: requestOf(body),
        caller: caller.keyId,
        role: caller.role,
        acknowledged: body.acknowledged ?? false,
      });
      if (outcome === 'period') return refused('invalid_period', { field: 'period' });
      if (outcome === 'delivery_date') return refused('invalid_request', { field: outcome }, NO_DELIVERY_DATE);
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      const { open_to_buy_cents_after: left, ...preview } = answerOf<Preview>(outcome);
      const mayRead = left !== undefined && mayUseMerchant(caller, 'budgets:read', body.merchant_id);
      return done(mayRead ? { ...preview, open_to_buy_cents_after: left } : preview);
    },
  });
}
