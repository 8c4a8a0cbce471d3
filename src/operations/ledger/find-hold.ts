/** Looks a hold up, with the moves that brought it where it is, and when it ends by itself. */
import { limits } from '../../base/limits.ts';
import { timeOrNull } from '../../base/time.ts';
import { EXECUTION_POLICY } from '../../flows/holds.ts';
import { executions, type ExecutionRow } from '../../orders/tables.ts';
import { holdMoves, holds, type HoldRow } from '../../settlement/tables.ts';
import { holdView, type HoldView } from '../../settlement/wire.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';

export const findHold = (store: Pick<Store, 'rows'>, holdId: string): Promise<HoldRow | undefined> =>
  findRow(store, holds, 'hold_id', holdId);

export async function withHistory(store: Pick<Store, 'rows'>, hold: HoldRow): Promise<HoldView> {
  const where = { hold_id: hold.hold_id };
  const moves = await store.rows({ table: holdMoves, where, by: 'at', limit: limits.holdMovesMax });
  return withDeadlines(holdView(hold, moves), await executionsOf(store, [hold]));
}

/** A page of holds: the moves of all of them are one read. */
export async function withHistories(store: Pick<Store, 'rows'>, page: readonly HoldRow[]): Promise<HoldView[]> {
  if (page.length === 0) return [];
  const among = { column: 'hold_id', values: page.map(({ hold_id: id }) => id) } as const;
  const moves = await store.rows({ table: holdMoves, among, by: 'at', limit: page.length * limits.holdMovesMax });
  const byHold = Map.groupBy(moves, ({ hold_id: id }) => id);
  const executed = await executionsOf(store, page);
  return page.map((hold) => withDeadlines(holdView(hold, byHold.get(hold.hold_id) ?? []), executed));
}

/** Executions by the hold that they end. */
type Executed = ReadonlyMap<string | null, ExecutionRow>;

async function executionsOf(store: Pick<Store, 'rows'>, page: readonly HoldRow[]): Promise<Executed> {
  const values = page.flatMap(({ hold_id: id, policy_ref: policy }) => (policy === EXECUTION_POLICY ? [id] : []));
  if (values.length === 0) return new Map();
  const among = { column: 'hold_id', values } as const;
  const rows = await store.rows({ table: executions, among, by: 'created_at', limit: values.length });
  return new Map(rows.map((row) => [row.hold_id, row]));
}

/** S-34: what an execution ends has the execution's times, which run from the result where the order did not name them. */
function withDeadlines(view: HoldView, executed: Executed): HoldView {
  const execution = executed.get(view.hold_id);
  if (execution === undefined) return view;
  const { dispute_by: disputeBy, auto_release_after: autoReleaseAfter } = execution;
  const times = { dispute_by: timeOrNull(disputeBy), auto_release_after: timeOrNull(autoReleaseAfter) };
  return { ...view, deadlines: { ...view.deadlines, ...times } };
}
