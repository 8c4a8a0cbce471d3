/** Which orders are late (B-21): those that roll on when their period is closed, and those that show as overdue. */
import { isObject } from '../base/json.ts';
import { bucketOf } from './bucket.ts';
import { isOver, parsePeriod, type RetailCalendar } from './calendar.ts';
import type { DecisionRow } from './tables.ts';

/** When it is. */
export interface Today {
  readonly calendar: RetailCalendar;
  /** `2026-11-21`. */
  readonly today: string;
}

/** Was it expected by a day that has passed: the one that its request names, or the last of the period that it was made for? */
export function isLate(
  { period, request }: Pick<DecisionRow, 'period' | 'request'>,
  { calendar, today }: Today,
): boolean {
  const date = deliveryDateIn(request);
  return (date !== undefined && date < today) || isPast(period, { calendar, today });
}

/** Is the period over that it was made for, or did it roll on before that because it was late? */
export const isOverdue = ({ period, bucket }: Pick<DecisionRow, 'period' | 'bucket'>, now: Today): boolean =>
  bucketOf(bucket).period !== period || isPast(period, now);

function isPast(id: string, { calendar, today }: Today): boolean {
  const period = parsePeriod(id, calendar);
  return period !== undefined && isOver(period, calendar, today);
}

function deliveryDateIn(request: string): string | undefined {
  const said: unknown = JSON.parse(request);
  const date = isObject(said) ? said['delivery_date'] : undefined;
  return typeof date === 'string' ? date : undefined;
}
