/**
 * What a backend hands out as an invoice is decoded and compared with what was ordered before anybody is asked to pay it: a
 * wrong amount would be money lost or taken, another network's invoice could never be paid, another hash never be found again.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { decodeInvoice } from '../l402/bolt11.ts';
import { LightningRefused, type InvoiceOrder, type IssuedInvoice } from './node.ts';
import type { Network } from './setting.ts';

/** How invoices begin. */
const prefixes = { bitcoin: 'bc', testnet: 'tb', signet: 'tbs', regtest: 'bcrt' } as const satisfies Record<
  Network,
  string
>;

/** What an adapter knows beside the order. */
export interface Expectation {
  readonly network: Network;
  readonly clock: Clock;
}

/** `paymentHash`: what the backend said of the invoice, where it says it. Throws LightningRefused. */
export function checkedInvoice(
  bolt11: string,
  order: InvoiceOrder,
  expected: Expectation & { readonly paymentHash?: string | undefined },
): IssuedInvoice {
  const invoice = decodeInvoice(bolt11);
  if (typeof invoice === 'string') throw wrong(`that cannot be read (${invoice})`);
  const { amountMsat, expirySeconds, network, payeeKey, paymentHash, timestampSeconds } = invoice;
  if (network !== prefixes[expected.network]) {
    throw wrong(`that begins with ln${network}, but the network ${expected.network} is configured`);
  }
  if (amountMsat !== order.sats * 1_000n) throw wrong('of another amount');
  if (order.holdFor !== undefined && paymentHash !== order.holdFor) throw wrong('of another payment hash');
  if (expected.paymentHash !== undefined && paymentHash !== expected.paymentHash) {
    throw wrong('whose payment hash is not the one that it tells');
  }
  if (expirySeconds !== order.expirySeconds) throw wrong(`that expires after ${expirySeconds} s`);
  if (Math.abs(timestampSeconds * 1_000 - expected.clock.nowMs()) > limits.lightningClockSkewMs) {
    throw wrong('of another time: the clocks of the node and of this machine differ');
  }
  return { bolt11, paymentHash, payeeKey, expiresAtMs: (timestampSeconds + expirySeconds) * 1_000 };
}

function wrong(what: string): LightningRefused {
  return new LightningRefused(`the Lightning node issued an invoice ${what}; it is not used`);
}
