/** `GET /l402-otb/budget` (B-20): what may still be spent for a merchant, period and category. */
import * as z from 'zod';
import { countersView } from '../../budgets/wire.ts';
import { budgetStatusOf } from '../../budgets/plan-wire.ts';
import { BASIS_DEFAULT, CURRENCY_DEFAULT } from '../../budgets/plan.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import { boundsOf, calendarOf, dayAt, periodsOf } from '../../budgets/calendar.ts';
import { noCounters, WHOLE_MERCHANT } from '../../budgets/bucket.ts';
import { pathsOf } from '../../flows/allocations.ts';
import type { MerchantRow, PeriodRow } from '../../budgets/tables.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { debitedRecord, findDebited } from './find-debited.ts';
import { findBucket, findMerchant, findPeriod, periodOf, type Reader } from './find-plans.ts';
import { overdueCents } from './overdue-cents.ts';
import { basis, category, merchantId, period } from './schemas.ts';

const count = z.int();

const answer = z.strictObject({
  merchant_id: z.string(),
  category: z.string().nullable(),
  period: z.string(),
  first_day: z.string(),
  last_day: z.string(),
  budget_id: z.string().nullable(),
  basis,
  currency: z.string(),
  allocated_cents: count,
  children_cents: count.meta({ description: 'of it, what child categories were given: they spend it, not this one' }),
  holdback_cents: count,
  reserved_cents: count,
  committed_cents: count,
  received_cents: count,
  adjusted_cents: count,
  open_to_buy_cents: count.meta({ description: 'may be negative: overbought' }),
  overdue_cents: count.meta({ description: 'of what is reserved and committed, for a period that is over' }),
  debited: debitedRecord,
  status: z.enum(['none', 'active', 'locked', 'closed']),
  revision: count,
});

export function readOpenToBuy(store: Pick<Store, 'rows' | 'sums'>, clock: Pick<Clock, 'nowMs'>): ApiOperation {
  return defineOperation({
    name: 'readOpenToBuy',
    method: 'GET',
    path: '/l402-otb/budget',
    chapter: 'Budgets',
    summary: 'What may still be spent',
    description:
      'Of the merchant as a whole without a category. Without a period the most specific one that has a budget today, else this ' +
      'month. A merchant without a budget has zeros and the status `none`.',
    permission: 'budgets:read',
    tier: 'reference',
    polled: true,
    keptSeconds: limits.referenceKeptSeconds,
    input: {
      query: z.strictObject({ merchant_id: merchantId, category: category.optional(), period: period.optional() }),
    },
    answer,
    refusals: ['invalid_period', 'unknown_category'],
    async run({ query: { merchant_id: id, category: wanted = WHOLE_MERCHANT, period: named }, caller }) {
      if (!mayUseMerchant(caller, 'budgets:read', id)) return refused('forbidden');
      const merchant = await findMerchant(store, id);
      const nowMs = clock.nowMs();
      const periodId = named ?? (await currentPeriod(store, id, merchant, dayAt(nowMs)));
      const found = periodOf(merchant, periodId);
      if (found === undefined) return refused('invalid_period', { field: 'period' });
      const { firstDay, lastDay } = boundsOf(found, calendarOf(merchant));
      const isKnown = [firstDay, lastDay].some((day) => pathsOf(merchant, day)(wanted).length > 0);
      if (!isKnown) return refused('unknown_category', { category: wanted });
      const [state, bucket, debited] = await Promise.all([
        findPeriod(store, id, periodId),
        findBucket(store, id, periodId, wanted),
        findDebited(
          store,
          { merchantId: id, category: wanted === WHOLE_MERCHANT ? null : wanted, period: named },
          nowMs,
        ),
      ]);
      return done({
        merchant_id: id,
        category: wanted === WHOLE_MERCHANT ? null : wanted,
        period: periodId,
        first_day: firstDay,
        last_day: lastDay,
        ...budgetOf(state, merchant),
        ...countersView(bucket ?? noCounters),
        overdue_cents: await overdueCents(store, { bucket, merchant, nowMs }),
        debited,
        revision: Number(bucket?.revision ?? 0n),
      });
    },
  });
}

/** What holds for all buckets of the period. */
function budgetOf(
  state: PeriodRow | undefined,
  merchant: MerchantRow | undefined,
): Pick<z.infer<typeof answer>, 'budget_id' | 'basis' | 'currency' | 'status'> {
  const currency = merchant?.currency ?? CURRENCY_DEFAULT;
  if (state === undefined) return { budget_id: null, basis: BASIS_DEFAULT, currency, status: 'none' };
  return {
    budget_id: state.budget_id,
    basis: state.basis ?? BASIS_DEFAULT,
    currency: state.currency ?? currency,
    status: budgetStatusOf(state),
  };
}

/** The most specific period of today that has a budget, else the month. */
async function currentPeriod(
  store: Reader,
  id: string,
  merchant: MerchantRow | undefined,
  today: string,
): Promise<string> {
  const all = periodsOf(today, calendarOf(merchant)).map((each) => each.id);
  const states = await Promise.all(all.map((each) => findPeriod(store, id, each)));
  return states.find((state) => state !== undefined && state.budget_id !== null)?.period ?? all[1] ?? '';
}
