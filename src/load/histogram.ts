/**
 * Latencies in microseconds, counted in buckets whose width grows with the value: each is at most 1/32 of what it holds,
 * so a percentile is exact to three per cent at a constant cost per value.
 */

const PRECISION_BITS = 5;
const PRECISION = 1 << PRECISION_BITS;
const VALUE_MAX = 2 ** 31 - 1;
const BUCKETS = (31 - PRECISION_BITS) * PRECISION + PRECISION;

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #max = 0;

  get total(): number {
    return this.#total;
  }

  add(microseconds: number, times = 1): void {
    const value = Math.min(Math.max(Math.round(microseconds), 0), VALUE_MAX);
    const bucket = bucketOf(value);
    this.#counts[bucket] = this.#counts[bucket]! + times;
    this.#total += times;
    if (value > this.#max) this.#max = value;
  }

  /** The value that a share of all values does not exceed; 0 when there is none. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(this.#total * share));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= wanted) return Math.min(highestOf(bucket), this.#max);
    }
    return this.#max;
  }

  summary(): Percentiles {
    return { p50: this.percentile(0.5), p99: this.percentile(0.99), p999: this.percentile(0.999), max: this.#max };
  }
}

function bucketOf(value: number): number {
  const shift = Math.max(0, 31 - Math.clz32(value) - PRECISION_BITS);
  return shift * PRECISION + (value >>> shift);
}

/** The largest value that falls into a bucket. */
function highestOf(bucket: number): number {
  const shift = Math.max(0, (bucket >>> PRECISION_BITS) - 1);
  return (bucket - shift * PRECISION + 1) * 2 ** shift - 1;
}
