/**
 * Load with a memory: seeded transfers over pipelined connections, and what each key was answered. Whatever happens to the
 * servers, a key that has an outcome must keep it.
 */
import { openClient, type Address, type FrameClient, type Json } from '../rig/frame-client.ts';

const BALANCES = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve', 'ops_float'] as const;

/** Answers that are no outcome of the key: it may be tried again. */
const NO_OUTCOME: ReadonlySet<unknown> = new Set(['unavailable', 'overloaded', 'internal']);

/** Whole numbers from 0 to `below` - 1; the same for the same seed. */
export type Random = (below: number) => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Says something about the key for ever, or at least about the compensation it waits for. */
function isAnswer(answer: string): boolean {
  return !NO_OUTCOME.has((JSON.parse(answer) as Json)['error']);
}

function isOutcome(answer: string): boolean {
  return isAnswer(answer) && (JSON.parse(answer) as Json)['state'] === undefined;
}

export class Load {
  readonly #random: Random;
  readonly #prefix: string;
  /** Requests by key, in the order in which they were made up. */
  readonly #requests = new Map<string, Json>();
  /** The outcome that each key was told. */
  readonly outcomes = new Map<string, string>();
  /** Keys that were told something else than before. */
  readonly contradictions: string[] = [];
  answered = 0;

  constructor(random: Random, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
  }

  get keys(): readonly string[] {
    return [...this.#requests.keys()];
  }

  /** Ids of the transfers that were told to have gone through. */
  get succeeded(): string[] {
    const answers = [...this.outcomes.values()].map((answer) => JSON.parse(answer) as Json);
    return answers.filter(({ ok }) => ok === true).map(({ tx_id: txId }) => String(txId));
  }

  /** A new transfer; now and then too much for its source, now and then one that was asked for before. */
  next(): Json {
    const known = this.#requests.size;
    if (known > 0 && this.#random(8) === 0) return this.#requests.get(this.keys[this.#random(known)]!)!;
    const src = this.#random(BALANCES.length);
    const dst = (src + 1 + this.#random(BALANCES.length - 1)) % BALANCES.length;
    const request = {
      op: 'TRANSFER',
      src: BALANCES[src]!,
      dst: BALANCES[dst]!,
      amount: 1 + this.#random(this.#random(10) === 0 ? 30_000 : 300),
      idempotency_key: `${this.#prefix}-${known}`,
    };
    this.#requests.set(request.idempotency_key, request);
    return request;
  }

  /** Keeps `depth` requests under way on one connection until it is told to stop or the connection ends. */
  async pump(address: Address, depth: number, goOn: () => boolean): Promise<void> {
    const client = await openClient(address);
    const underWay: string[] = [];
    const send = (): void => {
      const request = this.next();
      underWay.push(String(request['idempotency_key']));
      client.send(request);
    };
    while (underWay.length < depth) send();
    while (underWay.length > 0 && (await this.#hear(client, underWay.shift()!))) if (goOn()) send();
    client.close();
  }

  /** Asks keys again, each until it has an outcome. */
  async ask(address: Address, keys: readonly string[]): Promise<void> {
    let open = keys;
    for (let attempt = 0; open.length > 0 && attempt < ATTEMPTS_MAX; attempt++) {
      const client = await openClient(address);
      for (let from = 0; from < open.length; from += ASKED_AT_ONCE) {
        const asked = open.slice(from, from + ASKED_AT_ONCE);
        client.send(...asked.map((key) => this.#requests.get(key)!));
        for (const key of asked) await this.#hear(client, key);
      }
      client.close();
      open = open.filter((key) => !this.outcomes.has(key));
    }
    if (open.length > 0) throw new Error(`${open.length} keys have no outcome, ${open[0]} is one of them`);
  }

  /** False when no answer came. */
  async #hear(client: FrameClient, key: string): Promise<boolean> {
    const answer = await client.answer();
    if (answer === undefined) return false;
    this.answered += 1;
    const before = this.outcomes.get(key);
    if (before === undefined) {
      if (isOutcome(answer)) this.outcomes.set(key, answer);
    } else if (answer !== before && isAnswer(answer))
      this.contradictions.push(`${key}: first ${before}, then ${answer}`);
    return true;
  }
}

const ASKED_AT_ONCE = 500;

/** More than enough for compensations that are pending to end; a server that never gets there must fail the test. */
const ATTEMPTS_MAX = 500;
