/** One connection through a fault proxy: two ways, each of which keeps its order and has its delay. */
import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Address } from '../frames/server.ts';

/** How one connection fares; drawn when it opens. */
export interface Fate {
  readonly requestDelayMs: number;
  readonly answerDelayMs: number;
  /** Lost to a reset: the request before it arrives, or the answer after the request took effect. */
  readonly lost: 'nothing' | 'request' | 'answer';
}

export const unharmed: Fate = { requestDelayMs: 0, answerDelayMs: 0, lost: 'nothing' };

export type Way = 'requests' | 'answers';

/** What a connection shares with the others of its link: bandwidth and partitions. */
export interface Gate {
  /** The moment at which so many bytes have gone through the link. */
  throughAtMs(way: Way, bytes: number): number;
  /** Delivers now, or when the partition in the way heals, or never. */
  pass(way: Way, deliver: () => void, lose: () => void): void;
}

/** Emits `gone` once both ends are closed and nothing is under way. */
export class Passing extends EventEmitter<{ gone: [] }> {
  readonly #client: Socket;
  readonly #target: Address;
  readonly #fate: Fate;
  readonly #gate: Gate;
  readonly #requests: Lane;
  readonly #answers: Lane;
  /** Opened by the first delivery: until then the server knows nothing of this connection. */
  #server: Socket | undefined;
  #cut = false;

  constructor(client: Socket, target: Address, fate: Fate, gate: Gate) {
    super();
    this.#client = client;
    this.#target = target;
    this.#fate = fate;
    this.#gate = gate;
    this.#requests = new Lane((deliver) => this.#pass('requests', deliver));
    this.#answers = new Lane((deliver) => this.#pass('answers', deliver));
    client.on('data', (chunk: Buffer) => this.#takeRequest(chunk));
    client.on('end', () => this.#requests.add(performance.now(), () => this.#server?.end()));
    client.on('error', () => client.destroy());
    client.on('close', () => {
      // Its caller is gone, the request is not: it still arrives, and the answer finds nobody.
      this.#requests.add(performance.now(), () => this.#server?.end());
      this.#leave();
    });
  }

  /** Ends both sides at once. */
  cut(): void {
    this.#cut = true;
    this.#requests.clear();
    this.#answers.clear();
    reset(this.#client);
    this.#server?.destroy();
    this.emit('gone');
  }

  #takeRequest(chunk: Buffer): void {
    if (this.#fate.lost === 'request') return this.cut();
    const dueMs = this.#gate.throughAtMs('requests', chunk.length) + this.#fate.requestDelayMs;
    this.#requests.add(dueMs, () => this.#connected().write(chunk));
  }

  #takeAnswer(chunk: Buffer): void {
    if (this.#fate.lost === 'answer') return this.cut();
    const dueMs = this.#gate.throughAtMs('answers', chunk.length) + this.#fate.answerDelayMs;
    this.#answers.add(dueMs, () => this.#client.write(chunk));
  }

  #pass(way: Way, deliver: () => void): void {
    const lane = way === 'requests' ? this.#requests : this.#answers;
    lane.underWay += 1;
    const arrived = (): void => {
      lane.underWay -= 1;
      if (this.#cut) return;
      deliver();
      this.#leave();
    };
    this.#gate.pass(way, arrived, () => this.cut());
  }

  #connected(): Socket {
    if (this.#server !== undefined) return this.#server;
    const server = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    this.#server = server;
    server.on('data', (chunk: Buffer) => this.#takeAnswer(chunk));
    server.on('end', () => this.#answers.add(performance.now(), () => this.#client.end()));
    server.on('error', () => server.destroy());
    server.on('close', (failed) => {
      if (failed) this.#answers.add(performance.now(), () => reset(this.#client));
      this.#leave();
    });
    return server;
  }

  #leave(): void {
    if (this.#cut || this.#requests.busy || this.#answers.busy) return;
    if (this.#client.destroyed && (this.#server === undefined || this.#server.destroyed)) this.emit('gone');
  }
}

/** A reset instead of an end. A socket that is being ended cannot be reset any more: the handle would never close. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Deliveries of one way: each at its time, never before the one in front of it. */
class Lane {
  readonly #pass: (deliver: () => void) => void;
  readonly #waiting: { readonly dueMs: number; readonly deliver: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Handed on, but held back by a partition. */
  underWay = 0;

  constructor(pass: (deliver: () => void) => void) {
    this.#pass = pass;
  }

  get busy(): boolean {
    return this.#waiting.length > 0 || this.underWay > 0;
  }

  add(dueMs: number, deliver: () => void): void {
    this.#waiting.push({ dueMs, deliver });
    if (this.#waiting.length === 1) this.#run();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #run(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const waitMs = first.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#run(), Math.ceil(waitMs));
        return;
      }
      this.#waiting.shift();
      this.#pass(first.deliver);
    }
  }
}
