/** Instants: nanoseconds since 1970 inside, RFC 3339 UTC outside. */

const NS_PER_MS = 1_000_000n;
export const NS_PER_SECOND = 1_000_000_000n;

/** Milliseconds as a clock tells them, whole or not, as nanoseconds. */
export function instantAt(ms: number): bigint {
  return BigInt(Math.floor(ms)) * NS_PER_MS;
}

/** Milliseconds from an instant to a time of the clock; none where the clock is behind. */
export function elapsedMs(since: bigint, nowMs: number): number {
  return Math.max(0, Number((instantAt(nowMs) - since) / NS_PER_MS));
}

/** Nanoseconds as `2026-11-21T13:04:18.000Z`. */
export function timeOf(instant: bigint): string {
  return new Date(Number(instant / NS_PER_MS)).toISOString();
}

export function timeOrNull(instant: bigint | null): string | null {
  return instant === null ? null : timeOf(instant);
}
