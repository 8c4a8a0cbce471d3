/** Which decisions are still expected though the period that they were made for is over (B-21). */
import { dayAt, isOver } from '../../budgets/calendar.ts';
import { merchants, type DecisionRow } from '../../budgets/tables.ts';
import type { Store } from '../../store/store.ts';
import { calendarOf, periodOf } from '../budgets/find-plans.ts';

/** Looks at the calendars of these decisions' merchants, in one read. */
export async function overdueAmong(
  store: Pick<Store, 'rows'>,
  rows: readonly DecisionRow[],
  nowMs: number,
): Promise<(row: DecisionRow) => boolean> {
  const values = [...new Set(rows.map(({ merchant_id }) => merchant_id))];
  const among = { column: 'merchant_id', values } as const;
  const found =
    values.length === 0 ? [] : await store.rows({ table: merchants, among, by: 'merchant_id', limit: values.length });
  const byId = new Map(found.map((row) => [row.merchant_id, row]));
  const today = dayAt(nowMs);
  return ({ merchant_id, period: id, reserved_cents, committed_cents }) => {
    const merchant = byId.get(merchant_id);
    const period = periodOf(merchant, id);
    const isExpected = reserved_cents + committed_cents > 0n;
    return isExpected && period !== undefined && isOver(period, calendarOf(merchant), today);
  };
}
