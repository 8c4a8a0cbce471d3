/** `GET /l402-otb/alerts` (B-23): what is running low, exhausted, overbought or adrift, and what was. */
import * as z from 'zod';
import { alertView } from '../../budgets/plan-wire.ts';
import { alerts } from '../../budgets/tables.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { merchantFilter } from './merchant-filter.ts';
import { alertRecord, alertState, merchantId } from './schemas.ts';

const filters = {
  merchant_id: merchantId.optional(),
  state: alertState.optional(),
  kind: z.enum(['threshold', 'drift']).optional(),
};

export function listAlerts(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listAlerts',
    method: 'GET',
    path: '/l402-otb/alerts',
    chapter: 'Budget rules',
    summary: 'Alerts, by merchant, period and category',
    description: 'An alert closes by itself when the budget recovers.',
    permission: 'budgets:read',
    tier: 'stream',
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(alertRecord),
    refusals: ['invalid_cursor'],
    run({ query: { cursor, limit, merchant_id: wanted, ...filter }, caller }) {
      const own = merchantFilter(caller, 'budgets:read', wanted);
      if (own === undefined) return refused('forbidden');
      const query = { list: 'alerts', table: alerts, where: { ...filter, ...own }, by: 'alert_id' } as const;
      return pagedList(store, { ...query, order: 'text' }, { cursor, limit }, alertView);
    },
  });
}
