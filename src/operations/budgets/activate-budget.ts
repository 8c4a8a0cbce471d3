/** `POST /l402-otb/budgets/{budget_id}/activate` (B-23): from here on the gate goes by it, and its first amount is frozen. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { newId } from '../../base/new-id.ts';
import type { BudgetView } from '../../budgets/plan-wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { doneBy } from './answer.ts';
import { findBudget } from './find-plans.ts';
import { budgetRecord } from './schemas.ts';

export function activateBudget(store: Pick<Store, 'submit' | 'rows'>): ApiOperation {
  return defineOperation({
    name: 'activateBudget',
    method: 'POST',
    path: '/l402-otb/budgets/{budget_id}/activate',
    chapter: 'Budgets',
    summary: 'Put a budget in force',
    description:
      'The amount is frozen as the original plan, what is on order enters as commitments, and the merchant-wide bucket of the ' +
      'period is filled. Repeated, it shows the budget as it is.',
    permission: 'budgets:plan',
    tier: 'stream',
    input: { path: z.strictObject({ budget_id: id }) },
    answer: budgetRecord,
    refusals: [
      'budget_not_found',
      'budget_exists',
      'invalid_amount',
      'basis_mismatch',
      'currency_mismatch',
      'period_locked',
      'period_closed',
    ],
    async run({ path: { budget_id: budgetId }, caller }) {
      const budget = await findBudget(store, budgetId);
      if (budget === undefined || !mayUseMerchant(caller, 'budgets:plan', budget.merchant_id))
        return refused('budget_not_found');
      const { merchant_id: merchantId, period } = budget;
      const allocationId = newId();
      const actor = caller.keyId;
      return doneBy<BudgetView>(
        await store.submit({ type: 'activate-budget', budgetId, merchantId, period, allocationId, actor }),
      );
    },
  });
}
