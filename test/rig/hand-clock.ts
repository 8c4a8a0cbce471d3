/** A clock that is held still, and moved by hand. */
import type { Clock } from '../../src/base/clock.ts';

export class HandClock implements Clock {
  now = 1_795_000_000_000;
  readonly nowMs = (): number => this.now;
  readonly uptimeMs = (): number => this.now;
}
