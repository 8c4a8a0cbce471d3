/**
 * A caller that keeps the client's side of the contract: without an answer it asks again under the same key, patiently but
 * not for ever, and it never forgets an answer that it heard.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Address } from '../frames/server.ts';
import { isFinal, isNoOutcome, parseAnswer, type Spoken } from './answers.ts';
import { ask, NO_ANSWER } from './asking.ts';
import type { Random } from './random.ts';
import { hear, requestOf, type Reference } from './references.ts';

export interface Patience {
  /** How long one attempt waits. */
  readonly attemptMs: number;
  /** How long a caller goes on asking before it leaves the reference open. */
  readonly totalMs: number;
}

export interface CallerParts {
  /** Where the driver's links begin: the payment gateways, or fault proxies in front of them. Callers are spread over them. */
  readonly addresses: readonly Address[];
  readonly patience: Patience;
  readonly random: Random;
  /** Told after every answer, with their number so far. */
  readonly onAnswer: (answers: number) => void;
}

export class Caller {
  readonly #parts: CallerParts;
  readonly #latenciesMs: number[] = [];
  #answers = 0;
  #unanswered = 0;
  #turn = 0;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  get answers(): number {
    return this.#answers;
  }

  /** Attempts that brought no answer. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** From the first attempt to the answer, retries included. */
  get latenciesMs(): readonly number[] {
    return this.#latenciesMs;
  }

  /** A transfer to its final answer, to "compensation pending", or to the end of patience (undefined). */
  async transfer(reference: Reference, patience = this.#parts.patience): Promise<Spoken | undefined> {
    const startedMs = performance.now();
    const text = await this.#persist(requestOf(reference), patience, (answer) => {
      const spoken = hear(reference, answer);
      return isFinal(spoken) || spoken.pending;
    });
    if (text === NO_ANSWER) return undefined;
    this.#latenciesMs.push(performance.now() - startedMs);
    return hear(reference, text);
  }

  /** One attempt only: the caller hangs up after `attemptMs`. */
  async transferOnce(reference: Reference, attemptMs: number): Promise<Spoken | undefined> {
    const text = await this.#attempt(requestOf(reference), attemptMs, this.#turn++);
    return text === NO_ANSWER ? undefined : hear(reference, text);
  }

  /** Any request, repeated until there is an answer to it. */
  request(payload: string): Promise<string | typeof NO_ANSWER> {
    return this.#persist(payload, this.#parts.patience, (answer) => !isNoOutcome(parseAnswer(answer)));
  }

  async #persist(
    payload: string,
    { attemptMs, totalMs }: Patience,
    satisfied: (answer: string) => boolean,
  ): Promise<string | typeof NO_ANSWER> {
    const untilMs = performance.now() + totalMs;
    const first = this.#turn++;
    for (let attempt = 1; ; attempt++) {
      // Another server than the last time: one that did not answer may be gone.
      const text = await this.#attempt(payload, attemptMs, first + attempt - 1);
      if (text !== NO_ANSWER && satisfied(text)) return text;
      const pauseMs = this.#parts.random.integer(5, 10 * Math.min(attempt, 10));
      if (performance.now() + pauseMs >= untilMs) return NO_ANSWER;
      await pause(pauseMs);
    }
  }

  async #attempt(payload: string, attemptMs: number, turn: number): Promise<string | typeof NO_ANSWER> {
    const { addresses } = this.#parts;
    const address = addresses[turn % addresses.length];
    const text = address === undefined ? NO_ANSWER : await ask(address, payload, attemptMs);
    if (text === NO_ANSWER) this.#unanswered += 1;
    else this.#parts.onAnswer(++this.#answers);
    return text;
  }
}
