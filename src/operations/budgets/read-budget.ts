/** `GET /l402-otb/budgets/{budget_id}`: a budget with its revisions (B-23). */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { WHOLE_MERCHANT } from '../../budgets/bucket.ts';
import { budgetView, revisionView } from '../../budgets/plan-wire.ts';
import { budgetRevisions } from '../../budgets/tables.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { id } from '../schemas.ts';
import { findBucket, findBudget, type Reader } from './find-plans.ts';
import { budgetWithRevisions } from './schemas.ts';

export function readBudget(store: Reader): ApiOperation {
  return defineOperation({
    name: 'readBudget',
    method: 'GET',
    path: '/l402-otb/budgets/{budget_id}',
    chapter: 'Budgets',
    summary: 'A budget and its revisions',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { path: z.strictObject({ budget_id: id }) },
    answer: budgetWithRevisions,
    refusals: ['budget_not_found'],
    async run({ path: { budget_id: budgetId }, caller }) {
      const budget = await findBudget(store, budgetId);
      if (budget === undefined || !mayUseMerchant(caller, 'budgets:read', budget.merchant_id))
        return refused('budget_not_found');
      const where = { budget_id: budgetId };
      const query = { table: budgetRevisions, where, by: 'at', descending: true } as const;
      const [rows, bucket] = await Promise.all([
        store.rows({ ...query, limit: limits.revisionsShownMax }),
        findBucket(store, budget.merchant_id, budget.period, WHOLE_MERCHANT),
      ]);
      return done({ ...budgetView(budget, bucket), revisions: rows.map(revisionView) });
    },
  });
}
