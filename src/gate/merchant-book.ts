/**
 * What a gate call needs of its merchant before it can be decided: the calendar and the hierarchy, by which buckets are chosen.
 * They change rarely, so they are remembered; every decision checks the version it was made by, so an old copy costs a second
 * try and nothing else.
 */
import { limits } from '../base/limits.ts';
import { hierarchyOf, pathOf, type Placing } from '../budgets/hierarchy.ts';
import { boundsOf, calendarOf, dayAt, monthOf, parsePeriod, periodsOf } from '../budgets/calendar.ts';
import type { Bounds, Period, RetailCalendar } from '../budgets/calendar.ts';
import { WHOLE_MERCHANT } from '../budgets/bucket.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import { merchants } from '../budgets/tables.ts';
import type { BudgetPlace, PlacePeriod } from '../flows/gate-bucket.ts';
import { findRow } from '../store/find-row.ts';
import type { Store } from '../store/store.ts';

interface Merchant {
  readonly hierarchy: readonly Placing[];
  readonly calendar: RetailCalendar;
  readonly version: bigint;
}

/** Where it stands on the first day; a category that comes within the period stands where it came to. */
const pathIn = (hierarchy: readonly Placing[], category: string, { firstDay, lastDay }: Bounds): readonly string[] =>
  pathOf(hierarchy, category, firstDay) ?? pathOf(hierarchy, category, lastDay) ?? [];

const isIn = (day: string, { firstDay, lastDay }: Bounds): boolean => day >= firstDay && day <= lastDay;

/** What of a request says where its budget is. */
type Placed = Pick<GateRequest, 'merchantId' | 'category' | 'period' | 'deliveryDate'>;

export class MerchantBook {
  readonly #store: Pick<Store, 'rows'>;
  readonly #known = new Map<string, Merchant>();

  constructor(store: Pick<Store, 'rows'>) {
    this.#store = store;
  }

  /**
   * Where the request's budget may be; `period` or `delivery_date` for one that makes no sense, as a date outside of the period
   * that is named. Without either the day is
   * today's. A category that is none gives a place without a path.
   */
  async place(request: Placed, nowMs: number): Promise<BudgetPlace | 'period' | 'delivery_date'> {
    const merchant = this.#known.get(request.merchantId) ?? (await this.lookUp(request.merchantId));
    const { hierarchy, calendar, version } = merchant;
    const { category } = request;
    const day = request.deliveryDate ?? dayAt(nowMs);
    const placed = (period: Period): PlacePeriod => ({
      period: period.id,
      path: category === null ? [WHOLE_MERCHANT] : pathIn(hierarchy, category, boundsOf(period, calendar)),
    });
    if (request.period !== null) {
      const period = parsePeriod(request.period, calendar);
      if (period === undefined) return 'period';
      // The two say where the budget is, one or the other (B-03): where they differ nobody knows which was meant.
      if (request.deliveryDate !== null && !isIn(request.deliveryDate, boundsOf(period, calendar)))
        return 'delivery_date';
      return { periods: [placed(period)], month: period.id, hierarchyVersion: version };
    }
    const month = monthOf(day, calendar);
    if (month === undefined) return 'delivery_date';
    return { periods: periodsOf(day, calendar).map(placed), month: month.id, hierarchyVersion: version };
  }

  /** As it is now: the next `place` goes by it. */
  async lookUp(merchantId: string): Promise<Merchant> {
    const row = await findRow(this.#store, merchants, 'merchant_id', merchantId);
    // A merchant that nobody set: calendar months, and every category for itself.
    const found: Merchant = {
      hierarchy: hierarchyOf(row?.hierarchy),
      calendar: calendarOf(row),
      version: row?.hierarchy_version ?? 0n,
    };
    this.#known.delete(merchantId);
    this.#known.set(merchantId, found);
    const [first] = this.#known.keys();
    if (this.#known.size > limits.gateMerchantsMax && first !== undefined) this.#known.delete(first);
    return found;
  }
}
