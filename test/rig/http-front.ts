/** Stands between a client and a server, and does to chosen requests what networks and proxies do. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after } from 'node:test';

/** What becomes of a request. */
export type Fate =
  | 'pass'
  /** The server gets it; the caller never hears of it. */
  | 'lose-answer'
  /** The caller waits. */
  | 'swallow'
  /** The connection ends in the middle of the answer. */
  | 'cut-answer'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  /** What the server answered, once it has. */
  status?: number;
}

export class HttpFront {
  readonly seen: Seen[] = [];
  readonly url: string;
  /** Ends of answers that were under way when the caller left. */
  left = 0;
  /** What becomes of the next requests; when it is empty they pass. */
  fates: Fate[] = [];

  private constructor(url: string) {
    this.url = url;
  }

  static async before(target: string): Promise<HttpFront> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const front = new HttpFront(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (incoming, outgoing) => void front.#take(target, incoming, outgoing));
    after(() => {
      server.close();
      server.closeAllConnections();
    });
    return front;
  }

  async #take(target: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const seen: Seen = { method, target: url, headers };
    this.seen.push(seen);
    const fate = this.fates.shift() ?? 'pass';
    const body = await text(incoming);
    if (fate === 'swallow') return;
    if (typeof fate === 'object') {
      outgoing.writeHead(fate.status, fate.headers).end(fate.body);
      return;
    }
    const onward = request(target + url, { method, headers });
    onward.end(body);
    outgoing.on('close', () => {
      if (!outgoing.writableEnded) this.left++;
      onward.destroy();
    });
    const answer = await once(onward, 'response').then(
      ([response]: IncomingMessage[]) => response!,
      () => undefined,
    );
    if (answer === undefined) return void outgoing.destroy();
    seen.status = answer.statusCode ?? 0;
    if (fate === 'lose-answer') {
      await text(answer);
      return void outgoing.destroy();
    }
    outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
    answer.on('error', () => outgoing.destroy());
    answer.on('data', (bytes: Buffer) => {
      if (fate === 'cut-answer') outgoing.write(bytes.subarray(0, bytes.length / 2), () => outgoing.destroy());
      else outgoing.write(bytes);
    });
    answer.on('end', () => outgoing.end());
  }
}
