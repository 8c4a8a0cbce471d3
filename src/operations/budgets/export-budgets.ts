/** `GET /l402-otb/budgets/export` (B-26): a merchant's budgets as a file that can be imported again. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { writeBudgetFile } from '../../budgets/budget-file.ts';
import { periods, type PeriodRow } from '../../budgets/tables.ts';
import { pages } from '../../store/pages.ts';
import { defineOperation, doneText, refused, type ApiOperation } from '../api-operation.ts';
import { bucketsOf, type Reader } from './find-plans.ts';
import { merchantId, period } from './schemas.ts';

export function exportBudgets(store: Reader): ApiOperation {
  return defineOperation({
    name: 'exportBudgets',
    method: 'GET',
    path: '/l402-otb/budgets/export',
    chapter: 'Budgets',
    summary: "A merchant's budgets as a file",
    description: 'Comma-separated values: a line per bucket, with what became of it. Without a period all of them.',
    permission: 'budgets:read',
    tier: 'stream',
    mediaType: 'text/csv',
    input: { query: z.strictObject({ merchant_id: merchantId, period: period.optional() }) },
    refusals: [],
    async run({ query: { merchant_id: merchant, period: wanted }, caller }) {
      if (!mayUseMerchant(caller, 'budgets:read', merchant)) return refused('forbidden');
      const states = await periodsOf(store, merchant);
      const buckets = await bucketsOf(store, { merchant, period: wanted, max: limits.exportLinesMax });
      if (buckets.length > limits.exportLinesMax)
        return refused(
          'invalid_request',
          { field: 'period' },
          `more than ${limits.exportLinesMax} lines: name a period`,
        );
      return doneText(writeBudgetFile(buckets.map((bucket) => ({ bucket, period: states.get(bucket.period) }))));
    },
  });
}

async function periodsOf(store: Reader, merchant: string): Promise<ReadonlyMap<string, PeriodRow>> {
  const found = new Map<string, PeriodRow>();
  const query = { table: periods, where: { merchant_id: merchant }, by: 'created_at' } as const;
  for await (const rows of pages(store, query, limits.rowsAtOnce)) for (const row of rows) found.set(row.period, row);
  return found;
}
