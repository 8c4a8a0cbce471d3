/** A bucket as a bar for people: what was received, is on order, is reserved, given away and held back, and what is left. */

export interface BarPart {
  readonly sign: string;
  readonly amount: number;
}

const WIDTH = 40;

/** As wide as all parts together; an edge is where the sums up to it come to, so that no part is lost to rounding twice. */
export function bar(parts: readonly BarPart[], width = WIDTH): string {
  const amounts = parts.map(({ amount }) => BigInt(Math.max(0, amount)));
  const total = amounts.reduce((sum, amount) => sum + amount, 0n);
  if (total === 0n) return ' '.repeat(width);
  let sum = 0n;
  let drawn = 0;
  return parts
    .map(({ sign }, i) => {
      sum += amounts[i] ?? 0n;
      const edge = Number((sum * BigInt(width)) / total);
      const text = sign.repeat(edge - drawn);
      drawn = edge;
      return text;
    })
    .join('');
}
