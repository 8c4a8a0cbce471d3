/**
 * How far a delivery may move without leaving its period (B-23): within the policy's days beyond the period's edges an order that
 * is redated keeps the period that it has. Beyond them it releases that one and tests the new (B-21).
 */
import { boundsOf, dayAt, parsePeriod, type RetailCalendar } from './calendar.ts';

/** That it was so: the period, the date beside or within it, and what the policy tolerates. */
export interface PeriodKept {
  readonly period: string;
  readonly deliveryDate: string;
  readonly toleranceDays: number;
}

const DAY_MS = 86_400_000;

const shifted = (day: string, days: number): string => dayAt(Date.parse(day) + days * DAY_MS);

/** Does this delivery still count into the period? Never without a tolerance, nor where the calendar has no such period. */
export function keepsPeriod(
  deliveryDate: string,
  periodId: string,
  { toleranceDays, calendar }: { readonly toleranceDays: number; readonly calendar: RetailCalendar },
): boolean {
  const period = toleranceDays > 0 ? parsePeriod(periodId, calendar) : undefined;
  if (period === undefined) return false;
  const { firstDay, lastDay } = boundsOf(period, calendar);
  return deliveryDate >= shifted(firstDay, -toleranceDays) && deliveryDate <= shifted(lastDay, toleranceDays);
}
