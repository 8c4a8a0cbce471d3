/**
 * Carries movements from the outbox to the operational ledger (system flow, step 7): each at least once under its own key,
 * which makes it exactly once. A refused one stays, and is tried again with growing pauses.
 */
import { limits } from '../base/limits.ts';
import type { ApplyMovementCommand } from '../flows/movements.ts';
import { movements, type MovementRow } from '../settlement/tables.ts';
import { pages } from '../store/pages.ts';
import type { Store } from '../store/store.ts';

export interface OutboxParts {
  readonly store: Store;
  readonly nowMs: () => number;
  /** Told of every refusal: an operator may have to fill a balance. */
  readonly refused: (movementKey: string, code: string) => void;
}

export class Outbox {
  readonly #parts: OutboxParts;
  /** When a refused movement is tried again; a new process tries at once. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Sends what is due. */
  async run(): Promise<void> {
    const { store, nowMs } = this.#parts;
    const query = { table: movements, where: { state: 'pending' }, by: 'created_at' } as const;
    for await (const pending of pages(store, query)) {
      const due = pending.filter(({ movement_key: key }) => (this.#notBeforeMs.get(key) ?? 0) <= nowMs());
      await Promise.all(due.map((row) => this.#apply(row)));
    }
  }

  async #apply(row: MovementRow): Promise<void> {
    const { store, nowMs, refused } = this.#parts;
    const { code } = await store.submit(commandOf(row));
    const key = row.movement_key;
    if (code === null) {
      this.#notBeforeMs.delete(key);
      return;
    }
    refused(key, code);
    const pauseMs = Math.min(limits.movementRetryMsMin * 2 ** Number(row.refusals), limits.movementRetryMsMax);
    this.#notBeforeMs.set(key, nowMs() + pauseMs);
  }
}

function commandOf(row: MovementRow): ApplyMovementCommand {
  return {
    type: 'apply-movement',
    movementKey: row.movement_key,
    src: row.src,
    dst: row.dst,
    inflowTx: row.inflow_tx,
    attempt: row.refusals + 1n,
  };
}
