/**
 * Which bucket an action debits (B-22): the most specific one that is there, of the category before its parents, of the week
 * before the month; and whether anybody may still spend in its period, in that currency and on that basis.
 */
import { BASIS_DEFAULT, CURRENCY_DEFAULT } from '../budgets/plan.ts';
import type { Read, View } from '../base/decision.ts';
import { bucketKey, bucketOf, openToBuy, periodKey, WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { calendarOf } from '../budgets/calendar.ts';
import { keepsPeriod, type PeriodKept } from '../budgets/delivery-shift.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { heldBy, sumOf } from '../budgets/reports.ts';
import { allocations, merchants, periods } from '../budgets/tables.ts';
import type { Basis, BucketRow, DecisionRow, MerchantRow, PeriodRow } from '../budgets/tables.ts';
import { bucketReads } from './buckets.ts';

/** A category moves on a day, so its path goes by the period (as plans do: by the first day of it). */
export interface PlacePeriod {
  readonly period: string;
  /** The category, its parents, then the merchant as a whole (``); empty: there is no such category. */
  readonly path: readonly string[];
}

/** Where a budget may be, by the hierarchy and the calendar that stood in the merchant's row of this version. */
export interface BudgetPlace {
  /** The period asked for, or those that contain the day: the most specific first. At least one. */
  readonly periods: readonly PlacePeriod[];
  /** The month among them, where what nobody planned is counted. */
  readonly month: string;
  readonly hierarchyVersion: bigint;
}

export interface ChosenBucket {
  readonly bucket: string;
  readonly period: string;
  readonly basis: Basis;
  readonly currency: string;
  /** Buckets that were there to choose from. */
  readonly lookedAt: readonly string[];
  /** The period is that of the reservation, which the new delivery is near enough to. */
  readonly periodKept?: PeriodKept;
}

/** `currency_mismatch` and `basis_mismatch` are codes of their own; closed periods are the policy's business. */
type Unplaced = 'currency_mismatch' | 'basis_mismatch' | 'period_locked' | 'period_closed';

/** Is the category none in all of the periods? */
export const isUnknownCategory = ({ periods: wanted }: BudgetPlace): boolean =>
  wanted.every(({ path }) => path.length === 0);

/** Level by level from the category up, the merchant as a whole last; on each level by period. */
export function placesOf(merchant: string, { periods: wanted }: BudgetPlace): string[] {
  const levels = Math.max(...wanted.map(({ path }) => path.length - 1));
  const places: string[] = [];
  for (let level = 0; level < levels; level++)
    for (const { period, path } of wanted) {
      const category = path[level];
      if (category !== undefined && category !== WHOLE_MERCHANT) places.push(bucketKey(merchant, period, category));
    }
  return [...places, ...wanted.map(({ period }) => bucketKey(merchant, period, WHOLE_MERCHANT))];
}

/** The bucket of what nobody planned. */
const fallback = (merchant: string, { month }: BudgetPlace): string => bucketKey(merchant, month, WHOLE_MERCHANT);

export function placeReads(merchant: string, place: BudgetPlace): Read[] {
  const wanted = new Set([...place.periods.map(({ period }) => period), place.month]);
  const buckets = new Set([...placesOf(merchant, place), fallback(merchant, place)]);
  return [
    { table: merchants, key: [merchant] },
    ...[...wanted].map((period) => ({ table: periods, key: [periodKey(merchant, period)] })),
    ...[...buckets].flatMap(bucketReads),
  ];
}

/**
 * B-23: a redated document may keep the period of the bucket that it holds, so both are looked at. Undefined where it does not
 * choose by a date, and for the usual request, which has no earlier one.
 */
function placeKept({ period, deliveryDate }: GateRequest, place: BudgetPlace, held: string): BudgetPlace | undefined {
  if (period !== null || deliveryDate === null) return undefined;
  const { period: kept } = bucketOf(held);
  const there = place.periods.find((each) => each.period === kept);
  const { path } = there ?? place.periods.find((each) => each.path.length > 0) ?? { path: [] };
  return path.length === 0 ? undefined : { ...place, periods: [{ period: kept, path }], month: kept };
}

/** What looking at these buckets' periods needs beside `placeReads`. */
export function keptReads(
  request: GateRequest,
  place: BudgetPlace,
  held: readonly { readonly bucket: string }[],
): Read[] {
  if (held.length === 0) return [];
  const declared = new Set(place.periods.map(({ period }) => period));
  return held.flatMap(({ bucket }) => {
    const kept = placeKept(request, place, bucket);
    return kept === undefined || declared.has(kept.month) ? [] : placeReads(request.merchantId, kept);
  });
}

/** What a document holds, if it is asked for again, and the rules. */
interface Standing {
  readonly live: DecisionRow | undefined;
  readonly settings: PolicySettings;
}

type Choice = ChosenBucket | { readonly unplaced: Unplaced; readonly period: string };

/** The bucket for a request; a document that is redated within the tolerance keeps the period of what it holds (B-23). */
export function chooseBucket(request: GateRequest, place: BudgetPlace, standing: Standing, view: View): Choice {
  const { live, settings } = standing;
  const kept = live?.category === request.category ? placeKept(request, place, live.bucket) : undefined;
  if (kept !== undefined && isNear(request, kept.month, settings, view)) {
    const chosen = bucketIn(request, kept, standing, view);
    const { deliveryDate } = request;
    // A period in which nobody spends any more keeps nothing.
    if ('bucket' in chosen && deliveryDate !== null)
      return { ...chosen, periodKept: { period: kept.month, deliveryDate, toleranceDays: settings.tolerance_days } };
  }
  return bucketIn(request, place, standing, view);
}

function isNear(
  { merchantId, deliveryDate }: GateRequest,
  period: string,
  { tolerance_days: toleranceDays }: PolicySettings,
  view: View,
): boolean {
  const calendar = calendarOf(view.row(merchants, [merchantId]));
  return deliveryDate !== null && keepsPeriod(deliveryDate, period, { toleranceDays, calendar });
}

/** The most specific that is there; with pooling the first that has enough left, what the document holds of it included. */
function bucketIn(request: GateRequest, place: BudgetPlace, { live, settings }: Standing, view: View): Choice {
  const { merchantId } = request;
  const there = placesOf(merchantId, place).flatMap((bucket) => view.row(allocations, [bucket]) ?? []);
  const roomIn = (row: BucketRow): bigint => openToBuy(row) + (row.bucket === live?.bucket ? sumOf(heldBy(live)) : 0n);
  const roomy = settings.pooling ? there.find((row) => roomIn(row) >= request.amountCents) : undefined;
  const chosen = roomy ?? there[0];
  const period = chosen?.period ?? place.month;
  const state = view.row(periods, [periodKey(merchantId, period)]);
  const terms = termsOf(request, state, view.row(merchants, [merchantId]));
  const unplaced = whyNot(request, state, terms);
  if (unplaced !== undefined) return { unplaced, period };
  const lookedAt = there.map(({ bucket }) => bucket);
  return { bucket: chosen?.bucket ?? fallback(merchantId, place), period, ...terms, lookedAt };
}

type Terms = Pick<ChosenBucket, 'basis' | 'currency'>;

/** The budget's own; where nobody planned the merchant's, and where there is none either what the request says. */
function termsOf(request: GateRequest, period: PeriodRow | undefined, merchant: MerchantRow | undefined): Terms {
  return {
    currency: period?.currency ?? merchant?.currency ?? request.currency ?? CURRENCY_DEFAULT,
    basis: period?.basis ?? request.basis ?? BASIS_DEFAULT,
  };
}

function whyNot(request: GateRequest, period: PeriodRow | undefined, { currency, basis }: Terms): Unplaced | undefined {
  if (period !== undefined && period.status !== 'open') return `period_${period.status}`;
  if (request.currency !== null && request.currency !== currency) return 'currency_mismatch';
  return request.basis !== null && request.basis !== basis ? 'basis_mismatch' : undefined;
}
