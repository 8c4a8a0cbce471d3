/**
 * What an override costs (B-24), from server state alone: a toll, basis points of the excess, or the whole excess at the rate
 * that is stored with the invoice. Always up, and in one division: rounding twice would charge for nothing.
 */
import { invariant } from '../base/assert.ts';
import { limits } from '../base/limits.ts';

export type PriceRule =
  | { readonly kind: 'toll'; readonly sats: bigint }
  | { readonly kind: 'excess_bp'; readonly bp: bigint }
  | { readonly kind: 'whole_excess' };

interface Rate {
  readonly currency: string;
  readonly centsPerBtc: bigint;
}

/** The part of a policy that prices. */
export interface Pricing {
  readonly rule: PriceRule;
  readonly rate: Rate | null;
  /** Prices by excess are multiples of this, so that they do not tell the budget to the cent. At least 1. */
  readonly stepSats: bigint;
}

/** By how much an action exceeds what is left; positive. */
export interface Excess {
  readonly cents: bigint;
  readonly currency: string;
}

const SATS_PER_BTC = 100_000_000n;
const WHOLE_BP = 10_000n;

/** Why there is no price: the policy is incomplete, or there is not so much money. Then money cannot buy an override. */
export type NoPrice = 'no_rate' | 'rate_of_other_currency' | 'price_too_high';

/** Whole satoshi, at least 1. */
export function priceSats({ rule, rate, stepSats }: Pricing, excess: Excess): bigint | NoPrice {
  if (rule.kind === 'toll') {
    invariant(rule.sats >= 1n, 'a toll is at least one satoshi');
    return rule.sats;
  }
  if (rate === null) return 'no_rate';
  if (rate.currency !== excess.currency) return 'rate_of_other_currency';
  const share = rule.kind === 'excess_bp' ? rule.bp : WHOLE_BP;
  invariant(excess.cents > 0n && share > 0n && rate.centsPerBtc > 0n && stepSats > 0n, 'a price has positive parts');
  const price = roundedUp(excess.cents * share * SATS_PER_BTC, WHOLE_BP * rate.centsPerBtc * stepSats) * stepSats;
  return price > BigInt(limits.priceSatsMax) ? 'price_too_high' : price;
}

function roundedUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
