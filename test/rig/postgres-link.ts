/**
 * A network between a server and its PostgreSQL that breaks at a chosen statement: before it arrives, after its answer was
 * lost, or with the statement still on its way. It knows the protocol well enough to tell one message from the next.
 */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * `before`: the statement never arrives. `after`: it is carried out, and its answer is lost. `late`: whoever sent it is cut
 * off, and it arrives when the test says so.
 */
export type Cut = 'before' | 'after' | 'late';

/** Opening a connection, as if it were a statement. */
export const CONNECTING = 'connecting';

interface Target {
  readonly host: string;
  readonly port: number;
}

const targetOf = ({ hostname, port }: URL): Target => ({ host: hostname, port: Number(port) });

interface Plan {
  readonly statement: string;
  readonly cut: Cut;
  readonly done: (deliver: () => void) => void;
}

interface Message {
  readonly bytes: Buffer;
  /** Of a prepared statement its name, of other statements the text, else empty. */
  readonly statement: string;
}

export class PostgresLink {
  readonly #server: Server;
  #target: Target;
  readonly #sockets = new Set<Socket>();
  #plan: Plan | undefined;
  #port = 0;

  private constructor(server: Server, url: URL) {
    this.#server = server;
    this.#target = targetOf(url);
    server.on('connection', (client) => this.#pass(client));
  }

  /** Listens on a free port for servers that shall reach the database of `url`. */
  static async start(url: string): Promise<PostgresLink> {
    const server = createServer({ noDelay: true });
    const link = new PostgresLink(server, new URL(url));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    link.#port = (server.address() as AddressInfo).port;
    return link;
  }

  /** The same database by way of this link. */
  through(url: string): string {
    const through = new URL(url);
    through.port = String(this.#port);
    return through.href;
  }

  /** Leads elsewhere from now on: another server has taken that place. */
  lead(url: string): void {
    this.cutAll();
    this.#target = targetOf(new URL(url));
  }

  /** Cuts the next connection that comes to this statement. Resolves when it has, with what lets a late one arrive. */
  cutAt(statement: string, cut: Cut): Promise<() => void> {
    return new Promise((done) => (this.#plan = { statement, cut, done }));
  }

  /** Cuts every connection at once. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nobody listens, as if the database were gone. */
  refuse(): Promise<void> {
    this.cutAll();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Listens again, where it did before. */
  accept(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    return this.#server.listening ? this.refuse() : Promise.resolve();
  }

  #pass(client: Socket): void {
    const server = connect({ ...this.#target, noDelay: true });
    const reader = new MessageReader();
    /** What the lost answer ends with, once it is to be lost. */
    let losing: { readonly until: RegExp; readonly done: Plan['done'] } | undefined;
    let heard = '';
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    let apart = false;
    client.on('close', () => !apart && server.destroy());
    server.on('close', end);
    client.on('data', (chunk: Buffer) => {
      for (const { bytes, statement } of reader.push(chunk)) {
        if (apart || client.destroyed) return;
        const plan = this.#plan?.statement === statement ? this.#plan : undefined;
        if (plan === undefined) {
          server.write(bytes);
          continue;
        }
        this.#plan = undefined;
        if (plan.cut === 'after') {
          losing = { until: answerOf(statement), done: plan.done };
          server.write(bytes);
          continue;
        }
        apart = plan.cut === 'late';
        client.destroy();
        if (!apart) server.destroy();
        // What follows it in the same breath belongs to it: execute, and the end of the request.
        const rest = Buffer.concat([bytes, ...reader.rest()]);
        plan.done(() => server.end(rest));
      }
    });
    server.on('data', (chunk: Buffer) => {
      if (apart) return;
      if (losing === undefined) {
        client.write(chunk);
        return;
      }
      heard += chunk.toString('latin1');
      if (!losing.until.test(heard)) return;
      end();
      losing.done(() => {});
    });
  }
}

/** How the answer to a statement ends, as far as it can be told. */
function answerOf(statement: string): RegExp {
  if (statement === CONNECTING) return /Z\0\0\0.I/s;
  if (statement === 'begin') return /BEGIN\0/;
  if (statement === 'commit') return /COMMIT\0/;
  return statement.startsWith('append') ? /INSERT 0 \d+\0/ : /SELECT \d+\0/;
}

/** Cuts a client's bytes into messages. The first has no type: it opens the connection. */
class MessageReader {
  #buffer = Buffer.alloc(0);
  #opened = false;
  readonly #read: Message[] = [];

  /** Whole messages, in order; those that are not taken any more can be had with `rest`. */
  *push(chunk: Buffer): Generator<Message> {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const typed = this.#opened ? 1 : 0;
      if (this.#buffer.length < typed + 4) break;
      const size = typed + this.#buffer.readUInt32BE(typed);
      if (this.#buffer.length < size) break;
      this.#read.push(this.#message(this.#buffer.subarray(0, size)));
      this.#buffer = this.#buffer.subarray(size);
      this.#opened = true;
    }
    for (let message = this.#read.shift(); message !== undefined; message = this.#read.shift()) yield message;
  }

  rest(): Buffer[] {
    return [...this.#read.splice(0).map(({ bytes }) => bytes), this.#buffer];
  }

  #message(bytes: Buffer): Message {
    if (!this.#opened) return { bytes, statement: CONNECTING };
    const type = String.fromCharCode(bytes[0]!);
    const texts = bytes.toString('latin1', 5).split('\0');
    // Bind names its portal first.
    if (type === 'B') return { bytes, statement: texts[1] ?? '' };
    return { bytes, statement: type === 'Q' ? (texts[0] ?? '') : '' };
  }
}
