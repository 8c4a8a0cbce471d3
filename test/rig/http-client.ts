/** A client of the HTTP API as an outsider would write it, with nothing of the server's own code. */
import type { Json } from './frame-client.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty where the answer is no JSON object. */
  readonly json: Json;
}

/** What a refusal says. */
export const errorOf = ({ json }: HttpAnswer): Json => json['error'] as Json;

/** Its code; undefined where it is none. */
export const codeOf = ({ json }: HttpAnswer): unknown => (json['error'] as Json | undefined)?.['code'];

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class HttpClient {
  readonly url: string;
  readonly #key: string;

  constructor({ url, key }: { readonly url: string; readonly key: string }) {
    this.url = url;
    this.#key = key;
  }

  async ask(path: string, { method = 'GET', body, headers = {} }: Ask = {}): Promise<HttpAnswer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
    return { status: response.status, headers: response.headers, text, json: json ? (JSON.parse(text) as Json) : {} };
  }

  /** A client with a new key of this role, confined to a merchant or to an account. Only an operator has one to give. */
  async keyFor(
    role: string,
    confined: { readonly merchant?: string; readonly account?: string } = {},
  ): Promise<HttpClient> {
    const { status, text, json } = await this.ask('/v1/keys', { method: 'POST', body: { role, ...confined } });
    if (status !== 201) throw new Error(`no key for a ${role}: ${text}`);
    return new HttpClient({ url: this.url, key: String(json['key']) });
  }

  transfer(key: string, body: unknown): Promise<HttpAnswer> {
    return this.ask('/v1/transfers', { method: 'POST', body, headers: { 'Idempotency-Key': key } });
  }

  /** All items of a list, page by page. */
  async all(path: string, limit: number): Promise<Json[]> {
    const items: Json[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const separator = path.includes('?') ? '&' : '?';
      const { status, json } = await this.ask(`${path}${separator}limit=${limit}&cursor=${cursor}`);
      if (status !== 200) throw new Error(`${path} answers ${status}: ${JSON.stringify(json)}`);
      items.push(...(json['items'] as Json[]));
      cursor = json['next_cursor'] as string | null;
    }
    return items;
  }

  /** Events of a stream, as they come. */
  async stream(path: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const stop = new AbortController();
    const response = await fetch(this.url + path, {
      headers: { Authorization: `Bearer ${this.#key}`, ...headers },
      signal: stop.signal,
    });
    if (response.status !== 200 || response.body === null) throw new Error(`${path} answers ${response.status}`);
    return new EventReader(response.body, stop);
  }
}

export interface StreamedEvent {
  readonly id: string;
  readonly data: Json;
}

/** Reads server-sent events one by one. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #stop: AbortController;
  #text = '';

  constructor(body: ReadableStream<Uint8Array>, stop: AbortController) {
    this.#reader = body.getReader();
    this.#stop = stop;
  }

  /** The next event; undefined when the server has ended the stream. */
  async next(): Promise<StreamedEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        const { done, value } = await this.#reader.read();
        if (done) return undefined;
        this.#text += Buffer.from(value).toString('utf8');
        continue;
      }
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) return { id: field('id') ?? '', data: JSON.parse(data) as Json };
    }
  }

  close(): void {
    this.#stop.abort();
  }
}
