/** What is late in a bucket (B-21): on order for a period that is over, whether it was made there or rolled on into it. */
import { limits } from '../../base/limits.ts';
import { dayAt, isOver } from '../../budgets/calendar.ts';
import { decisions, type BucketRow, type MerchantRow } from '../../budgets/tables.ts';
import type { Store } from '../../store/store.ts';
import { calendarOf, periodOf } from './find-plans.ts';

interface Seen {
  readonly bucket: BucketRow | undefined;
  readonly merchant: MerchantRow | undefined;
  readonly nowMs: number;
}

/** Orders from before the plan are not counted: nobody said when they were due. */
export async function overdueCents(store: Pick<Store, 'sums'>, { bucket, merchant, nowMs }: Seen): Promise<number> {
  if (bucket === undefined || bucket.committed_cents === 0n) return 0;
  const query = { table: decisions, where: { bucket: bucket.bucket }, by: 'created_at', group: 'period' } as const;
  const isLate = (id: string): boolean => {
    const period = periodOf(merchant, id);
    return period !== undefined && isOver(period, calendarOf(merchant), dayAt(nowMs));
  };
  let late = 0n;
  let after = 0n;
  for (;;) {
    const of = ['committed_cents'] as const;
    const { groups, rows, last } = await store.sums({ ...query, of, after, limit: limits.reconcileWindowRows });
    for (const { group, sums } of groups) if (isLate(group)) late += sums[0] ?? 0n;
    if (rows < limits.reconcileWindowRows || last === null) return Number(late);
    after = last;
  }
}
