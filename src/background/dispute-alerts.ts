/** A frozen hold waits for the arbiter (S-34), and nobody else can end that: so somebody is told, again and again. */
import { limits } from '../base/limits.ts';
import { elapsedMs } from '../base/time.ts';
import { EXECUTION_POLICY } from '../flows/holds.ts';
import { disputes, type DisputeRow } from '../orders/tables.ts';
import { holds, type HoldRow } from '../settlement/tables.ts';
import { pages } from '../store/pages.ts';
import type { Store } from '../store/store.ts';

export interface DisputeAlertParts {
  readonly store: Store;
  readonly nowMs: () => number;
  readonly disputeWaiting: (dispute: DisputeRow, waitingMs: number) => void;
  /** One that was frozen by hand: it has no execution, and so no dispute. */
  readonly holdWaiting: (hold: HoldRow, waitingMs: number) => void;
}

export class DisputeAlerts {
  readonly #parts: DisputeAlertParts;
  /** When something is told of next; a new process tells at once. */
  #notBeforeMs = new Map<string, number>();

  constructor(parts: DisputeAlertParts) {
    this.#parts = parts;
  }

  /** Tells of what waits and whose time it is, the oldest first. */
  async run(): Promise<void> {
    const { store, disputeWaiting, holdWaiting } = this.#parts;
    const next = new Map<string, number>();
    for await (const page of pages(store, { table: disputes, where: { state: 'open' }, by: 'opened_at' }))
      for (const dispute of page)
        this.#tell(next, dispute.dispute_id, dispute.opened_at, (waitingMs) => disputeWaiting(dispute, waitingMs));
    for await (const page of pages(store, { table: holds, where: { state: 'frozen' }, by: 'created_at' }))
      for (const hold of page)
        if (hold.policy_ref !== EXECUTION_POLICY)
          this.#tell(next, `hold ${hold.hold_id}`, hold.updated_at, (waitingMs) => holdWaiting(hold, waitingMs));
    // What has ended is forgotten.
    this.#notBeforeMs = next;
  }

  #tell(next: Map<string, number>, name: string, since: bigint, alert: (waitingMs: number) => void): void {
    const nowMs = this.#parts.nowMs();
    const notBeforeMs = this.#notBeforeMs.get(name);
    if (notBeforeMs !== undefined && notBeforeMs > nowMs) return void next.set(name, notBeforeMs);
    const waitingMs = elapsedMs(since, nowMs);
    alert(waitingMs);
    next.set(name, nowMs + Math.min(Math.max(waitingMs, limits.alertPauseMsMin), limits.alertPauseMsMax));
  }
}
