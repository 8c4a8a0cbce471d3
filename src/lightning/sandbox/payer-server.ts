/** The demo payer's port: listens, lets in who knows the password, and bounds what a connection may do and take. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '../../base/limits.ts';
import { LightningUnavailable } from '../node.ts';
import { isPassword } from './password.ts';
import type { PayerAnswer, PayerApi } from './payer-api.ts';

/** Where it listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface PayerServer {
  readonly address: Address;
  /** Cuts what is under way, too: a payment that is held could take hours. */
  close(): Promise<void>;
}

/** Rejects with the system's error when the address cannot be had. */
export async function servePayer(api: PayerApi, password: string, { host, port }: Address): Promise<PayerServer> {
  const server = createServer(
    {
      maxHeaderSize: limits.httpHeaderBytesMax,
      headersTimeout: limits.httpReceiveMs,
      requestTimeout: limits.httpReceiveMs,
      keepAliveTimeout: limits.idleConnectionMs,
      connectionsCheckingInterval: limits.sweepMs,
    },
    (request, response) => {
      answer(api, password, request).then(
        (found) => send(response, found),
        (error: unknown) => send(response, failure(error)),
      );
    },
  );
  server.maxConnections = limits.payerConnectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is an AddressInfo
  const bound = server.address() as AddressInfo;
  return {
    address: { host: bound.address, port: bound.port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(api: PayerApi, password: string, request: IncomingMessage): Promise<PayerAnswer> {
  if (!isPassword(presentedBy(request), password))
    return { status: 401, body: 'Basic authentication with the password of the file payer.password is needed.' };
  const body = await bodyOf(request);
  if (body === undefined) return { status: 413, body: `A request has at most ${limits.payerBodyBytesMax} bytes.` };
  const [path = '', ...query] = request.url?.split('?') ?? [];
  const asked = { path, query: new URLSearchParams(query.join('?')), form: new URLSearchParams(body) };
  return api.answer({ method: request.method ?? '', ...asked });
}

/** As in phoenixd the user may be anything. Empty where there is no password, which is none that was ever made. */
function presentedBy({ headers }: IncomingMessage): string {
  const [, encoded = ''] = /^basic ([a-z0-9+/=]{1,1024})$/i.exec(headers.authorization ?? '') ?? [];
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  return decoded.slice(decoded.indexOf(':') + 1);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    if (!(piece instanceof Buffer)) continue;
    bytes += piece.length;
    if (bytes > limits.payerBodyBytesMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function failure(error: unknown): PayerAnswer {
  if (error instanceof LightningUnavailable) return { status: 503, body: `${error.message}: ask again.` };
  return { status: 500, body: 'Something is wrong with the sandbox.' };
}

function send(response: ServerResponse, { status, body }: PayerAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Basic realm="purser sandbox payer"' } : {}),
    // What was not read would be taken for the next request.
    ...(status === 401 || status === 413 ? { Connection: 'close' } : {}),
  });
  response.end(isText ? body : JSON.stringify(body));
}
