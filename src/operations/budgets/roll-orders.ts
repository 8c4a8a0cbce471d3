/** Rolls what is still expected in a closed period on into the next open one (B-21); what was rolled before is not touched again. */
import { randomUUID } from 'node:crypto';
import { boundsOf, periodAfter, type Period } from '../../budgets/calendar.ts';
import { decisions, type BucketRow, type MerchantRow } from '../../budgets/tables.ts';
import { pathsOf } from '../../flows/allocations.ts';
import { rolls, type RollOrderCommand } from '../../flows/rolling.ts';
import { limits } from '../../base/limits.ts';
import type { Store } from '../../store/store.ts';
import { bucketsOf, calendarOf, findPeriod, type Reader } from './find-plans.ts';

interface Closed {
  readonly merchantId: string;
  readonly merchant: MerchantRow | undefined;
  readonly period: Period;
  readonly actor: string;
}

/** So many periods ahead an open one is looked for: two years of weeks. */
const PERIODS_AHEAD_MAX = 106;

/** One that is refused (its decision has just changed, or the next budget has another basis) stays, and shows as overdue. */
export async function rollOrders(store: Pick<Store, 'rows' | 'submit'>, closed: Closed): Promise<void> {
  const { merchantId, period, merchant, actor } = closed;
  const next = await nextOpen(store, closed);
  if (next === undefined) return;
  const { firstDay } = boundsOf(next, calendarOf(merchant));
  const pathOf = pathsOf(merchant, firstDay);
  const buckets = await bucketsOf(store, { merchant: merchantId, period: period.id });
  const expecting = buckets.filter(({ reserved_cents, committed_cents }) => reserved_cents + committed_cents > 0n);
  for (const bucket of expecting) {
    const way = { merchant: merchantId, from: period.id, to: next.id, path: pathOf(bucket.category), actor };
    await rollBucket(store, bucket, { type: 'roll-order', ...way, bucket: bucket.bucket });
  }
}

type Way = Omit<RollOrderCommand, 'decisionId' | 'allocationId'>;

async function rollBucket(store: Pick<Store, 'rows' | 'submit'>, { bucket }: BucketRow, way: Way): Promise<void> {
  let after: bigint | undefined;
  for (;;) {
    const rows = await store.rows({
      table: decisions,
      where: { bucket },
      by: 'created_at',
      ...(after === undefined ? {} : { after }),
      limit: limits.rowsAtOnce,
    });
    for (const row of rows.filter(rolls))
      await store.submit({ ...way, decisionId: row.decision_id, allocationId: randomUUID() });
    after = rows.at(-1)?.created_at;
    if (rows.length < limits.rowsAtOnce) return;
  }
}

/** The next of the same kind that is neither locked nor closed; one that nobody touched is open. */
async function nextOpen(store: Reader, { merchantId, merchant, period }: Closed): Promise<Period | undefined> {
  let next: Period | undefined = period;
  for (let ahead = 1; ahead <= PERIODS_AHEAD_MAX; ahead++) {
    next = periodAfter(next, calendarOf(merchant));
    if (next === undefined) return undefined;
    const state = await findPeriod(store, merchantId, next.id);
    if (state === undefined || state.status === 'open') return next;
  }
  return undefined;
}
