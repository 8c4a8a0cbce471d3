/** System flow, step 8: the settlement facts since the run before, each with the movement that the mapping names for it (J4). */
import { limits } from '../base/limits.ts';
import { askedByMove, askedByTopUp, movementDrift, type Asked } from '../flows/reconciliation-movements.ts';
import type { BalanceMapping } from '../settlement/mapping.ts';
import { holdMoves, holds, movements, topUps, type HoldMoveRow } from '../settlement/tables.ts';
import type { Store } from '../store/store.ts';

type Reader = Pick<Store, 'rows'>;

export class SettlementCheck {
  readonly #store: Reader;
  readonly #mapping: BalanceMapping;
  #movesAfter: bigint;
  #topUpsAfter: bigint;
  checked = 0;
  /** Movements that are still to be made: the outbox tries them again. */
  pending = 0;
  readonly drifted: string[] = [];

  /** Facts from that instant on. */
  constructor(store: Reader, mapping: BalanceMapping, since: bigint) {
    this.#store = store;
    this.#mapping = mapping;
    this.#movesAfter = since;
    this.#topUpsAfter = since;
  }

  /** The next page of both; false: nothing is left. */
  async next(): Promise<boolean> {
    const moves = await this.#nextMoves();
    const receipts = await this.#nextTopUps();
    return moves || receipts;
  }

  async #nextMoves(): Promise<boolean> {
    const store = this.#store;
    const page = await store.rows({ table: holdMoves, by: 'at', after: this.#movesAfter, limit: limits.jobRowsMax });
    const last = page.at(-1);
    if (last === undefined) return false;
    this.#movesAfter = last.at;
    const among = { column: 'hold_id', values: [...new Set(page.map(({ hold_id: id }) => id))] } as const;
    const own = await store.rows({ table: holds, among, by: 'hold_id', limit: page.length });
    const limit = page.length * limits.holdMovesMax;
    const all = Map.groupBy(await store.rows({ table: holdMoves, among, by: 'at', limit }), ({ hold_id: id }) => id);
    const byId = new Map(own.map((hold) => [hold.hold_id, hold]));
    const asked = page.flatMap((move: HoldMoveRow) => {
      const hold = byId.get(move.hold_id);
      return hold === undefined
        ? []
        : (askedByMove(this.#mapping, move, { hold, history: all.get(move.hold_id) ?? [] }) ?? []);
    });
    await this.#compare(asked);
    return true;
  }

  async #nextTopUps(): Promise<boolean> {
    const page = await this.#store.rows({
      table: topUps,
      by: 'at',
      after: this.#topUpsAfter,
      limit: limits.jobRowsMax,
    });
    const last = page.at(-1);
    if (last === undefined) return false;
    this.#topUpsAfter = last.at;
    await this.#compare(page.map((receipt) => askedByTopUp(this.#mapping, receipt)));
    return true;
  }

  async #compare(asked: readonly Asked[]): Promise<void> {
    if (asked.length === 0) return;
    const among = { column: 'movement_key', values: asked.map(({ key }) => key) } as const;
    const rows = await this.#store.rows({ table: movements, among, by: 'movement_key', limit: asked.length });
    const found = new Map(rows.map((row) => [row.movement_key, row]));
    for (const each of asked) {
      const movement = found.get(each.key);
      const drift = movementDrift(each, movement);
      if (drift !== undefined && this.drifted.length < limits.reconcileDriftedToldMax)
        this.drifted.push(`${each.key}:${drift}`);
      if (movement?.state === 'pending') this.pending += 1;
      this.checked += 1;
    }
  }
}
