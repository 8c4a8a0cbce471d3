/**
 * A TCP link that misbehaves on purpose. Requests and answers pass through it late, slowly, out of order between
 * connections, or not at all. Like a network it does not know who still waits: a request that is under way arrives even
 * after its caller has hung up, which is exactly how a late CREDIT meets a compensation.
 */
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { Address } from '../frames/server.ts';
import { Passing, unharmed, type Fate, type Gate, type Way } from './passing.ts';
import type { Random } from './random.ts';

/** How a link behaves. */
export interface Shape {
  /** Draws fates, one per connection in the order they open. */
  readonly fates: (random: Random) => () => Fate;
  /** What the link carries per second and direction, all connections together; undefined: no bound. */
  readonly bytesPerSecond?: number;
}

/** What a partition stops. */
export type Stopped = 'answers' | 'everything';

/** Of what a partition has stopped, this share arrives after it heals; the rest is lost. */
const LATE_SHARE = 0.5;

/** Connections that are still open so long after the last deed are cut. */
const IDLE_WITHIN_MS = 5_000;

export class FaultProxy implements Gate {
  readonly #server: Server;
  readonly #random: Random;
  readonly #passings = new Set<Passing>();
  #bytesPerSecond: number;
  #draw: () => Fate;
  readonly #freeAtMs = { requests: 0, answers: 0 };
  #stopped: Stopped | undefined;
  /** Deliveries that the partition holds back, in order. */
  #held: { readonly deliver: () => void; readonly lose: () => void }[] = [];
  #onIdle: (() => void) | undefined;

  private constructor(server: Server, shape: Shape, random: Random) {
    this.#server = server;
    this.#bytesPerSecond = shape.bytesPerSecond ?? Infinity;
    this.#draw = shape.fates(random.branch('fates'));
    this.#random = random.branch('heal');
  }

  /** Listens on a free port and passes everything on to `target` as `shape` says. */
  static async start(target: Address, shape: Shape, random: Random): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const proxy = new FaultProxy(server, shape, random);
    server.on('connection', (client) => {
      const passing = new Passing(client, target, proxy.#draw(), proxy);
      proxy.#passings.add(passing);
      passing.once('gone', () => proxy.#forget(passing));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, resolve);
    });
    return proxy;
  }

  get address(): Address {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is an AddressInfo
    const { address: host, port } = this.#server.address() as AddressInfo;
    return { host, port };
  }

  /** A partition begins. */
  stop(what: Stopped): void {
    this.#stopped = what;
  }

  /** The fault ends. Some of what a partition held back arrives now, late; the rest never does. */
  heal(): void {
    this.#draw = () => unharmed;
    this.#bytesPerSecond = Infinity;
    this.#stopped = undefined;
    const held = this.#held;
    this.#held = [];
    for (const { deliver, lose } of held) {
      if (this.#random.chance(LATE_SHARE)) deliver();
      else lose();
    }
  }

  /** Resolves once nothing is under way any more. */
  async idle(): Promise<void> {
    if (this.#passings.size === 0) return;
    const cut = setTimeout(() => this.#cutAll(), IDLE_WITHIN_MS);
    await new Promise<void>((resolve) => (this.#onIdle = resolve));
    clearTimeout(cut);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#cutAll();
    await closed;
  }

  /** The moment at which so many bytes have gone through this link. */
  throughAtMs(way: Way, bytes: number): number {
    const nowMs = performance.now();
    this.#freeAtMs[way] = Math.max(this.#freeAtMs[way], nowMs) + (bytes / this.#bytesPerSecond) * 1_000;
    return this.#freeAtMs[way];
  }

  /** Delivers now, or at the end of the partition that stands in the way. */
  pass(way: Way, deliver: () => void, lose: () => void): void {
    const open = this.#stopped === undefined || (this.#stopped === 'answers' && way === 'requests');
    if (open) deliver();
    else this.#held.push({ deliver, lose });
  }

  #forget(passing: Passing): void {
    this.#passings.delete(passing);
    if (this.#passings.size > 0) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }

  #cutAll(): void {
    for (const passing of this.#passings) passing.cut();
  }
}
