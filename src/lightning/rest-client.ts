/**
 * What every node that speaks HTTP needs of a client: a certificate that is pinned and always checked, a bound on time and size,
 * lines of an answer that never ends, and errors in the port's words. Every call has a connection of its own: none can have gone
 * stale, so no call needs to be repeated without knowing whether it was done.
 */
import { X509Certificate } from 'node:crypto';
import { request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestTls, type RequestOptions } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { limits } from '../base/limits.ts';
import { LightningRefused, LightningUnavailable } from './node.ts';

export interface RestTarget {
  /** For messages: `LND`. */
  readonly name: string;
  /** Scheme, host and port. */
  readonly url: string;
  /** The credential; in no message. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM, one or several certificates: the node's own, or the authorities that it is signed by. */
  readonly certificate: string | undefined;
  readonly callMs?: number | undefined;
}

export interface RestCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
  /** On top of the usual time, for a call that is meant to wait. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface RestAnswer {
  readonly status: number;
  readonly text: string;
}

/** What may end a call before its answer. */
interface CallEnd {
  readonly signal: AbortSignal;
  /** Set once it was ended. */
  readonly reason: string | undefined;
  readonly now: (reason: string) => void;
  /** The call is over. */
  readonly forget: () => void;
}

/** Errors of Node and OpenSSL that say: somebody else's certificate. */
const certificateTrouble = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ALTNAME/;

export class RestClient {
  readonly name: string;
  readonly #url: URL;
  readonly #options: RequestOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #callMs: number;
  readonly #ends = new Set<(reason: string) => void>();
  #isClosed = false;

  constructor(target: RestTarget) {
    this.name = target.name;
    this.#url = new URL(target.url);
    this.#callMs = target.callMs ?? limits.lightningCallMs;
    this.#headers = target.headers;
    this.#options = { agent: false, ...pinned(target.certificate) };
  }

  /** Any status is an answer. Rejects with LightningUnavailable, and with LightningRefused when the certificate is another one. */
  async call(call: RestCall): Promise<RestAnswer> {
    const end = this.#begin(call.signal);
    const timer = setTimeout(() => end.now('no answer in time'), this.#callMs + (call.waitMs ?? 0));
    try {
      const response = await this.#send(call, end.signal);
      return { status: response.statusCode ?? 0, text: await readText(response) };
    } catch (error) {
      throw this.#trouble(end.reason ?? error);
    } finally {
      clearTimeout(timer);
      end.forget();
    }
  }

  /**
   * The lines of an answer without an end. Throws LightningUnavailable when the connection breaks or ends, or `signal` aborts, and
   * `refusal` of an answer that is not 200. The node may send nothing, not even a status, before there is a line.
   */
  async *lines(path: string, signal: AbortSignal, refusal: (answer: RestAnswer) => Error): AsyncGenerator<string> {
    const end = this.#begin(signal);
    const timer = setTimeout(() => end.now('no connection in time'), this.#callMs);
    try {
      const response = await this.#send({ method: 'GET', path }, end.signal, () => clearTimeout(timer));
      if (response.statusCode !== 200) {
        throw refusal({ status: response.statusCode ?? 0, text: await readText(response) });
      }
      yield* splitLines(response);
    } catch (error) {
      throw this.#trouble(end.reason ?? error);
    } finally {
      clearTimeout(timer);
      end.forget();
    }
    throw this.#trouble('the stream has ended');
  }

  close(): void {
    this.#isClosed = true;
    for (const end of this.#ends) end('the connection was closed');
  }

  /**
   * What ends one call: its time, its caller, or closing. Made of listeners that are taken off again, because signals that
   * depend on a long-lived one stay with it.
   */
  #begin(callers: AbortSignal | undefined): CallEnd {
    const controller = new AbortController();
    const end = {
      signal: controller.signal,
      reason: undefined as string | undefined,
      now: (reason: string): void => {
        end.reason ??= reason;
        controller.abort();
      },
      forget: (): void => {
        this.#ends.delete(end.now);
        callers?.removeEventListener('abort', leave);
      },
    };
    const leave = (): void => end.now('given up by the caller');
    this.#ends.add(end.now);
    callers?.addEventListener('abort', leave);
    if (this.#isClosed) end.now('the connection was closed');
    if (callers?.aborted === true) leave();
    return end;
  }

  #send(call: RestCall, signal: AbortSignal, connected?: () => void): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers: Record<string, string> = { ...this.#headers, accept: 'application/json' };
    if (call.body !== undefined) {
      headers['content-type'] = call.body.type;
      headers['content-length'] = String(Buffer.byteLength(call.body.text));
    }
    const isTls = this.#url.protocol === 'https:';
    const options: RequestOptions = {
      ...this.#options,
      method: call.method,
      headers,
      signal,
    };
    const url = new URL(call.path, this.#url);
    const request: ClientRequest = isTls ? requestTls(url, options, resolve) : requestPlain(url, options, resolve);
    request.once('socket', (socket) => {
      socket.setKeepAlive(true, limits.lightningProbeMs);
      if (connected !== undefined) socket.once(isTls ? 'secureConnect' : 'connect', connected);
    });
    request.once('error', reject);
    request.end(call.body?.text);
    return promise;
  }

  #trouble(what: unknown): Error {
    if (what instanceof LightningRefused || what instanceof LightningUnavailable) return what;
    const code = typeof what === 'string' ? what : codeOf(what);
    const at = `${this.name} at ${this.#url.host}`;
    if (certificateTrouble.test(code)) {
      return new LightningRefused(
        `${at} shows a certificate that is not the expected one (${code}): cert-file must be the certificate of that node`,
      );
    }
    return new LightningUnavailable(`${at}: ${code}`);
  }
}

/** The part of an error that holds neither a path with a hash in it nor a header. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown trouble';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/**
 * Only these certificates count, not those of the system. Whoever shows exactly one of them has its key, whatever name it was
 * reached by; another certificate that they signed must bear the name.
 */
function pinned(certificate: string | undefined): RequestOptions {
  if (certificate === undefined) return {};
  const parts = certificate.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const known = new Set(parts.map((pem) => new X509Certificate(pem).fingerprint256));
  return {
    ca: parts,
    // The node's own certificate is enough to know it by, also where an authority that is not given signed it.
    allowPartialTrustChain: true,
    checkServerIdentity: (host: string, shown: PeerCertificate) =>
      known.has(shown.fingerprint256) ? undefined : checkServerIdentity(host, shown),
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.lightningAnswerBytesMax)
      throw new LightningUnavailable('the answer is longer than any that is expected');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* splitLines(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response as AsyncIterable<string>) {
    rest += chunk;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > limits.lightningLineBytesMax)
      throw new LightningUnavailable('a line is longer than any that is expected');
    yield* lines.filter((line) => line.trim() !== '');
  }
}

/** What a node said, fit for an error: one short line without anything that may be a hash, a preimage or a credential. */
export function said(text: string): string {
  const line = text.replaceAll(/[^\x20-\x7e]+/g, ' ').replaceAll(/[\w+/=-]{40,}/g, '…');
  return line.length > limits.lightningSaidCharactersMax
    ? `${line.slice(0, limits.lightningSaidCharactersMax)}…`
    : line;
}
