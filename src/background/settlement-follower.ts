/**
 * Follows the payments that the Lightning node receives, from the place up to which they are recorded (L-07). A payment is
 * recorded before its place is, so after a crash it is told again and changes nothing.
 */
import { isObject } from '../base/json.ts';
import { lightningCursors } from '../budgets/tables.ts';
import { recordSettlement } from '../gate/settlements.ts';
import type { LightningNode, Settlement } from '../lightning/node.ts';
import { StoreUnavailable, type Store } from '../store/store.ts';

export interface FollowerParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  readonly node: LightningNode;
  readonly nowMs: () => number;
  /** A decision's invoice was settled: whoever waits for it need not look. */
  readonly settled: (decisionId: string) => void;
  /** Money came for nothing, and is owed to its payer. */
  readonly owed: (decisionId: string, msat: bigint) => void;
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
      this.#parts.failed(error instanceof Error ? error.message : String(error));
    }
  }

  async #cursor(): Promise<string | null> {
    const { store, node } = this.#parts;
    const where = { backend: node.backend };
    const [row] = await store.rows({ table: lightningCursors, where, by: 'backend', limit: 1 });
    return row?.cursor ?? null;
  }

  async #take(settlement: Settlement): Promise<void> {
    const { store, node, nowMs, settled, owed } = this.#parts;
    const recorded = await recordSettlement(store, settlement, nowMs());
    if (recorded !== undefined) {
      const { invoice, outcome } = recorded;
      // The place must not move past what is not recorded.
      if (outcome.code !== null) throw new StoreUnavailable(`a settlement was not recorded: ${outcome.code}`);
      const credit = creditOf(outcome.answer);
      if (credit > 0n && !outcome.replayed) owed(invoice.decision_id, credit);
      settled(invoice.decision_id);
    }
    const { cursor } = settlement;
    const moved = await store.submit({ type: 'move-lightning-cursor', backend: node.backend, cursor });
    if (moved.code !== null) throw new StoreUnavailable(`the cursor was not recorded: ${moved.code}`);
  }
}

function creditOf(answer: string): bigint {
  const said: unknown = JSON.parse(answer);
  const credit = isObject(said) ? said['credit_msat'] : undefined;
  return typeof credit === 'number' ? BigInt(credit) : 0n;
}
