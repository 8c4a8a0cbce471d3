/** The HTTP port: listens, bounds what a connection may do and take, and drains on demand. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { limits } from '../base/limits.ts';
import { refused } from '../operations/api-operation.ts';
import type { ApiError } from '../operations/codes.ts';
import { lingerBehind } from './lingering.ts';
import { errorBody, headersOf, refuse, requestIdOf } from './respond.ts';
import { errorTable } from './statuses.ts';

/** Where HTTP listens. */
interface Address {
  readonly host: string;
  readonly port: number;
}

export interface HttpServer {
  readonly address: Address;
  /** Accepts nothing more, answers what is under way, cuts what is left after the drain limit. */
  drain(): Promise<void>;
}

/** Listens; rejects with the system's error when the address cannot be had. */
export async function serveHttp(app: Hono, { host, port }: Address): Promise<HttpServer> {
  const listener = getRequestListener(app.fetch, {
    hostname: host,
    // What is left of a request is our own to drop, by limits of our own.
    autoCleanupIncoming: false,
    // Only what is no request at all gets here: a target or a Host header that makes no address.
    errorHandler: () => refuse(refused('invalid_request'), requestIdOf(new Headers())),
  });
  const server = createServer(
    {
      maxHeaderSize: limits.httpHeaderBytesMax,
      headersTimeout: limits.httpReceiveMs,
      requestTimeout: limits.httpReceiveMs,
      keepAliveTimeout: limits.idleConnectionMs,
      connectionsCheckingInterval: limits.sweepMs,
      noDelay: true,
    },
    (incoming, outgoing) => {
      lingerBehind(incoming, outgoing);
      void listener(incoming, outgoing);
    },
  );
  server.maxConnections = limits.connectionsMax;
  server.on('clientError', answerBroken);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: limits.backlogConnections }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is an AddressInfo
  const bound = server.address() as AddressInfo;
  return { address: { host: bound.address, port: bound.port }, drain: () => drain(server) };
}

/** Bytes that are no request still get the envelope, where somebody can still read it. */
function answerBroken(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code: ApiError =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'headers_too_large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'request_timeout'
        : 'invalid_request';
  const requestId = requestIdOf(new Headers());
  const body = errorBody(code, requestId);
  const lines = Object.entries({
    ...headersOf(requestId),
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${errorTable[code].status} ${code}\r\n${lines.join('')}\r\n${body}`);
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose last answer is out would stay open for a next request.
  const sweep = setInterval(() => server.closeIdleConnections(), limits.httpDrainSweepMs);
  const cut = setTimeout(() => server.closeAllConnections(), limits.drainMs);
  await closed;
  clearTimeout(cut);
  clearInterval(sweep);
}
