/** The sandbox's merchant node behind the port: a real Lightning node, with money that is worth nothing. */
import type { Clock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import { checkedInvoice } from '../checked-invoice.ts';
import {
  LightningRefused,
  type InvoiceOrder,
  type InvoiceStatus,
  type IssuedInvoice,
  type LightningNode,
  type Settlement,
} from '../node.ts';
import type { SandboxLink } from './link.ts';

export class SandboxNode implements LightningNode {
  readonly backend = 'sandbox';
  readonly canHold = true;
  readonly #link: SandboxLink;
  readonly #clock: Clock;

  constructor(link: SandboxLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
  }

  async issue(order: InvoiceOrder): Promise<IssuedInvoice> {
    const { sats, ...rest } = order;
    const ask = { ...rest, node: 'merchant', msat: sats * 1_000n } as const;
    const { bolt11, paymentHash } = await this.#link.call('issue', ask, limits.lightningCallMs);
    return checkedInvoice(bolt11, order, { network: 'regtest', clock: this.#clock, paymentHash });
  }

  async lookUp(paymentHash: string): Promise<InvoiceStatus | undefined> {
    const found = await this.#link.call('lookUp', { node: 'merchant', paymentHash }, limits.lightningCallMs);
    if (found === undefined) return undefined;
    const { state, receivedMsat, settledAtMs, msat } = found;
    // The node tells of a payment when it has all that the invoice asks for.
    return { paymentHash, state, receivedMsat, heldMsat: state === 'held' ? (msat ?? 0n) : 0n, settledAtMs };
  }

  async *settlements(cursor: string | null, signal: AbortSignal): AsyncIterable<Settlement> {
    let after = readCursor(cursor);
    while (!signal.aborted) {
      // Before asking: a payment that comes in between is news then, and asked for at once.
      const { news } = this.#link;
      const page = await this.#link.call(
        'settlements',
        { after, limit: limits.sandboxSettlementsPerCall },
        limits.lightningCallMs,
      );
      for (const { number, ...settlement } of page) {
        if (signal.aborted) return;
        yield { ...settlement, cursor: String(number) };
        after = number;
      }
      if (page.length === 0) await this.#link.newsAfter(news, signal);
    }
  }

  settle(preimage: string): Promise<void> {
    return this.#link.call('settle', { preimage }, limits.lightningCallMs);
  }

  cancel(paymentHash: string): Promise<void> {
    return this.#link.call('cancel', { paymentHash }, limits.lightningCallMs);
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
