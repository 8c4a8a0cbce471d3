/** Looks a hold up, with the moves that brought it where it is. */
import { limits } from '../../base/limits.ts';
import { holdMoves, holds, type HoldRow } from '../../settlement/tables.ts';
import { holdView, type HoldView } from '../../settlement/wire.ts';
import type { Store } from '../../store/store.ts';

export async function findHold(store: Pick<Store, 'rows'>, holdId: string): Promise<HoldRow | undefined> {
  return (await store.rows({ table: holds, where: { hold_id: holdId }, by: 'hold_id', limit: 1 }))[0];
}

export async function withHistory(store: Pick<Store, 'rows'>, hold: HoldRow): Promise<HoldView> {
  const where = { hold_id: hold.hold_id };
  return holdView(hold, await store.rows({ table: holdMoves, where, by: 'at', limit: limits.holdMovesMax }));
}

/** A page of holds: the moves of all of them are one read. */
export async function withHistories(store: Pick<Store, 'rows'>, page: readonly HoldRow[]): Promise<HoldView[]> {
  if (page.length === 0) return [];
  const among = { column: 'hold_id', values: page.map(({ hold_id: id }) => id) } as const;
  const moves = await store.rows({ table: holdMoves, among, by: 'at', limit: page.length * limits.holdMovesMax });
  const byHold = Map.groupBy(moves, ({ hold_id: id }) => id);
  return page.map((hold) => holdView(hold, byHold.get(hold.hold_id) ?? []));
}
