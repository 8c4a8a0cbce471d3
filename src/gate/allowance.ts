/** How often somebody may do something that costs others: so many at once, then one more after each pause. */
import { limits } from '../base/limits.ts';

export interface AllowanceTerms {
  readonly atOnceMax: number;
  readonly refillMs: number;
}

interface Level {
  left: number;
  sinceMs: number;
}

export class Allowance {
  readonly #terms: AllowanceTerms;
  readonly #levels = new Map<string, Level>();

  constructor(terms: AllowanceTerms) {
    this.#terms = terms;
  }

  /** Is there one left? It is not taken by asking. */
  has(name: string, nowMs: number): boolean {
    const level = this.#levels.get(name);
    return level === undefined || this.#refilled(level, nowMs) >= 1;
  }

  take(name: string, nowMs: number): void {
    const level = this.#levels.get(name);
    const left = level === undefined ? this.#terms.atOnceMax : this.#refilled(level, nowMs);
    this.#keep(name, { left: Math.max(0, left - 1), sinceMs: nowMs });
  }

  /** What was taken was not used. */
  giveBack(name: string, nowMs: number): void {
    const level = this.#levels.get(name);
    if (level === undefined) return;
    this.#keep(name, { left: Math.min(this.#terms.atOnceMax, this.#refilled(level, nowMs) + 1), sinceMs: nowMs });
  }

  #keep(name: string, level: Level): void {
    this.#levels.delete(name);
    this.#levels.set(name, level);
    const [first] = this.#levels.keys();
    if (this.#levels.size > limits.challengeNamesMax && first !== undefined) this.#levels.delete(first);
  }

  #refilled({ left, sinceMs }: Level, nowMs: number): number {
    const { atOnceMax, refillMs } = this.#terms;
    return Math.min(atOnceMax, left + (nowMs - sinceMs) / refillMs);
  }
}
