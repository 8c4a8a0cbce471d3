/**
 * Looks after hold invoices (L-05): asks the node of each whether a payment is held, and goes on with those that were decided.
 * Whoever pays waits inside its wallet meanwhile, so it runs every second; after a restart it resumes what a server left behind.
 */
import { reasonOf } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { invoices, type InvoiceRow } from '../budgets/tables.ts';
import { advanceHold, type HeldParts } from '../gate/held-payments.ts';
import { LightningRefused, LightningUnavailable } from '../lightning/node.ts';
import { pages } from '../store/pages.ts';

export interface HeldPaymentsParts extends HeldParts {
  /** A decision's payment was taken: whoever waits for it need not look. */
  readonly settled: (decisionId: string) => void;
  /** The node does not answer; told once, until it does again. */
  readonly failed: (reason: string) => void;
}

export class HeldPayments {
  readonly #parts: HeldPaymentsParts;
  #hasFailed = false;
  /** What the node would not do: told once for each invoice. */
  readonly #told = new Set<string>();

  constructor(parts: HeldPaymentsParts) {
    this.#parts = {
      ...parts,
      tell: (event, fields) => {
        const name = `${event} ${fields['decision']}`;
        if (!this.#told.has(name)) parts.tell(event, fields);
        this.#told.add(name);
      },
    };
  }

  async run(): Promise<void> {
    let failure: unknown;
    const waiting = { table: invoices, where: { hold: 'waiting' }, by: 'created_at' } as const;
    // A few at a time: nodes have other things to do.
    for await (const rows of pages(this.#parts.store, waiting, limits.holdsAtOnce)) {
      const ended = await Promise.allSettled(rows.map((row) => this.#advance(row)));
      failure ??= ended.find((each) => each.status === 'rejected')?.reason;
    }
    const isLightnings = failure instanceof LightningUnavailable || failure instanceof LightningRefused;
    if (failure !== undefined && !isLightnings) throw failure;
    if (isLightnings && !this.#hasFailed) this.#parts.failed(reasonOf(failure));
    this.#hasFailed = isLightnings;
  }

  async #advance(row: InvoiceRow): Promise<void> {
    const advanced = await advanceHold(this.#parts, row);
    if (advanced === 'settled') this.#parts.settled(row.decision_id);
    if (advanced === 'settled' || advanced === 'ended')
      for (const event of ['preimage_unreadable', 'settle_refused', 'cancel_refused'])
        this.#told.delete(`${event} ${row.decision_id}`);
  }
}
