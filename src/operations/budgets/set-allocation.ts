/** `POST /l402-otb/allocations`, `PATCH /l402-otb/allocations/{allocation_id}` (B-22, B-23): a category's share of a budget. */
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import { newId } from '../../base/new-id.ts';
import type { AllocationView } from '../../budgets/plan-wire.ts';
import type { SetAllocationCommand } from '../../flows/allocations.ts';
import type { Outcome, Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation, type Refused } from '../api-operation.ts';
import { amount, id } from '../schemas.ts';
import { createdBy, doneBy, keyedBy } from './answer.ts';
import { findAllocation, findBudget, findMerchant, periodOf, seePlan } from './find-plans.ts';
import { allocationRecord, category, cents } from './schemas.ts';
import { submitFresh } from './submit-fresh.ts';

type Parts = Pick<Store, 'submit' | 'rows'>;

const body = z.strictObject({
  budget_id: id,
  category,
  amount_cents: amount,
  holdback_cents: cents.optional().meta({ description: 'of the amount, what the gate must leave alone' }),
});

const refusals = [
  'invalid_amount',
  'unknown_category',
  'exceeds_parent',
  'below_children',
  'allocation_exists',
  'period_locked',
  'period_closed',
  'overloaded',
] as const;

export function createAllocation(store: Parts): ApiOperation {
  return defineOperation({
    name: 'createAllocation',
    method: 'POST',
    path: '/l402-otb/allocations',
    chapter: 'Budgets',
    summary: 'Give a category its share of a budget',
    description:
      'It is taken from the nearest category above that has a share, at last from the merchant as a whole, and never more than ' +
      'that has left: `exceeds_parent` says how much there is.',
    permission: 'budgets:plan',
    tier: 'stream',
    creates: true,
    idempotencyKey: 'optional',
    input: { body },
    answer: allocationRecord,
    refusals: ['budget_not_found', 'budget_not_active', 'idempotency_conflict', ...refusals],
    async run({ body: given, key, caller }) {
      const wanted = {
        mode: 'create',
        budgetId: given.budget_id,
        category: given.category,
        amount: given.amount_cents,
        holdback: given.holdback_cents ?? null,
        keyed: keyedBy(caller, key, { space: 'allocation', request: z.encode(body, given) }),
      } as const;
      return createdBy<AllocationView>(await setAllocation(store, wanted, caller));
    },
  });
}

export function changeAllocation(store: Parts): ApiOperation {
  return defineOperation({
    name: 'changeAllocation',
    method: 'PATCH',
    path: '/l402-otb/allocations/{allocation_id}',
    chapter: 'Budgets',
    summary: 'Change the share of a category',
    description:
      'Less than what is committed is allowed, and flagged: `below_committed`. Of the merchant-wide allocation only the holdback ' +
      'can be changed; its amount is the budget, which is revised. 0 takes it back.',
    permission: 'budgets:plan',
    tier: 'stream',
    input: {
      path: z.strictObject({ allocation_id: id }),
      body: z.strictObject({ ...body.partial().shape, amount_cents: cents.optional() }),
    },
    answer: allocationRecord,
    refusals: ['allocation_not_found', ...refusals],
    async run({ path: { allocation_id: allocationId }, body: given, caller }) {
      const found = await findAllocation(store, allocationId);
      if (found === undefined || !mayUseMerchant(caller, 'budgets:plan', found.merchant_id) || found.budget_id === null)
        return refused('allocation_not_found');
      const { budget_id: budgetId, category: own } = found;
      if (given.budget_id !== undefined && given.budget_id !== budgetId)
        return refused('invalid_request', { field: 'budget_id' }, 'budget_id: the allocation is of another budget');
      if (given.category !== undefined && given.category !== own)
        return refused('invalid_request', { field: 'category' }, 'category: the allocation is of another category');
      if (given.amount_cents === undefined && given.holdback_cents === undefined)
        return refused(
          'invalid_request',
          { field: 'amount_cents' },
          'amount_cents or holdback_cents: at least one of them',
        );
      const wanted = {
        mode: 'change',
        budgetId,
        category: own,
        amount: given.amount_cents ?? null,
        holdback: given.holdback_cents ?? null,
        keyed: null,
      } as const;
      return doneBy<AllocationView>(await setAllocation(store, wanted, caller));
    },
  });
}

type Wanted = Pick<SetAllocationCommand, 'mode' | 'budgetId' | 'category' | 'amount' | 'holdback' | 'keyed'>;

async function setAllocation(store: Parts, wanted: Wanted, caller: Caller): Promise<Outcome | Refused> {
  const budget = await findBudget(store, wanted.budgetId);
  if (budget === undefined || !mayUseMerchant(caller, 'budgets:plan', budget.merchant_id))
    return refused('budget_not_found');
  const { merchant_id: merchantId, period } = budget;
  const allocationId = newId();
  return submitFresh(store, async () => {
    const found = periodOf(await findMerchant(store, merchantId), period);
    if (found === undefined) return refused('budget_not_found');
    const { state: _, ...seen } = await seePlan(store, merchantId, found, wanted.category);
    const actor = caller.keyId;
    return { type: 'set-allocation', ...wanted, ...seen, merchantId, period, allocationId, actor };
  });
}
