/** A TCP port that speaks frames: accepts within bounds, applies time limits, drains on demand. */
import { createServer as createTcpServer, isIPv6, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { limits } from '../base/limits.ts';
import { frame } from '../wire/frame.ts';
import { Connection, OVERLOADED, type Answer, type Budget } from './connection.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** PEM texts: this server's certificate and key, and the authority that its clients' certificates must come from. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface FrameServer {
  readonly address: Address;
  /** Connections that are open now. */
  readonly connections: number;
  /** Accepts nothing more, answers what is under way, cuts what is left after the drain limit. */
  drain(): Promise<void>;
}

/** Listens; port 0 takes a free one. Rejects with the system's error when the address cannot be had. */
export async function serveFrames(address: Address, answer: Answer, tls?: Tls): Promise<FrameServer> {
  const budget: Budget = { bytes: 0, unreadBytes: 0 };
  const connections = new Set<Connection>();
  const accept = (socket: Socket): void => {
    if (connections.size >= limits.connectionsMax) {
      socket.on('error', () => socket.destroy());
      socket.end(frame(OVERLOADED));
      return;
    }
    const connection = new Connection(socket, answer, budget);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  };
  // Half-open, because a client may end its side and still wait for the answer; it must get it.
  const options = { allowHalfOpen: true, noDelay: true } as const;
  const server =
    tls === undefined
      ? createTcpServer(options, accept)
      : createTlsServer(
          {
            ...options,
            ...tls,
            requestCert: true,
            rejectUnauthorized: true,
            minVersion: 'TLSv1.3',
            // Who does not get as far as a first frame is cut as everybody else; the default is two minutes.
            handshakeTimeout: limits.firstFrameMs,
          },
          accept,
        );
  // Node tells of a handshake that takes too long, and leaves the connection open.
  server.on('tlsClientError', (_, socket: Socket) => socket.destroy());
  await listen(server, address);
  const sweeper = setInterval(() => {
    const nowMs = performance.now();
    for (const connection of connections) connection.sweep(nowMs);
  }, limits.sweepMs);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is an AddressInfo
  const bound = server.address() as AddressInfo;
  return {
    address: { host: bound.address, port: bound.port },
    get connections() {
      return connections.size;
    },
    drain: () => drain(server, connections).finally(() => clearInterval(sweeper)),
  };
}

export function formatAddress({ host, port }: Address): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function listen(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: limits.backlogConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function drain(server: Server, connections: ReadonlySet<Connection>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const connection of connections) connection.drain();
  const cut = setTimeout(() => {
    for (const connection of connections) connection.destroy();
  }, limits.drainMs);
  await closed;
  clearTimeout(cut);
}
