/** `GET /l402-otb/merchants/{merchant_id}`: a merchant's calendar and hierarchy. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { merchantView } from '../../budgets/plan-wire.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { findMerchant, type Reader } from './find-plans.ts';
import { merchantId, merchantRecord } from './schemas.ts';

export function readMerchant(store: Reader): ApiOperation {
  return defineOperation({
    name: 'readMerchant',
    method: 'GET',
    path: '/l402-otb/merchants/{merchant_id}',
    chapter: 'Budgets',
    summary: "A merchant's calendar and categories",
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: { path: z.strictObject({ merchant_id: merchantId }) },
    answer: merchantRecord,
    refusals: ['merchant_not_found'],
    async run({ path: { merchant_id: id }, caller }) {
      if (!mayUseMerchant(caller, 'budgets:read', id)) return refused('forbidden');
      const row = await findMerchant(store, id);
      return row === undefined ? refused('merchant_not_found') : done(merchantView(row));
    },
  });
}
