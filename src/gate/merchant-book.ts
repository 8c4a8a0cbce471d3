/**
 * What a gate call needs of its merchant before it can be decided: the calendar and the hierarchy, by which buckets are chosen.
 * They change rarely, so they are remembered; every decision checks the version it was made by, so an old copy costs a second
 * try and nothing else.
 */
import { pathOf, hierarchyOf, type Placing } from '../budgets/hierarchy.ts';
import { dayAt, defaultCalendar, monthOf, parsePeriod, periodsOf, type RetailCalendar } from '../budgets/calendar.ts';
import { WHOLE_MERCHANT } from '../budgets/bucket.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import { merchants } from '../budgets/tables.ts';
import type { BudgetPlace } from '../flows/gate-bucket.ts';
import type { Store } from '../store/store.ts';

/** Merchants that are remembered; the one that was looked up first is forgotten first. */
const MERCHANTS_MAX = 10_000;

interface Merchant {
  readonly hierarchy: readonly Placing[];
  readonly calendar: RetailCalendar;
  readonly version: bigint;
}

/** A merchant that nobody set: calendar months, and every category for itself. */
const nobody: Merchant = { hierarchy: [], calendar: defaultCalendar, version: 0n };

export class MerchantBook {
  readonly #store: Pick<Store, 'rows'>;
  readonly #known = new Map<string, Merchant>();

  constructor(store: Pick<Store, 'rows'>) {
    this.#store = store;
  }

  /**
   * Where the request's budget may be; `period` or `delivery_date` for one that makes no sense. Without either the day is
   * today's. A category that is none gives a place without a path.
   */
  async place(request: GateRequest, nowMs: number): Promise<BudgetPlace | 'period' | 'delivery_date'> {
    const merchant = this.#known.get(request.merchantId) ?? (await this.lookUp(request.merchantId));
    const { hierarchy, calendar, version } = merchant;
    const today = dayAt(nowMs);
    const day = request.deliveryDate ?? today;
    const path = pathOf(hierarchy, request.category ?? WHOLE_MERCHANT, today) ?? [];
    if (request.period !== null) {
      if (parsePeriod(request.period, calendar) === undefined) return 'period';
      return { path, periods: [request.period], month: request.period, hierarchyVersion: version };
    }
    const periods = periodsOf(day, calendar).map(({ id }) => id);
    const month = monthOf(day, calendar);
    if (month === undefined) return 'delivery_date';
    return { path, periods, month: month.id, hierarchyVersion: version };
  }

  /** As it is now: the next `place` goes by it. */
  async lookUp(merchantId: string): Promise<Merchant> {
    const where = { merchant_id: merchantId };
    const [row] = await this.#store.rows({ table: merchants, where, by: 'merchant_id', limit: 1 });
    const found =
      row === undefined
        ? nobody
        : {
            hierarchy: hierarchyOf(row.hierarchy),
            calendar: { calendar: row.calendar, yearEnd: row.year_end },
            version: row.hierarchy_version,
          };
    this.#known.delete(merchantId);
    this.#known.set(merchantId, found);
    const [first] = this.#known.keys();
    if (this.#known.size > MERCHANTS_MAX && first !== undefined) this.#known.delete(first);
    return found;
  }
}
