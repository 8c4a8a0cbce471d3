/** Time as an argument: whoever needs to know what time it is gets a clock, so a test can hold it still. */

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC; steps when somebody sets the system's clock. */
  nowMs(): number;
  /** Milliseconds since some start; never steps back. For durations. */
  uptimeMs(): number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  uptimeMs: () => performance.now(),
};
