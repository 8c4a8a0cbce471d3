/** Which decisions are still expected though the period that they were made for is over (B-21). */
import type { Value } from '../../base/decision.ts';
import { limits } from '../../base/limits.ts';
import { calendarOf, dayAt } from '../../budgets/calendar.ts';
import { isOverdue } from '../../budgets/lateness.ts';
import { decisions, merchants, type DecisionRow } from '../../budgets/tables.ts';
import type { Store } from '../../store/store.ts';

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
  return (row) => {
    const isExpected = row.reserved_cents + row.committed_cents > 0n;
    return isExpected && isOverdue(row, { calendar: calendarOf(byId.get(row.merchant_id)), today });
  };
}

/** States in which something is expected; what is reserved may be committed between the two reads, and not the other way. */
const openStates = ['reserved', 'committed'] as const;

interface Search {
  /** Columns that must have these values. */
  readonly where: Partial<DecisionRow>;
  /** Where the page before ended. */
  readonly after: Value | undefined;
  readonly limit: number;
}

/** Late ones, the newest first, looked for among what is open; `next` is where the search goes on. */
export async function findOverdue(
  store: Pick<Store, 'rows'>,
  { where, after, limit }: Search,
  nowMs: number,
): Promise<{ readonly rows: readonly DecisionRow[]; readonly next: Value | null }> {
  const found: DecisionRow[] = [];
  let place = after;
  for (let looked = 0; looked < limits.pageScanDecisionsMax;) {
    const { rows, isLast } = await openRows(store, where, place);
    const isLate = await overdueAmong(store, rows, nowMs);
    for (const [index, row] of rows.entries()) {
      place = row.created_at;
      if (isLate(row)) found.push(row);
      const isEnd = isLast && index === rows.length - 1;
      if (found.length === limit) return { rows: found, next: isEnd ? null : place };
    }
    if (isLast) return { rows: found, next: null };
    looked += rows.length;
  }
  return { rows: found, next: place ?? null };
}

/** A window of what is open, the newest first. */
async function openRows(
  store: Pick<Store, 'rows'>,
  where: Partial<DecisionRow>,
  after: Value | undefined,
): Promise<{ readonly rows: readonly DecisionRow[]; readonly isLast: boolean }> {
  const byId = new Map<string, DecisionRow>();
  // Down to here both states have been read.
  let end = 0n;
  for (const state of openStates) {
    if (where.state !== undefined && where.state !== state) continue;
    const query = { table: decisions, where: { ...where, state }, by: 'created_at', descending: true } as const;
    const window = await store.rows({ ...query, ...(after === undefined ? {} : { after }), limit: limits.rowsAtOnce });
    for (const row of window) byId.set(row.decision_id, row);
    const last = window.length < limits.rowsAtOnce ? undefined : window.at(-1)?.created_at;
    if (last !== undefined && last > end) end = last;
  }
  const rows = [...byId.values()].filter(({ created_at: at }) => at >= end);
  return { rows: rows.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1)), isLast: end === 0n };
}
