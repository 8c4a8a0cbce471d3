/**
 * Periods of plans (B-21): calendar months, and the 4-5-4 retail calendar, whose weeks end on Saturday and whose year ends on
 * the Saturday nearest to a day that the merchant chooses (31 January where nobody does). Days are `YYYY-MM-DD`, in UTC.
 */
import type { Calendar, MerchantRow } from './tables.ts';

/** A merchant's calendar. `yearEnd` is `MM-DD`. */
export interface RetailCalendar {
  readonly calendar: Calendar;
  readonly yearEnd: string;
}

/** Where nobody set another. */
export const YEAR_END_DEFAULT = '01-31';
export const defaultCalendar: RetailCalendar = { calendar: 'calendar', yearEnd: YEAR_END_DEFAULT };

export const calendarOf = (merchant: Pick<MerchantRow, 'calendar' | 'year_end'> | undefined): RetailCalendar =>
  merchant === undefined ? defaultCalendar : { calendar: merchant.calendar, yearEnd: merchant.year_end };

/** A period by its id. `retail-month` and the two behind it are of the 4-5-4 calendar. */
export interface Period {
  readonly id: string;
  readonly kind: 'month' | 'retail-month' | 'week' | 'season';
  readonly year: number;
  /** Of the year: month 1 to 12, week 1 to 53, season 1 or 2. */
  readonly number: number;
}

/** Both days belong to the period. */
export interface Bounds {
  readonly firstDay: string;
  readonly lastDay: string;
}

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
const SATURDAY = 6;
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;
const SEASON_WEEKS = 26;
const YEARS = { first: 1970, last: 2199 };

/** Weeks of the twelve months; a 53rd week belongs to the last one. */
const MONTH_WEEKS = [4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4] as const;

const pad = (number: number): string => String(number).padStart(2, '0');

/** Days since 1970-01-01. */
const dayNumber = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / DAY_MS;
const dayOf = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** The number of a day that is written `YYYY-MM-DD`; undefined when there is no such day. */
function numberOf(day: string): number | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  if (year === undefined) return undefined;
  const number = dayNumber(Number(year), Number(month), Number(date));
  return Number.isFinite(number) && dayOf(number) === day ? number : undefined;
}

export const isDay = (text: string): boolean => numberOf(text) !== undefined;

/** The day of an instant in milliseconds. */
export const dayAt = (ms: number): string => dayOf(Math.floor(ms / DAY_MS));

/** `MM-DD`, a day that every year has. */
export const isYearEnd = (text: string): boolean => /^\d\d-\d\d$/.test(text) && isDay(`2023-${text}`);

/** The number of the last day of a retail year, a Saturday. A year is named by the calendar year that most of it lies in. */
function lastDayOf(year: number, { yearEnd }: RetailCalendar): number {
  const [month = 1, day = 31] = yearEnd.split('-').map(Number);
  const target = dayNumber(month <= 6 ? year + 1 : year, month, day);
  const daysToSaturday = (SATURDAY - ((target + EPOCH_WEEKDAY) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS;
  return daysToSaturday <= 3 ? target + daysToSaturday : target + daysToSaturday - WEEK_DAYS;
}

/** 52 or 53. */
export function weeksOf(year: number, calendar: RetailCalendar): number {
  return (lastDayOf(year, calendar) - lastDayOf(year - 1, calendar)) / WEEK_DAYS;
}

/** The first week of a retail month, counted from 0. */
const weeksBefore = (month: number): number => MONTH_WEEKS.slice(0, month - 1).reduce((sum, weeks) => sum + weeks, 0);

/** Undefined for what is no period of this calendar: `2026-13`, `2026-P1`, `2026-W53` in a year of 52 weeks. */
export function parsePeriod(id: string, calendar: RetailCalendar): Period | undefined {
  const [, digits, mark = '', ordinal] = /^(\d{4})-([PWS]?)(\d{1,2})$/.exec(id) ?? [];
  const [year, number] = [Number(digits), Number(ordinal)];
  const kind = Number.isNaN(year) ? undefined : KINDS[mark];
  if (kind === undefined || year < YEARS.first || year > YEARS.last) return undefined;
  const last = kind === 'week' ? weeksOf(year, calendar) : LAST[kind];
  const period = { id: idOf(kind, year, number), kind, year, number };
  return number >= 1 && number <= last && period.id === id ? period : undefined;
}

const LAST = { month: 12, 'retail-month': 12, season: 2 } as const;
const KINDS: Readonly<Record<string, Period['kind']>> = { '': 'month', P: 'retail-month', W: 'week', S: 'season' };

function idOf(kind: Period['kind'], year: number, number: number): string {
  switch (kind) {
    case 'month':
      return `${year}-${pad(number)}`;
    case 'retail-month':
      return `${year}-P${pad(number)}`;
    case 'week':
      return `${year}-W${pad(number)}`;
    case 'season':
      return `${year}-S${number}`;
    default:
      return kind satisfies never;
  }
}

export function boundsOf({ kind, year, number }: Period, calendar: RetailCalendar): Bounds {
  if (kind === 'month') {
    const next = number === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, number + 1, 1);
    return { firstDay: dayOf(dayNumber(year, number, 1)), lastDay: dayOf(next - 1) };
  }
  const first = lastDayOf(year - 1, calendar) + 1;
  const weeks = weeksOf(year, calendar);
  const bounds = (from: number, to: number): Bounds => ({
    firstDay: dayOf(first + from * WEEK_DAYS),
    lastDay: dayOf(first + to * WEEK_DAYS - 1),
  });
  if (kind === 'week') return bounds(number - 1, number);
  if (kind === 'season') return number === 1 ? bounds(0, SEASON_WEEKS) : bounds(SEASON_WEEKS, weeks);
  return bounds(weeksBefore(number), number === 12 ? weeks : weeksBefore(number + 1));
}

/** The retail week that a day is in. Undefined for what is no day. */
function retailWeekOf(day: string, calendar: RetailCalendar): { year: number; week: number } | undefined {
  const number = numberOf(day);
  if (number === undefined) return undefined;
  let year = Number(day.slice(0, 4)) + 1;
  while (lastDayOf(year - 1, calendar) >= number) year -= 1;
  return { year, week: Math.floor((number - lastDayOf(year - 1, calendar) - 1) / WEEK_DAYS) + 1 };
}

/** The periods that a day is in, the most specific first: week, month (the merchant's own kind before the other), season. */
export function periodsOf(day: string, calendar: RetailCalendar): Period[] {
  const retail = retailWeekOf(day, calendar);
  if (retail === undefined) return [];
  const { year, week } = retail;
  let retailMonth = 12;
  while (weeksBefore(retailMonth) >= week) retailMonth -= 1;
  const period = (kind: Period['kind'], of: number, number: number): Period => ({
    id: idOf(kind, of, number),
    kind,
    year: of,
    number,
  });
  const months = [
    period('month', Number(day.slice(0, 4)), Number(day.slice(5, 7))),
    period('retail-month', year, retailMonth),
  ];
  if (calendar.calendar === '4-5-4') months.reverse();
  return [period('week', year, week), ...months, period('season', year, week <= SEASON_WEEKS ? 1 : 2)];
}

/** The month that a day is in, of the merchant's own kind: where what nobody planned is counted. */
export function monthOf(day: string, calendar: RetailCalendar): Period | undefined {
  return periodsOf(day, calendar)[1];
}

/** The period of the same kind after this one, into which late orders roll on (B-21). */
export function periodAfter(period: Period, calendar: RetailCalendar): Period | undefined {
  const last = numberOf(boundsOf(period, calendar).lastDay) ?? 0;
  return periodsOf(dayOf(last + 1), calendar).find(({ kind }) => kind === period.kind);
}

/** Are all its days before this one? What is still expected in it is overdue then (B-21). */
export const isOver = (period: Period, calendar: RetailCalendar, today: string): boolean =>
  boundsOf(period, calendar).lastDay < today;

/** The period of the same kind before this one, whose closing stock opens this one (B-20). */
export function periodBefore(period: Period, calendar: RetailCalendar): Period | undefined {
  const first = numberOf(boundsOf(period, calendar).firstDay) ?? 0;
  return periodsOf(dayOf(first - 1), calendar).find(({ kind }) => kind === period.kind);
}
