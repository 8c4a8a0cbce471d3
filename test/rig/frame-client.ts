/**
 * A client of the TCP ports as an outsider would write it from P-01, with nothing of the server's own code: so that a
 * mistake in the server's framing is not repeated here and thereby hidden.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export type Json = Record<string, unknown>;

/** 4 bytes of length, big-endian, then the payload. */
export function frameOf(payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  return Buffer.concat([header, body]);
}

export function framesOf(requests: readonly Json[]): Buffer {
  return Buffer.concat(requests.map((request) => frameOf(JSON.stringify(request))));
}

export class FrameClient {
  readonly socket: Socket;
  /** Resolves when the server has ended its side or cut the connection. */
  readonly ended: Promise<void>;
  #buffer = Buffer.alloc(0);
  readonly #answers: string[] = [];
  readonly #waiting: ((answer: string | undefined) => void)[] = [];
  #over = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => {
      const over = (): void => {
        this.#over = true;
        for (const tell of this.#waiting.splice(0)) tell(undefined);
        resolve();
      };
      socket.on('data', (chunk: Buffer) => this.#take(chunk));
      socket.once('end', over);
      socket.once('close', over);
      socket.on('error', over);
    });
  }

  send(...requests: readonly Json[]): void {
    this.socket.write(framesOf(requests));
  }

  /** The next answer's text, or undefined when the server ends the connection without one. */
  answer(): Promise<string | undefined> {
    const ready = this.#answers.shift();
    if (ready !== undefined || this.#over) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async answers(count: number): Promise<(string | undefined)[]> {
    const all: (string | undefined)[] = [];
    while (all.length < count) all.push(await this.answer());
    return all;
  }

  /** Everything that still comes until the server ends the connection. */
  async rest(): Promise<string[]> {
    await this.ended;
    return this.#answers.splice(0);
  }

  close(): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 4 && this.#buffer.length >= 4 + this.#buffer.readUInt32BE()) {
      const end = 4 + this.#buffer.readUInt32BE();
      const answer = this.#buffer.toString('utf8', 4, end);
      this.#buffer = this.#buffer.subarray(end);
      const tell = this.#waiting.shift();
      if (tell === undefined) this.#answers.push(answer);
      else tell(answer);
    }
  }
}

/** Connects; a client may end its side and still read (half-open). */
export function openClient({ host, port }: Address, tls?: ConnectionOptions): Promise<FrameClient> {
  const options = { host, port, allowHalfOpen: true };
  return new Promise((resolve, reject) => {
    const ready = tls === undefined ? 'connect' : 'secureConnect';
    const socket = tls === undefined ? connectTcp(options) : connectTls({ ...options, ...tls });
    socket.once('error', reject);
    socket.once(ready, () => {
      socket.off('error', reject);
      resolve(new FrameClient(socket));
    });
  });
}

/** One request on a fresh socket, as the source's protocol does it; the answer as text. */
export async function ask(address: Address, request: Json): Promise<string> {
  const client = await openClient(address);
  client.send(request);
  const answer = await client.answer();
  client.close();
  if (answer === undefined) throw new Error(`no answer to ${JSON.stringify(request)}`);
  return answer;
}

/** The same, parsed. */
export async function askJson(address: Address, request: Json): Promise<Json> {
  return JSON.parse(await ask(address, request)) as Json;
}
