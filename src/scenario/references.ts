/** The driver's memory of what it asked under which key and of every answer that it heard. */
import { isFinal, parseAnswer, type Spoken } from './answers.ts';

export interface Order {
  readonly src: string;
  readonly dst: string;
  readonly amount: bigint;
}

/** One idempotency key with all that was heard under it. */
export interface Reference {
  readonly key: string;
  readonly order: Order;
  /** Different final answers, in the order heard: more than one is a breach of I5. */
  readonly finals: string[];
  /** Its outcome when it was asked again at the end. */
  outcome: Spoken | undefined;
}

export class References {
  readonly #byKey = new Map<string, Reference>();

  get size(): number {
    return this.#byKey.size;
  }

  add(key: string, order: Order): Reference {
    const reference: Reference = { key, order, finals: [], outcome: undefined };
    this.#byKey.set(key, reference);
    return reference;
  }

  all(): readonly Reference[] {
    return [...this.#byKey.values()];
  }

  /** References that were told a success while the load ran. */
  acknowledged(): number {
    return this.all().filter(({ finals }) => finals.some((text) => parseAnswer(text).ok)).length;
  }
}

/** Keeps a final answer; returns it taken apart. */
export function hear(reference: Reference, text: string): Spoken {
  const spoken = parseAnswer(text);
  if (isFinal(spoken) && !reference.finals.includes(text)) reference.finals.push(text);
  return spoken;
}

export function requestOf({ key, order }: Reference): string {
  return `{"op":"TRANSFER","src":${JSON.stringify(order.src)},"dst":${JSON.stringify(order.dst)},"amount":${order.amount},"idempotency_key":${JSON.stringify(key)}}`;
}
