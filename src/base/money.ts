/** Money is a whole number of minor units, a bigint from the wire inwards (R12, J3): no floating point, not even for a moment. */

declare const unit: unique symbol;

/** A positive amount of minor units. */
export type MinorUnits = bigint & { readonly [unit]: 'minor units' };

/** The largest amount, and the largest balance: what a JSON number holds exactly. */
export const MINOR_UNITS_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Reads an amount as it came out of JSON.parse (R12): 500, 500.0 and 5e2 are 500; 0, -1, 0.5, 1e16, "5", true are no amounts.
 */
export function minorUnits(wire: unknown): MinorUnits | 'invalid_amount' {
  if (typeof wire !== 'number' || !Number.isSafeInteger(wire) || wire <= 0) return 'invalid_amount';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where a number becomes money
  return BigInt(wire) as MinorUnits;
}
