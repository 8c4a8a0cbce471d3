/** What is overdue in a bucket (B-21): reserved or on order for a period that is over, whether there or rolled on into it. */
import { calendarOf, dayAt } from '../../budgets/calendar.ts';
import { isOverdue } from '../../budgets/lateness.ts';
import { decisions, type BucketRow, type MerchantRow } from '../../budgets/tables.ts';
import { windows } from '../../store/pages.ts';
import type { Store } from '../../store/store.ts';

interface Seen {
  readonly bucket: BucketRow | undefined;
  readonly merchant: MerchantRow | undefined;
  readonly nowMs: number;
}

/** Orders from before the plan are not counted: nobody said when they were due. */
export async function overdueCents(store: Pick<Store, 'sums'>, { bucket, merchant, nowMs }: Seen): Promise<number> {
  if (bucket === undefined || bucket.reserved_cents + bucket.committed_cents === 0n) return 0;
  const { bucket: key } = bucket;
  const now = { calendar: calendarOf(merchant), today: dayAt(nowMs) };
  const where = { bucket: key };
  const of = ['reserved_cents', 'committed_cents'] as const;
  let late = 0n;
  for await (const groups of windows(store, { table: decisions, where, by: 'created_at', group: 'period', of }))
    for (const { group, sums } of groups)
      if (isOverdue({ period: group, bucket: key }, now)) for (const cents of sums) late += cents;
  return Number(late);
}
