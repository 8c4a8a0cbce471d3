/** What one run has seen so far, and whether it may send more. The measured time begins after the warm-up. */
import { Histogram } from './histogram.ts';
import type { LoadResult, Plan } from './plan.ts';
import { Tally } from './replies.ts';
import { Series } from './series.ts';

export class Measurement {
  readonly tally = new Tally();
  readonly #latency = new Histogram();
  readonly #lag = new Histogram();
  readonly #series: Series;
  readonly #refusalsMax: number;
  readonly #fromMs: number;
  /** Sending ends at whichever comes first. */
  readonly #untilMs: number;
  #left: number;
  #sent = 0;
  #operations = 0;
  #lastMs: number;

  constructor(
    { warmupMs, until, refusalsMax = Infinity }: Pick<Plan, 'warmupMs' | 'until' | 'refusalsMax'>,
    nowMs: number,
  ) {
    this.#refusalsMax = refusalsMax;
    this.#fromMs = nowMs + warmupMs;
    this.#lastMs = this.#fromMs;
    this.#untilMs = 'measuredMs' in until ? this.#fromMs + until.measuredMs : Infinity;
    this.#left = 'operations' in until ? until.operations : Infinity;
    this.#series = new Series(this.#fromMs);
  }

  /** Requests sent and not answered yet. */
  get outstanding(): number {
    return this.#sent - this.tally.ok - this.tally.refused;
  }

  get replies(): number {
    return this.tally.ok + this.tally.refused;
  }

  /** How many of `wanted` requests may be sent now; they count as sent. */
  claim(wanted: number, nowMs: number): number {
    if (nowMs >= this.#untilMs || this.tally.refused > this.#refusalsMax) return 0;
    const granted = Math.min(wanted, this.#left);
    this.#left -= granted;
    this.#sent += granted;
    return granted;
  }

  /** A request beyond the plan, to leave things as they were found. */
  claimExtra(): void {
    this.#sent += 1;
  }

  record(latencyMs: number, nowMs: number, times = 1): void {
    if (nowMs < this.#fromMs || nowMs >= this.#untilMs) return;
    this.#latency.add(latencyMs * 1_000, times);
    this.#series.add(nowMs, latencyMs, times);
    this.#operations += times;
    this.#lastMs = nowMs;
  }

  recordLag(lagMs: number, nowMs: number): void {
    if (nowMs >= this.#fromMs) this.#lag.add(lagMs * 1_000);
  }

  result(): LoadResult {
    const endMs = this.#untilMs === Infinity ? this.#lastMs : this.#untilMs;
    const { user, system } = process.cpuUsage();
    const seconds = Math.max(0.001, (endMs - this.#fromMs) / 1_000);
    return {
      acknowledged: this.tally.ok,
      refused: this.tally.refused,
      refusals: Object.fromEntries(this.tally.refusals),
      unanswered: this.outstanding,
      operations: this.#operations,
      seconds,
      perSecond: this.#operations / seconds,
      latency: this.#latency.summary(),
      lag: this.#lag.summary(),
      ...this.#series.end(endMs),
      cpuSeconds: (user + system) / 1e6,
    };
  }
}
