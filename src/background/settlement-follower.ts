/**
 * Follows the payments that the Lightning node receives, from the place up to which they are recorded (L-07). A payment is
 * recorded before its place is, so after a crash it is told again and changes nothing.
 */
import { reasonOf } from '../base/failure.ts';
import { lightningCursors } from '../budgets/tables.ts';
import { recordSettlement, type SettlingParts } from '../gate/settlements.ts';
import type { LightningNode, Settlement } from '../lightning/node.ts';
import { findRow } from '../store/find-row.ts';
import { StoreUnavailable } from '../store/store.ts';

export interface FollowerParts extends SettlingParts {
  readonly node: LightningNode;
  /** A decision's invoice was settled: whoever waits for it need not look. */
  readonly settled: (decisionId: string) => void;
  readonly failed: (reason: string) => void;
}

export class SettlementFollower {
  readonly #parts: FollowerParts;
  #following: Promise<void> | undefined;
  #stop = new AbortController();
  #hasFailed = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** Follows from now on, if it does not yet; asked again and again, it begins anew when the node has gone away. */
  run(): void {
    this.#following ??= this.#follow().finally(() => (this.#following = undefined));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { node } = this.#parts;
    try {
      const cursor = await this.#cursor();
      for await (const settlement of node.settlements(cursor, this.#stop.signal)) {
        await this.#take(settlement);
        this.#hasFailed = false;
      }
    } catch (error) {
      if (this.#stop.signal.aborted || this.#hasFailed) return;
      // Once, until something has come again: a node that is away is away for a while.
      this.#hasFailed = true;
      this.#parts.failed(reasonOf(error));
    }
  }

  async #cursor(): Promise<string | null> {
    const { store, node } = this.#parts;
    const row = await findRow(store, lightningCursors, 'backend', node.backend);
    return row?.cursor ?? null;
  }

  async #take(settlement: Settlement): Promise<void> {
    const { store, node, settled } = this.#parts;
    const recorded = await recordSettlement(this.#parts, settlement);
    if (recorded !== undefined) {
      const { invoice, outcome } = recorded;
      // The place must not move past what is not recorded.
      if (outcome.code !== null) throw new StoreUnavailable(`a settlement was not recorded: ${outcome.code}`);
      settled(invoice.decision_id);
    }
    const { cursor } = settlement;
    const moved = await store.submit({ type: 'move-lightning-cursor', backend: node.backend, cursor });
    if (moved.code !== null) throw new StoreUnavailable(`the cursor was not recorded: ${moved.code}`);
  }
}
