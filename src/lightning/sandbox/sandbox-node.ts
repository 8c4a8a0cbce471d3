/** The sandbox's merchant node behind the port: a real Lightning node, with money that is worth nothing. */
import {
  LightningRefused,
  type InvoiceOrder,
  type InvoiceStatus,
  type IssuedInvoice,
  type LightningNode,
  type Settlement,
} from '../node.ts';
import type { SandboxLink } from './link.ts';

/** N-04: from a call to its answer, also while the node is still starting. */
const ANSWER_MS = 4_000;
const SETTLEMENTS_PER_CALL = 100;

export class SandboxNode implements LightningNode {
  readonly backend = 'sandbox';
  readonly canHold = true;
  readonly #link: SandboxLink;

  constructor(link: SandboxLink) {
    this.#link = link;
  }

  issue({ sats, ...order }: InvoiceOrder): Promise<IssuedInvoice> {
    return this.#link.call('issue', { ...order, node: 'merchant', msat: sats * 1_000n }, ANSWER_MS);
  }

  async lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    const found = await this.#link.call('lookUp', { node: 'merchant', paymentHash }, ANSWER_MS);
    if (found === undefined) return undefined;
    const { state, receivedMsat, settledAtMs } = found;
    return { paymentHash, state, receivedMsat, settledAtMs };
  }

  async *settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement> {
    let after = readCursor(cursor);
    while (!signal.aborted) {
      // Before asking: a payment that comes in between is news then, and asked for at once.
      const { news } = this.#link;
      const page = await this.#link.call('settlements', { after, limit: SETTLEMENTS_PER_CALL }, ANSWER_MS);
      for (const { number, ...settlement } of page) {
        if (signal.aborted) return;
        yield { ...settlement, cursor: String(number) };
        after = number;
      }
      if (page.length === 0) await this.#link.newsAfter(news, signal);
    }
  }

  settle(preimage: string): Promise<void> {
    return this.#link.call('settle', { preimage }, ANSWER_MS);
  }

  cancel(paymentHash: string): Promise<void> {
    return this.#link.call('cancel', { paymentHash }, ANSWER_MS);
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

/** Throws LightningRefused: with a cursor of another backend, settlements would be told again, or left out. */
function readCursor(cursor: string | null): number {
  if (cursor === null) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new LightningRefused('this is no cursor of the sandbox: begin without one');
}
