/** `PUT /l402-otb/merchants/{merchant_id}` (B-21, B-22): a merchant's currency, calendar and hierarchy of categories. */
import * as z from 'zod';
import { mayUseMerchant } from '../../access/scope.ts';
import { limits } from '../../base/limits.ts';
import { YEAR_END_DEFAULT } from '../../budgets/calendar.ts';
import { flawOf } from '../../budgets/hierarchy.ts';
import type { MerchantView } from '../../budgets/plan-wire.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, refused, type ApiOperation } from '../api-operation.ts';
import { text } from '../ledger/schemas.ts';
import { doneBy } from './answer.ts';
import { calendar, category, currency, day, merchantId, merchantRecord, yearEnd } from './schemas.ts';

const placing = z.strictObject({
  category,
  parent: category.nullish().meta({ description: 'null: at the top' }),
  from: day.nullish().meta({ description: 'from this day on; null: always' }),
});

export function putMerchant(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'putMerchant',
    method: 'PUT',
    path: '/l402-otb/merchants/{merchant_id}',
    chapter: 'Budgets',
    summary: "Set a merchant's calendar and categories",
    description:
      'The hierarchy is replaced as a whole; a category that moves keeps its old line and gets another with the day from which ' +
      'it stands elsewhere. Allocations stay where they were taken from until they are set again.',
    permission: 'budgets:plan',
    tier: 'stream',
    input: {
      path: z.strictObject({ merchant_id: merchantId }),
      body: z.strictObject({
        name: text(limits.referenceCharactersMax),
        currency,
        calendar: calendar.optional(),
        year_end: yearEnd
          .optional()
          .meta({ description: '4-5-4: years end on the Saturday nearest to it; 01-31 without it' }),
        hierarchy: z.array(placing).max(limits.hierarchyPlacingsMax).optional(),
      }),
    },
    answer: merchantRecord,
    refusals: ['invalid_hierarchy'],
    async run({ path: { merchant_id: id }, body, caller }) {
      if (!mayUseMerchant(caller, 'budgets:plan', id)) return refused('forbidden');
      const hierarchy = (body.hierarchy ?? []).map(({ category: own, parent, from }) => ({
        category: own,
        parent: parent ?? null,
        from: from ?? null,
      }));
      const flaw = flawOf(hierarchy);
      if (flaw !== undefined) return refused('invalid_hierarchy', { field: `hierarchy.${flaw.index}` }, flaw.what);
      const outcome = await store.submit({
        type: 'put-merchant',
        merchantId: id,
        name: body.name,
        currency: body.currency,
        calendar: body.calendar ?? 'calendar',
        yearEnd: body.year_end ?? YEAR_END_DEFAULT,
        hierarchy,
        actor: caller.keyId,
      });
      return doneBy<MerchantView>(outcome);
    },
  });
}
