/**
 * Orders whose hold is there and whose execution is not (S-23): the request that was carrying them is gone, so the second
 * step is sent from here. It opens the execution, or gives the money back. A request that lives after all is not in its way:
 * the step may come twice, and the second hears what became of the first.
 */
import { isObject } from '../base/json.ts';
import { limits } from '../base/limits.ts';
import { instantAt } from '../base/time.ts';
import type { DecisionRef } from '../flows/gate-books.ts';
import type { OpenExecutionCommand } from '../flows/orders.ts';
import { orders, type OrderRow } from '../orders/tables.ts';
import { currentBudget } from '../store/current-budget.ts';
import { pages } from '../store/pages.ts';
import type { Store } from '../store/store.ts';

/** A request that carries an order has opened it within this, or been answered that its outcome is not known. */
const CARRIED_MS = limits.httpAnswerMs;

export interface BridgeParts {
  readonly store: Store;
  readonly nowMs: () => number;
  /** Told of each order that somebody had left behind. */
  readonly resumed: (orderId: string, result: string) => void;
}

export class Bridge {
  readonly #parts: BridgeParts;
  /** No request of this process carries an order that is older. */
  readonly #startedAt: bigint;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#startedAt = instantAt(parts.nowMs());
  }

  /** Carries on every order that was left behind. */
  async resume(): Promise<void> {
    const { store, nowMs } = this.#parts;
    const patience = instantAt(nowMs() - CARRIED_MS);
    const leftBefore = patience > this.#startedAt ? patience : this.#startedAt;
    for await (const page of pages(store, { table: orders, where: { state: 'opening' }, by: 'created_at' })) {
      const left = page.filter(({ updated_at: updatedAt }) => updatedAt < leftBefore);
      await Promise.all(left.map((order) => this.#open(order)));
    }
  }

  async #open(order: OrderRow): Promise<void> {
    const { store, resumed } = this.#parts;
    const command = openingOf(order, await currentBudget(store, order));
    if (command === undefined) return;
    const { code, replayed, answer } = await store.submit(command);
    // Refused: it was judged anew meanwhile, or nothing can be recorded now. Who is left behind is found again.
    if (code === null && !replayed) resumed(order.order_id, resultOf(answer));
  }
}

/** S-33: `opened-execution`, `awaiting-provider` or `rejected`. */
function resultOf(answer: string): string {
  const parsed: unknown = JSON.parse(answer);
  return isObject(parsed) ? String(parsed['result']) : '';
}

function openingOf(order: OrderRow, budget: DecisionRef | null): OpenExecutionCommand | undefined {
  if (order.execution_id === null) return undefined;
  return {
    type: 'open-execution',
    orderId: order.order_id,
    executionId: order.execution_id,
    holdId: order.hold_id,
    offerId: order.offer_id,
    payer: order.payer_account_id,
    payee: order.payee_account_id,
    budget,
    actor: 'resume',
  };
}
