/** Time as an argument: whoever needs to know what time it is gets a clock, so a test can hold it still. */

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  nowMs(): number;
  /** Nanoseconds since 1970-01-01 UTC; may step back when the system's clock does. */
  nowNs(): bigint;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1_000)) * 1_000n,
};
