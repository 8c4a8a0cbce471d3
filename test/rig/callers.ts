/**
 * Callers as they should be: one key per transfer, asked again, at whichever server answers, until the outcome is known. They
 * remember every outcome that anybody was told, so a server that says something else later is found out.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { openClient, type Address, type FrameClient, type Json } from './frame-client.ts';

const BALANCES = ['collection_pending', 'payout_available', 'settlement_bank', 'dispute_reserve', 'ops_float'] as const;

/** Refusals that say nothing about the transfer: the caller asks again. */
const NO_OUTCOME: ReadonlySet<unknown> = new Set(['unavailable', 'overloaded', 'idempotency_in_progress_timeout']);

/** A caller that was refused does not ask again at once. */
const PAUSE_MS = 20;

/** No answer for so long is a server that hangs. */
const ANSWER_WITHIN_MS = 30_000;

const ASKED_AT_ONCE = 200;

export class Callers {
  readonly #servers: readonly Address[];
  readonly #prefix: string;
  readonly #requests = new Map<string, Json>();
  /** The outcome of each key, as first heard. */
  readonly outcomes = new Map<string, string>();
  /** Everything that must not happen: a key with two outcomes, an unlawful answer, a server that hangs. */
  readonly complaints: string[] = [];
  /** Answers `unavailable`. */
  refused = 0;
  #stopped = false;
  #under: Promise<unknown> = Promise.resolve();

  constructor(servers: readonly Address[], prefix: string) {
    this.#servers = servers;
    this.#prefix = prefix;
  }

  get keys(): readonly string[] {
    return [...this.#requests.keys()];
  }

  /** So many callers, one transfer after the other each, until they are stopped. */
  start(count: number): void {
    this.#under = Promise.all(Array.from({ length: count }, (_, i) => this.#call(i)));
  }

  /** Resolves once every caller knows the outcome of the transfer that it is at. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#under;
  }

  /** Asks every key once more at each server: what was told must be told again, to the byte. */
  async askAgain(servers = this.#servers): Promise<void> {
    for (const server of servers) {
      const client = await openClient(server);
      for (let from = 0; from < this.keys.length; from += ASKED_AT_ONCE) {
        const keys = this.keys.slice(from, from + ASKED_AT_ONCE);
        client.send(...keys.map((key) => this.#requests.get(key)!));
        for (const key of keys) this.#hear(key, await answerOf(client));
      }
      client.close();
    }
  }

  async #call(caller: number): Promise<void> {
    let at = caller;
    let client: FrameClient | undefined;
    for (let number = 0; !this.#stopped && this.complaints.length === 0; number++) {
      const request = requestOf(`${this.#prefix}-${caller}-${number}`, caller + number);
      const key = request.idempotency_key;
      this.#requests.set(key, request);
      while (!this.outcomes.has(key) && this.complaints.length === 0) {
        client ??= await openClient(this.#servers[at % this.#servers.length]!).catch(() => undefined);
        client?.send(request);
        const answer = client === undefined ? undefined : await answerOf(client);
        this.#hear(key, answer);
        if (this.outcomes.has(key)) break;
        // Refused, or the connection has ended: the next server may do better.
        client?.close();
        client = undefined;
        at += 1;
        await pause(PAUSE_MS);
      }
    }
    client?.close();
  }

  #hear(key: string, answer: string | undefined): void {
    if (answer === undefined) return;
    if (answer === HANGS) return void this.complaints.push(`${key}: no answer within ${ANSWER_WITHIN_MS} ms`);
    const { ok, error } = JSON.parse(answer) as Json;
    const before = this.outcomes.get(key);
    if (before !== undefined && answer !== before && !NO_OUTCOME.has(error))
      this.complaints.push(`${key}: first ${before}, then ${answer}`);
    if (error === 'unavailable') this.refused += 1;
    if (NO_OUTCOME.has(error)) return;
    if (ok !== true) this.complaints.push(`${key}: nothing stands in its way, but it heard ${answer}`);
    if (before === undefined) this.outcomes.set(key, answer);
  }
}

function requestOf(key: string, number: number): Json & { readonly idempotency_key: string } {
  const src = BALANCES[number % BALANCES.length]!;
  const dst = BALANCES[(number + 1) % BALANCES.length]!;
  return { op: 'TRANSFER', src, dst, amount: 1, idempotency_key: key };
}

const HANGS = 'no answer';

/** The next answer; undefined when the connection ends without one. */
async function answerOf(client: FrameClient): Promise<string | undefined> {
  const late = new AbortController();
  const hangs = pause(ANSWER_WITHIN_MS, HANGS, { signal: late.signal, ref: false }).catch(() => undefined);
  const answer = await Promise.race([client.answer(), hangs]);
  late.abort();
  return answer;
}
