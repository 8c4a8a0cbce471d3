/** `GET /l402-otb/policies` (B-24): policies in force, or all versions of one merchant's. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { DEFAULT_POLICY_ID, defaultPolicy } from '../../budgets/policy.ts';
import { policyView, type PolicyView } from '../../budgets/plan-wire.ts';
import { policies, policyVersions } from '../../budgets/tables.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { pagedList } from '../paged-list.ts';
import { pageOf, paging } from '../schemas.ts';
import type { Reader } from './find-plans.ts';
import { merchantFilter } from './merchant-filter.ts';
import { merchantId, policyRecord } from './schemas.ts';

const filters = {
  merchant_id: merchantId.optional(),
  versions: z.enum(['current', 'all']).optional().meta({ description: '`all`: those that were in force before, too' }),
};

export function listPolicies(store: Reader): ApiOperation {
  return defineOperation({
    name: 'listPolicies',
    method: 'GET',
    path: '/l402-otb/policies',
    chapter: 'Budget rules',
    summary: 'Policies, the newest first',
    description: 'A merchant that is named and has no policy of its own has the default, version 0.',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { query: z.strictObject({ ...paging, ...filters }) },
    answer: pageOf(policyRecord),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit, merchant_id: wanted, versions = 'current' }, caller }) {
      const where = merchantFilter(caller, 'budgets:read', wanted);
      if (where === undefined) return refused('forbidden');
      const page = { cursor, limit };
      if (versions === 'all')
        return pagedList(store, { list: 'policy-versions', table: policyVersions, where, by: 'at' }, page, (row) =>
          policyView(row, row.at),
        );
      const query = { list: 'policies', table: policies, where, by: 'created_at' } as const;
      const found = await pagedList(store, query, page, (row) => policyView(row, row.updated_at));
      const isDefault = 'body' in found && found.body.items.length === 0 && cursor === undefined;
      if (!isDefault || where.merchant_id === undefined) return found;
      return done({ items: [defaultOf(where.merchant_id)], next_cursor: null });
    },
  });
}

const defaultOf = (merchant: string): PolicyView => ({
  policy_id: DEFAULT_POLICY_ID,
  merchant_id: merchant,
  version: 0,
  ...defaultPolicy,
  created_by: null,
  created_at: null,
});
