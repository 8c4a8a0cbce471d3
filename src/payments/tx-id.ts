/** Transfer ids (P-13): `tx-` and at least four digits. Ten are written, so that text order is the order of creation. */

const DIGITS = 10;

/** Beyond this a foreign id cannot push the counter: it would come too near to what a double holds. */
const NUMBER_MAX = 10n ** 15n;

/** Name of the counter that holds the highest number in use. */
export const TX_COUNTER = 'tx';

export function txId(number: bigint): string {
  return `tx-${number.toString().padStart(DIGITS, '0')}`;
}

/**
 * The number of an id that the server could itself give out one day, else undefined. A ledger caller may choose such an
 * id; the counter then jumps over it, so that no transfer ever collides with it.
 */
export function txNumber(id: string): bigint | undefined {
  // More digits than are written at least never begin with a zero.
  if (!/^tx-(?:\d{10}|[1-9]\d{10,15})$/.test(id)) return undefined;
  const number = BigInt(id.slice(3));
  return number <= NUMBER_MAX ? number : undefined;
}
