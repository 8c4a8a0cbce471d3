/** `POST /l402-otb/budgets` (B-20): drafts a budget for a merchant and period. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { newId } from '../../base/new-id.ts';
import type { BudgetView } from '../../budgets/plan-wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { createdBy, keyedBy } from './answer.ts';
import { amountFields, amountsOf } from './budget-amounts.ts';
import { findMerchant, periodOf } from './find-plans.ts';
import { basis, budgetRecord, currency, merchantId, period } from './schemas.ts';

const body = z.strictObject({ merchant_id: merchantId, period, basis, currency, ...amountFields });

export function draftBudget(store: Pick<Store, 'submit' | 'rows'>): ApiOperation {
  return defineOperation({
    name: 'draftBudget',
    method: 'POST',
    path: '/l402-otb/budgets',
    chapter: 'Budgets',
    summary: 'Draft a budget',
    description:
      'Give `amount_cents`, or a `plan`: the receipt budget is planned sales + reductions + closing stock - opening stock, at cost ' +
      'less the initial markup, rounded down. A draft binds nothing until it is activated.',
    permission: 'budgets:plan',
    tier: 'stream',
    creates: true,
    idempotencyKey: 'optional',
    input: { body },
    answer: budgetRecord,
    refusals: [
      'invalid_amount',
      'invalid_period',
      'currency_mismatch',
      'basis_mismatch',
      'period_locked',
      'period_closed',
      'idempotency_conflict',
    ],
    async run({ body: given, key, caller }) {
      if (!mayUseMerchant(caller, 'budgets:plan', given.merchant_id)) return refused('forbidden');
      const merchant = await findMerchant(store, given.merchant_id);
      const found = periodOf(merchant, given.period);
      if (found === undefined) return refused('invalid_period', { field: 'period' });
      const place = { merchantId: given.merchant_id, merchant, period: found, basis: given.basis };
      const amounts = await amountsOf(store, given, place);
      if ('outcome' in amounts) return amounts;
      const outcome = await store.submit({
        type: 'draft-budget',
        budgetId: newId(),
        merchantId: given.merchant_id,
        period: given.period,
        basis: given.basis,
        currency: given.currency,
        ...amounts,
        keyed: keyedBy(caller, key, { space: 'budget', request: z.encode(body, given) }),
        actor: caller.keyId,
      });
      return createdBy<BudgetView>(outcome);
    },
  });
}
