/** Work that goes on again and again while a load is measured, and how often it was done. */
import type { Contender } from './turns.ts';

/** One more time; it waits for its own end. */
export type Work = () => Promise<unknown>;

export class Meanwhile {
  times = 0;
  readonly #work: Work;
  readonly #hands: number;

  /** `hands` do it at the same time. */
  constructor(work: Work, hands = 1) {
    this.#work = work;
    this.#hands = hands;
  }

  /** The same load, beside the work. Fails when the work does: a load beside nothing would say nothing. */
  beside(load: Contender): Contender {
    return async (measured) => {
      const ended = new AbortController();
      const hand = async (): Promise<void> => {
        while (!ended.signal.aborted) {
          await this.#work();
          this.times += 1;
        }
      };
      const hands = Array.from({ length: this.#hands }, hand);
      const loading = load(measured).finally(() => ended.abort());
      await Promise.all([loading, ...hands]);
      return loading;
    };
  }
}
