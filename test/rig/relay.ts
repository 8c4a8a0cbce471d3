/** A Nostr relay (NIP-01) for tests: keeps what is replaceable, passes on the rest, and can be cut off or made deaf. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { matchFilters, type Filter } from 'nostr-tools/filter';
import { verifyEvent, type Event } from 'nostr-tools/pure';
import { WebSocketServer, type WebSocket } from 'ws';

/** The kind of NIP-47's announcements, the only one here of which the newest is kept. */
const INFO = 13_194;

export class TestRelay {
  /** Kinds that are lost on their way. */
  readonly lostKinds = new Set<number>();
  readonly #deaf = new Set<WebSocket>();
  readonly #subscriptions = new Map<WebSocket, Map<string, Filter[]>>();
  readonly #kept = new Map<string, Event>();
  #server: WebSocketServer | undefined;
  #port = 0;

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: this.#port });
    this.#server = server;
    server.on('connection', (socket) => {
      this.#subscriptions.set(socket, new Map());
      socket.on('message', (data: Buffer) => this.#take(socket, JSON.parse(data.toString()) as [string, ...unknown[]]));
      socket.on('close', () => this.#subscriptions.delete(socket));
    });
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Cuts all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.#subscriptions.keys()) socket.terminate();
  }

  /** From now on nobody is listened to who is connected, and nothing is passed on to them; new connections are as always. */
  deafen(): void {
    for (const socket of this.#subscriptions.keys()) this.#deaf.add(socket);
    this.#subscriptions.clear();
  }

  async close(): Promise<void> {
    this.cut();
    for (const socket of this.#deaf) socket.terminate();
    const server = this.#server;
    await new Promise((closed) => server?.close(closed));
  }

  #take(socket: WebSocket, [type, ...rest]: [string, ...unknown[]]): void {
    if (this.#deaf.has(socket)) return;
    const mine = this.#subscriptions.get(socket);
    if (type === 'CLOSE') mine?.delete(String(rest[0]));
    if (type === 'EVENT') this.#publish(socket, rest[0] as Event);
    if (type !== 'REQ') return;
    const [name, ...filters] = rest as [string, ...Filter[]];
    mine?.set(name, filters);
    for (const event of this.#kept.values()) if (matchFilters(filters, event)) send(socket, ['EVENT', name, event]);
    send(socket, ['EOSE', name]);
  }

  #publish(from: WebSocket, event: Event): void {
    if (!verifyEvent(event)) return send(from, ['OK', event.id, false, 'invalid: signature']);
    if (event.kind === INFO) this.#kept.set(event.pubkey, event);
    send(from, ['OK', event.id, true, '']);
    if (this.lostKinds.has(event.kind)) return;
    for (const [socket, subscriptions] of this.#subscriptions) {
      for (const [name, filters] of subscriptions) {
        if (matchFilters(filters, event)) send(socket, ['EVENT', name, event]);
      }
    }
  }
}

function send(socket: WebSocket, message: readonly unknown[]): void {
  socket.send(JSON.stringify(message));
}
