/**
 * What the skins of Lightning backends have in common: an LDK node with a payer beside it, so that hashes, preimages, holding and
 * refusals are real, and a server in front of it that can be cut off, stand still, or answer with what it is told to.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';
import type { LightningNode } from '../../src/lightning/node.ts';
import { SandboxLink } from '../../src/lightning/sandbox/link.ts';
import type { CallName, Calls, Incoming, SettledPayment } from '../../src/lightning/sandbox/messages.ts';
import type { Backend, BackendPlace, Paid } from '../contract/lightning.ts';
import type { Identity } from './certificates.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Two LDK nodes with a channel: the sandbox's, without what the server puts around it. */
export class Money {
  readonly #link: SandboxLink;
  readonly nodeId: string;

  private constructor(link: SandboxLink, nodeId: string) {
    this.#link = link;
    this.nodeId = nodeId;
  }

  static async open(): Promise<Money> {
    const ready = Promise.withResolvers<string>();
    const link = new SandboxLink({
      data: { file: join(temporaryDirectory(), 'sandbox.db') },
      script: new URL('../../src/lightning/sandbox/worker.ts', import.meta.url),
      ready: ({ nodeId }) => ready.resolve(nodeId),
      lost: (reason) => ready.reject(new Error(reason)),
    });
    return new Money(link, await ready.promise);
  }

  /** Rejects with LightningRefused when the engine refuses. */
  call<N extends CallName>(call: N, ask: Calls[N]['ask']): Promise<Calls[N]['answer']> {
    return this.#link.call(call, ask);
  }

  issue(ask: Omit<Calls['issue']['ask'], 'node'>): Promise<Calls['issue']['answer']> {
    return this.call('issue', { node: 'merchant', ...ask });
  }

  lookUp(paymentHash: string): Promise<Incoming | undefined> {
    return this.call('lookUp', { node: 'merchant', paymentHash });
  }

  /** First payments of invoices, in the order in which they came. */
  async firstSettlements(): Promise<readonly SettledPayment[]> {
    const all = await this.call('settlements', { after: 0, limit: 10_000 });
    return all.filter((paid, at) => all.findIndex((other) => other.paymentHash === paid.paymentHash) === at);
  }

  /** Calls whenever a payment came in, until the returned function is called. */
  onSettled(listener: () => void): () => void {
    const stop = new AbortController();
    const listen = async (): Promise<void> => {
      let seen = this.#link.news;
      while (!stop.signal.aborted) {
        await this.#link.newsAfter(seen, stop.signal);
        seen = this.#link.news;
        if (!stop.signal.aborted) listener();
      }
    };
    listen().catch(() => {});
    return () => stop.abort();
  }

  async pay(bolt11: string): Promise<Paid> {
    const paid = await this.call('pay', { bolt11, msat: null, again: true });
    if (paid.preimage !== null) return { ok: true, preimage: paid.preimage };
    return { ok: false, reason: paid.reason ?? 'no reason' };
  }

  async payerMsat(): Promise<bigint> {
    return (await this.call('info', { node: 'payer' })).spendableMsat;
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

/** A request with its body. */
export interface Asked {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: string;
  readonly response: ServerResponse;
}

/** What to send, or that it is done. */
type Answer = { readonly status: number; readonly body: unknown } | 'answered';
export type Answering = (asked: Asked) => Promise<Answer>;
/** Undefined: this request is answered as always. */
export type Instead = (asked: Asked) => Answer | undefined;

/** A server on a port of its own, with and without TLS. */
export class SkinServer {
  /** Methods and paths, in the order in which they were asked for. */
  readonly requests: string[] = [];
  /** Set: requests are answered with this instead. */
  instead: Instead | undefined;
  readonly #server: Server;
  readonly #answering: Answering;
  #port = 0;

  constructor(answering: Answering, tls?: Identity) {
    this.#answering = answering;
    const take = (request: IncomingMessage, response: ServerResponse): void => void this.#take(request, response);
    this.#server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://skin');
    this.requests.push(`${request.method} ${url.pathname}`);
    const asked = { request, url, body: await text(request), response };
    const answer = this.instead?.(asked) ?? (await this.#answering(asked));
    if (answer === 'answered') return;
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
  }
}

/** Takes connections and never says a word. */
export async function standStill(): Promise<{ readonly port: number; readonly end: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, end };
}

export interface Skin {
  readonly money: Money;
  readonly server: SkinServer;
}

/**
 * Opened by whoever needs it first, closed after the last test of the file that calls this: a node takes the better part of a
 * second to start.
 */
export function sharedSkin<S extends Skin>(open: () => Promise<S>): () => Promise<S> {
  let opening: Promise<S> | undefined;
  after(async () => {
    const skin = await opening;
    await skin?.server.close();
    await skin?.money.close();
  });
  return () => (opening ??= open());
}

/** A place for the contract: a skin, an adapter connected to it, and the money that moves behind it. */
export function placeOf<S extends Skin>(parts: {
  readonly open: () => Promise<S>;
  readonly connect: (port: number, callMs?: number) => LightningNode;
  readonly closesOpen: boolean;
}): BackendPlace {
  return {
    network: 'bcrt',
    paidTwice: 'counted',
    closesOpen: parts.closesOpen,
    async open(): Promise<Backend> {
      const skin = await parts.open();
      const { money, server } = skin;
      const node = parts.connect(server.port);
      return {
        node,
        payeeKey: money.nodeId,
        pay: (bolt11) => money.pay(bolt11),
        payerMsat: () => money.payerMsat(),
        async restart() {
          await server.close();
          await server.listen();
          return node;
        },
        close: () => node.close(),
      };
    },
    async silent() {
      const { port, end } = await standStill();
      return { node: parts.connect(port, SILENT_CALL_MS), end };
    },
  };
}

/** How long an adapter waits here for a node that says nothing. */
const SILENT_CALL_MS = 150;
