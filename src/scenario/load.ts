/** What a workload works with: who it may move money between, how it asks, and where it says what it expected. */
import type { Address } from '../frames/server.ts';
import { isFinal, notRefused, parseAnswer, parseObject, unlawful, type Spoken } from './answers.ts';
import { ask, inParallel } from './asking.ts';
import type { Caller } from './caller.ts';
import type { Random } from './random.ts';
import { References, type Order, type Reference } from './references.ts';
import type { DriverSettings, Rail } from './settings.ts';

export interface Workload {
  readonly about: string;
  /** BANK_* that the server needs so that its limits permit the load. */
  readonly env?: Readonly<Record<string, string>>;
  readonly run: (load: Load) => Promise<void>;
}

export interface LoadParts {
  readonly settings: DriverSettings;
  readonly rail: Rail;
  readonly random: Random;
  readonly caller: Caller;
  /** The payment gateways themselves: BALANCE and STATS are asked past the fault. */
  readonly gateways: readonly Address[];
  /** Begins every key of this scenario. */
  readonly prefix: string;
  /** No fault is at work: answers can be foretold. */
  readonly calm: boolean;
  /** The server began for this load and has no other callers: balances and counters can be foretold. */
  readonly fresh: boolean;
  readonly referencesMax: number;
  /** Something is not as it has to be. */
  readonly object: (subject: string, message: string) => void;
}

/** A transfer and what was heard: undefined when patience ended first. */
export interface Told {
  readonly reference: Reference;
  readonly spoken: Spoken | undefined;
}

const DIRECT_MS = 10_000;

export class Load {
  readonly settings: DriverSettings;
  readonly rail: Rail;
  readonly random: Random;
  readonly caller: Caller;
  readonly calm: boolean;
  readonly fresh: boolean;
  readonly references = new References();
  readonly #parts: LoadParts;
  #looks = 0;

  constructor(parts: LoadParts) {
    this.#parts = parts;
    ({ settings: this.settings, rail: this.rail, random: this.random, caller: this.caller } = parts);
    ({ calm: this.calm, fresh: this.fresh } = parts);
  }

  /** Everything can be foretold. */
  get exact(): boolean {
    return this.calm && this.fresh;
  }

  /** Servers that work on one ledger. */
  get servers(): number {
    return this.#parts.gateways.length;
  }

  /** A workload's usual number of transfers, as many as the environment asks for, no more than the fault leaves time for. */
  count(usual: number): number {
    const wanted = Math.max(usual, this.settings.transfers);
    return this.calm ? wanted : Math.min(wanted, this.#parts.referencesMax);
  }

  /** A workload's usual number of callers at a time, or more when the environment asks for more. */
  callers(usual: number): number {
    return Math.max(usual, this.settings.concurrency);
  }

  /** A transfer between two different balances. */
  order(amountMax: bigint): Order {
    const [src, dst] = this.random.shuffled(this.rail.balances);
    if (src === undefined || dst === undefined) throw new RangeError('a transfer needs two balances');
    return { src, dst, amount: BigInt(this.random.integer(1, Number(amountMax))) };
  }

  orders(count: number, amountMax: bigint): Order[] {
    return Array.from({ length: count }, () => this.order(amountMax));
  }

  /** A new key. */
  reference(order: Order): Reference {
    return this.references.add(`${this.#parts.prefix}:${this.references.size + 1}`, order);
  }

  /** One transfer to its answer; whatever is said has to be lawful. */
  async transfer(reference: Reference): Promise<Told> {
    const spoken = await this.caller.transfer(reference);
    this.judge(reference, spoken);
    return { reference, spoken };
  }

  /** Sends orders under new keys, every so-manieth twice at once (`BANK_DUPLICATE_EVERY`). Answers come in the order's order. */
  async transfers(orders: readonly Order[], concurrency: number): Promise<Told[]> {
    const told: Told[] = [];
    const every = this.settings.duplicateEvery;
    await inParallel(orders, concurrency, async (order, index) => {
      const reference = this.reference(order);
      const twice = every > 0 && (index + 1) % every === 0;
      const [first, second] = await Promise.all([
        this.transfer(reference),
        ...(twice ? [this.transfer(reference)] : []),
      ]);
      if (second !== undefined) this.expectSame(first.spoken, second.spoken, reference.key);
      told[index] = first;
    });
    return told;
  }

  /** A request that is refused before anything is recorded, or a conflict; `request` is JSON text. */
  async probe(request: string, code: string): Promise<void> {
    const text = await this.caller.request(request);
    if (text === undefined) return this.expect(!this.calm, request, 'no answer');
    const wrong = notRefused(parseAnswer(text), code);
    if (wrong !== undefined) this.object(request, wrong);
  }

  judge(reference: Reference, spoken: Spoken | undefined): void {
    if (spoken === undefined) return this.expect(!this.calm, reference.key, 'no answer');
    const wrong = unlawful(spoken);
    if (wrong !== undefined) this.object(reference.key, wrong);
    if (this.calm) this.expect(isFinal(spoken), reference.key, `no outcome without a fault: ${spoken.text}`);
  }

  /** In calm weather on a rail of our own, all of these succeed. */
  expectSuccess(told: readonly Told[]): void {
    if (!this.exact) return;
    for (const { reference, spoken } of told)
      this.expect(spoken?.ok === true, reference.key, `expected a success, heard ${spoken?.text}`);
  }

  /** Two answers to one key are the same bytes, as far as both are final. */
  expectSame(one: Spoken | undefined, other: Spoken | undefined, key: string): void {
    if (one === undefined || other === undefined || !isFinal(one) || !isFinal(other)) return;
    this.expect(one.text === other.text, key, `heard ${one.text} and ${other.text}`);
  }

  expect(holds: boolean, subject: string, message: string): void {
    if (!holds) this.object(subject, message);
  }

  object(subject: string, message: string): void {
    this.#parts.object(subject, message);
  }

  /** BALANCE of a payment gateway; undefined when it has no answer to give. */
  async balances(): Promise<{ readonly byName: ReadonlyMap<string, bigint>; readonly total: bigint } | undefined> {
    const { balances, total } = await this.#direct(
      this.#parts.gateways[this.#looks++ % this.servers],
      '{"op":"BALANCE"}',
    );
    if (typeof balances !== 'object' || balances === null || !Number.isSafeInteger(total)) return undefined;
    const byName = Object.entries(balances).map(([name, value]) => [name, BigInt(Number(value))] as const);
    return { byName: new Map(byName), total: BigInt(Number(total)) };
  }

  /** STATS of the payment gateways, added up. */
  async stats(): Promise<Readonly<Record<string, number>>> {
    const sums: Record<string, number> = {};
    for (const gateway of this.#parts.gateways)
      for (const [name, value] of Object.entries(await this.#direct(gateway, '{"op":"STATS"}')))
        sums[name] = (sums[name] ?? 0) + Number(value);
    return sums;
  }

  async #direct(gateway: Address | undefined, payload: string): Promise<Readonly<Record<string, unknown>>> {
    return parseObject((gateway && (await ask(gateway, payload, DIRECT_MS))) ?? '');
  }
}
