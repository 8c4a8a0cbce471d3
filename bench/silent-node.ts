/** A Lightning node's address where nothing listens, or where somebody takes connections and never says a word. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';

export class SilentNode {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket.on('error', () => socket.destroy()));
  });
  #port = 0;

  /** A port of its own, where nothing listens yet. */
  static async start(): Promise<SilentNode> {
    const node = new SilentNode();
    await node.listen();
    node.#port = (node.#server.address() as AddressInfo).port;
    await node.refuse();
    return node;
  }

  /** The setting of a server that counts on this node; its secret goes into `folder`. */
  setting(folder: string): string {
    const file = join(folder, 'node.password');
    writeFileSync(file, 'none', { mode: 0o600 });
    return `phoenixd+http://127.0.0.1:${this.#port}?password-file=${file}`;
  }

  /** From now on connections are taken, and nothing is answered. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** From now on connections are refused. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    await closed;
  }
}
