/**
 * TRANSFER frames made ahead: all have one length, and only the idempotency key is written anew. The generator shares the
 * machine with the server, so what it spends on a request is missing in the figure.
 */
import { randomBytes } from 'node:crypto';
import { frame } from '../wire/frame.ts';
import type { Requests } from './plan.ts';

const KEY_LENGTH = 36;
const DIGITS = 12;
const HOLE = '########-####-####-####-############';
/** Where the sixteen bytes of a UUID stand, two digits each. */
const PAIRS_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

const hexPairs = Uint16Array.from({ length: 256 }, (_, byte) => {
  const [high = 0, low = 0] = Buffer.from(byte.toString(16).padStart(2, '0'));
  return (high << 8) | low;
});

interface Template {
  readonly bytes: Buffer;
  readonly keyAt: number;
}

export class RequestWriter {
  /** Length of every frame. */
  readonly bytes: number;
  readonly #templates: readonly Template[];
  readonly #write: (into: Buffer, at: number) => void;
  #turn = 0;

  constructor({ sources, balances, keys }: Requests) {
    const routes = routesOf(sources, balances);
    const longest = Math.max(...routes.map((route) => payload(route).length));
    this.#templates = routes.map((route) => {
      // JSON may end in spaces.
      const bytes = frame(payload(route).padEnd(longest));
      return { bytes, keyAt: bytes.indexOf(HOLE) };
    });
    this.bytes = this.#templates[0]!.bytes.length;
    this.#write = keys === 'random' ? randomKeys() : sequentialKeys();
  }

  /** Writes the next request, each template in its turn. */
  write(into: Buffer, at: number): void {
    this.writeRoute(this.#turn, into, at);
    this.#turn = this.#turn + 1 === this.#templates.length ? 0 : this.#turn + 1;
  }

  /** Writes a request of one route: of `returning` requests 0 goes there and 1 comes back. */
  writeRoute(route: number, into: Buffer, at: number): void {
    const { bytes, keyAt } = this.#templates[route]!;
    into.set(bytes, at);
    this.#write(into, at + keyAt);
  }
}

type Route = readonly [src: string, dst: string];

function routesOf(sources: Requests['sources'], balances: readonly string[]): Route[] {
  const [first, second] = balances;
  if (first === undefined || second === undefined) throw new Error('a load needs two balances');
  const there: Route = [first, second];
  if (sources === 'uniform') return balances.map((src, i) => [src, balances[(i + 1) % balances.length]!]);
  return sources === 'hot' ? [there] : [there, [second, first]];
}

function payload([src, dst]: Route): string {
  return JSON.stringify({ op: 'TRANSFER', src, dst, amount: 1, idempotency_key: HOLE });
}

/** In the form of a UUID: 128 bits of chance from a small generator with a seed of the system's. */
function randomKeys(): (into: Buffer, at: number) => void {
  const state = new Uint32Array(randomBytes(16).buffer.slice(0, 16));
  if (state.every((word) => word === 0)) state[0] = 1;
  const next = (): number => {
    // xorshift128
    const t = state[0]! ^ (state[0]! << 11);
    state[0] = state[1]!;
    state[1] = state[2]!;
    state[2] = state[3]!;
    state[3] = state[3]! ^ (state[3]! >>> 19) ^ t ^ (t >>> 8);
    return state[3];
  };
  return (into, at) => {
    let bits = 0;
    for (let byte = 0; byte < PAIRS_AT.length; byte++) {
      bits = byte % 4 === 0 ? next() : bits >>> 8;
      const pair = hexPairs[bits & 0xff]!;
      into[at + PAIRS_AT[byte]!] = pair >>> 8;
      into[at + PAIRS_AT[byte]! + 1] = pair & 0xff;
    }
  };
}

const ZERO = 0x30;

function sequentialKeys(): (into: Buffer, at: number) => void {
  const run = Buffer.from(randomBytes((KEY_LENGTH - DIGITS) / 2).toString('hex'));
  let number = 0;
  return (into, at) => {
    into.set(run, at);
    number += 1;
    let rest = number;
    for (let digit = KEY_LENGTH - 1; digit >= run.length; digit--) {
      into[at + digit] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  };
}
