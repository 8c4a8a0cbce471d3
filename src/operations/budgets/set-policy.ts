/** `POST /l402-otb/policies` (B-24): a merchant's rules for the gate, as a new version. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { defaultPolicy, type PolicySettings } from '../../budgets/policy.ts';
import type { PolicyView } from '../../budgets/plan-wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { createdBy, keyedBy } from './answer.ts';
import { merchantId, policyFields, policyRecord } from './schemas.ts';

const settings = z.strictObject(policyFields);
const body = z.strictObject({ merchant_id: merchantId, ...policyFields });

export function setPolicy(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'setPolicy',
    method: 'POST',
    path: '/l402-otb/policies',
    chapter: 'Budget rules',
    summary: "Set a merchant's policy",
    description:
      'Replaces the one in force as a whole; what is left out is as in the default. Each version is kept. The same settings again ' +
      'are the same version.',
    permission: 'policies:manage',
    tier: 'stream',
    creates: true,
    idempotencyKey: 'optional',
    input: { body },
    answer: policyRecord,
    refusals: ['idempotency_conflict'],
    async run({ body: { merchant_id: id, ...given }, key, caller }) {
      if (!mayUseMerchant(caller, 'policies:manage', id)) return refused('forbidden');
      const wanted = settingsOf(given);
      if (wanted.price.kind !== 'toll' && wanted.rate === null)
        return refused('invalid_request', { field: 'rate' }, 'rate: every price but a toll needs one');
      const outcome = await store.submit({
        type: 'set-policy',
        merchantId: id,
        settings: wanted,
        keyed: keyedBy(caller, key, { space: 'policy', request: { merchant_id: id, ...given } }),
        actor: caller.keyId,
      });
      return createdBy<PolicyView>(outcome);
    },
  });
}

/** In one order of fields, and thresholds from high to low, so that equal settings are the same text. */
// oxlint-disable-next-line complexity -- a default for each field
function settingsOf(given: z.output<typeof settings>): PolicySettings {
  const { thresholds_bp: thresholds = defaultPolicy.thresholds_bp } = given;
  return {
    mode: given.mode,
    tolerance_bp: given.tolerance_bp ?? defaultPolicy.tolerance_bp,
    tolerance_days: given.tolerance_days ?? defaultPolicy.tolerance_days,
    thresholds_bp: [...new Set(thresholds)].toSorted((a, b) => b - a),
    warn_below_bp: given.warn_below_bp ?? defaultPolicy.warn_below_bp,
    price: given.price ?? defaultPolicy.price,
    price_step_sats: given.price_step_sats ?? defaultPolicy.price_step_sats,
    rate: given.rate ?? null,
    max_excess_cents: given.max_excess_cents ?? null,
    invoice: given.invoice ?? defaultPolicy.invoice,
    role_limits: given.role_limits ?? {},
    pooling: given.pooling ?? defaultPolicy.pooling,
    reservation_seconds: given.reservation_seconds ?? defaultPolicy.reservation_seconds,
  };
}
