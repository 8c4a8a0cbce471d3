/** Instants as callers see them: nanoseconds inside, RFC 3339 UTC outside. */

const NS_PER_MS = 1_000_000n;

/** Nanoseconds as `2026-11-21T13:04:18.000Z`. */
export function timeOf(instant: bigint): string {
  return new Date(Number(instant / NS_PER_MS)).toISOString();
}

export function timeOrNull(instant: bigint | null): string | null {
  return instant === null ? null : timeOf(instant);
}
