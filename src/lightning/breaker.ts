/**
 * A circuit breaker around a Lightning node (N-04): a node that has stopped answering is not asked by every request, each of
 * which would wait for its timeout. After a few failures in a row callers hear LightningUnavailable at once; when a pause is
 * over one call is let through, and what becomes of it decides.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { LightningUnavailable, type LightningNode } from './node.ts';

/** `closed`: calls pass. `open`: they are refused until the pause is over. `trying`: one call is under way to find out. */
type BreakerState = 'closed' | 'open' | 'trying';

/** For health: is money taken at the moment, and if not, when is the node asked again. */
interface BreakerStatus {
  readonly state: BreakerState;
  /** Calls in a row that the node did not answer. */
  readonly failures: number;
  /** Until the next call may pass; zero unless `open`. */
  readonly pauseMs: number;
}

interface BreakerPolicy {
  readonly failuresMax: number;
  readonly pauseMsMin: number;
  readonly pauseMsMax: number;
}

export interface GuardedNode extends LightningNode {
  status(): BreakerStatus;
}

const defaults: BreakerPolicy = {
  failuresMax: limits.breakerFailuresMax,
  pauseMsMin: limits.breakerPauseMsMin,
  pauseMsMax: limits.breakerPauseMsMax,
};

class Breaker {
  readonly #clock: Clock;
  readonly #policy: BreakerPolicy;
  #failures = 0;
  #openUntilMs = 0;
  #pauseMs = 0;
  #trying = false;

  constructor(clock: Clock, policy: BreakerPolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  status(): BreakerStatus {
    const pauseMs = this.#pauseMs === 0 ? 0 : Math.max(0, this.#openUntilMs - this.#clock.uptimeMs());
    const state = this.#trying ? 'trying' : this.#pauseMs > 0 ? 'open' : 'closed';
    return { state, failures: this.#failures, pauseMs: state === 'open' ? pauseMs : 0 };
  }

  /** Rejects with what `call` rejects with, or with LightningUnavailable without calling. */
  async pass<T>(call: () => Promise<T>): Promise<T> {
    const mayPass = this.#pauseMs === 0 || (!this.#trying && this.#clock.uptimeMs() >= this.#openUntilMs);
    if (!mayPass) throw new LightningUnavailable('the Lightning node has stopped answering and is asked again shortly');
    const tries = this.#pauseMs > 0;
    this.#trying = tries;
    try {
      const answer = await call();
      this.#answered(tries);
      return answer;
    } catch (error) {
      if (error instanceof LightningUnavailable) this.#failed(tries);
      else this.#answered(tries); // A refusal is an answer.
      throw error;
    }
  }

  #answered(tried: boolean): void {
    // A call that began before the breaker opened says nothing about now.
    if (this.#pauseMs > 0 && !tried) return;
    this.#failures = 0;
    this.#pauseMs = 0;
    this.#trying = false;
  }

  #failed(tried: boolean): void {
    this.#failures += 1;
    // Calls that began before the breaker opened fail in a crowd: they must not make the pause longer.
    if (this.#pauseMs > 0 && !tried) return;
    this.#trying = false;
    if (this.#failures < this.#policy.failuresMax) return;
    this.#pauseMs =
      this.#pauseMs === 0 ? this.#policy.pauseMsMin : Math.min(this.#pauseMs * 2, this.#policy.pauseMsMax);
    this.#openUntilMs = this.#clock.uptimeMs() + this.#pauseMs;
  }
}

/**
 * The node behind a breaker. Following is not guarded: it is one long call whose caller starts anew by itself, and its
 * attempts find out that the node is back.
 */
export function guarded(node: LightningNode, clock: Clock, policy: BreakerPolicy = defaults): GuardedNode {
  const breaker = new Breaker(clock, policy);
  return {
    backend: node.backend,
    get canHold() {
      return node.canHold;
    },
    status: () => breaker.status(),
    issue: (order) => breaker.pass(() => node.issue(order)),
    lookUp: (paymentHash) => breaker.pass(() => node.lookUp(paymentHash)),
    settlements: (cursor, signal) => node.settlements(cursor, signal),
    settle: (preimage) => breaker.pass(() => node.settle(preimage)),
    cancel: (paymentHash) => breaker.pass(() => node.cancel(paymentHash)),
    close: () => node.close(),
  };
}
