/** `POST /l402-otb/budgets/{budget_id}/revise` (B-23): another amount; what it was before is kept. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { openingCommitments, openingOf } from '../../budgets/plan.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { doneBy } from './answer.ts';
import { amountFields, amountsOf } from './budget-amounts.ts';
import { findBudget, findMerchant, periodOf } from './find-plans.ts';
import { reason, revisedBudget, type RevisedBudget } from './schemas.ts';

export function reviseBudget(store: Pick<Store, 'submit' | 'rows'>): ApiOperation {
  return defineOperation({
    name: 'reviseBudget',
    method: 'POST',
    path: '/l402-otb/budgets/{budget_id}/revise',
    chapter: 'Budgets',
    summary: 'Change the amount of a budget',
    description:
      'Less than what is committed is allowed, and flagged: `below_committed`. Less than what was given to categories is not. ' +
      '`on_order_cents` of a plan replaces the opening commitments, which never count what went through the gate; an amount leaves them as they are.',
    permission: 'budgets:plan',
    tier: 'stream',
    input: {
      path: z.strictObject({ budget_id: id }),
      body: z.strictObject({ ...amountFields, reason: reason.optional() }),
    },
    answer: revisedBudget,
    refusals: ['budget_not_found', 'invalid_amount', 'below_children', 'period_locked', 'period_closed'],
    async run({ path: { budget_id: budgetId }, body, caller }) {
      const budget = await findBudget(store, budgetId);
      if (budget === undefined || !mayUseMerchant(caller, 'budgets:plan', budget.merchant_id))
        return refused('budget_not_found');
      const { merchant_id: merchantId, period, basis } = budget;
      const merchant = await findMerchant(store, merchantId);
      const found = periodOf(merchant, period);
      if (found === undefined) return refused('budget_not_found');
      const { reason: why, ...given } = body;
      const amounts = await amountsOf(store, given, { merchantId, merchant, period: found, basis });
      if ('outcome' in amounts) return amounts;
      const isSaid = given.plan === undefined || given.plan.on_order_cents !== undefined;
      if (!isSaid && budget.status !== 'draft' && openingOf(budget) !== 0n)
        return refused(
          'invalid_request',
          { field: 'plan.on_order_cents' },
          'orders from before the budget are committed in it: say what is on order of them',
        );
      const { amount, openToBuy, plan } = amounts;
      const outcome = await store.submit({
        type: 'revise-budget',
        budgetId,
        merchantId,
        period,
        amount,
        plan,
        opening: given.plan === undefined ? null : openingCommitments({ receiptBudget: amount, openToBuy }),
        reason: why ?? null,
        actor: caller.keyId,
      });
      return doneBy<RevisedBudget>(outcome);
    },
  });
}
