/** Rolls what is late in a closed period on into the next open one (B-21); what was rolled before is not touched again. */
import { boundsOf, calendarOf, periodAfter, type Period } from '../../budgets/calendar.ts';
import { isLate, type Today } from '../../budgets/lateness.ts';
import { decisions, type MerchantRow } from '../../budgets/tables.ts';
import { pathsOf } from '../../flows/allocations.ts';
import { rolls, type RollOrderCommand } from '../../flows/rolling.ts';
import { limits } from '../../base/limits.ts';
import { newId } from '../../base/new-id.ts';
import { pages } from '../../store/pages.ts';
import { isAway, type Outcome, type Store } from '../../store/store.ts';
import { bucketsOf, findPeriod, type Reader } from './find-plans.ts';

interface Closed {
  readonly merchantId: string;
  readonly merchant: MerchantRow | undefined;
  readonly period: Period;
  readonly actor: string;
  /** A period that is closed before its last day keeps what is not late. */
  readonly today: string;
}

/** So many periods ahead an open one is looked for: two years of weeks. */
const PERIODS_AHEAD_MAX = 106;

/**
 * One that is refused (its decision has just changed, or the next budget has another basis) stays, and shows as overdue. An
 * outcome is that of a store which records nothing now: the rest rolls when the period is closed again.
 */
export async function rollOrders(store: Pick<Store, 'rows' | 'submit'>, closed: Closed): Promise<Outcome | undefined> {
  const { merchantId, period, merchant, actor, today } = closed;
  const next = await nextOpen(store, closed);
  if (next === undefined) return undefined;
  const calendar = calendarOf(merchant);
  const { firstDay } = boundsOf(next, calendar);
  const pathOf = pathsOf(merchant, firstDay);
  const buckets = await bucketsOf(store, { merchant: merchantId, period: period.id });
  const expecting = buckets.filter(({ reserved_cents, committed_cents }) => reserved_cents + committed_cents > 0n);
  for (const bucket of expecting) {
    const way = { merchant: merchantId, from: period.id, to: next.id, path: pathOf(bucket.category), actor };
    const cut = await rollBucket(store, { type: 'roll-order', ...way, bucket: bucket.bucket }, { calendar, today });
    if (cut !== undefined) return cut;
  }
  return undefined;
}

type Way = Omit<RollOrderCommand, 'decisionId' | 'allocationId'>;

async function rollBucket(store: Pick<Store, 'rows' | 'submit'>, way: Way, now: Today): Promise<Outcome | undefined> {
  const query = { table: decisions, where: { bucket: way.bucket }, by: 'created_at' } as const;
  for await (const rows of pages(store, query, limits.rowsAtOnce)) {
    const late = rows.filter((each) => rolls(each) && isLate(each, now));
    // All of a page at once: they share commits, and whoever closes the period waits for few of them.
    const outcomes = await Promise.all(
      late.map(({ decision_id: decisionId }) => store.submit({ ...way, decisionId, allocationId: newId() })),
    );
    const cut = outcomes.find(isAway);
    if (cut !== undefined) return cut;
  }
  return undefined;
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
