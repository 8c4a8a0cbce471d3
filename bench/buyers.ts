/** Buyers without a budget: each gate of theirs is a challenge, which the sandbox's payer pays when there is a node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../src/base/limits.ts';
import { gateCall, monthsFrom } from './budgets.ts';
import { headersOf, type Api } from './http-api.ts';
import { HOLE, type HttpCall } from './http-plan.ts';
import type { RailServer } from './rail-server.ts';

const CENTS = 100;

export class Buyers {
  readonly #server: RailServer;
  readonly #api: Api;
  readonly #data: string;
  #call: Promise<HttpCall> | undefined;
  #buyers = 0;
  #documents = 0;

  constructor(server: RailServer, api: Api, data: string) {
    this.#server = server;
    this.#api = api;
    this.#data = data;
  }

  /** The request of a buyer whose merchant nobody else buys for. `Authorization` is free for what was paid. */
  async fresh(): Promise<HttpCall> {
    const merchant = `over-${(this.#buyers += 1)}`;
    const { key } = (await this.#api.ask('POST', '/v1/keys', { role: 'buyer', merchant })) as { readonly key: string };
    return gateCall(`X-API-Key: ${key}`, { merchant, period: monthsFrom(1)[0]!, category: '', cents: CENTS });
  }

  /** Asks for what has to be paid for; the answer has this status. */
  async ask(status: number): Promise<void> {
    await this.#send(await this.#next(), status);
  }

  /** The same, pays the invoice and asks again with what was bought. */
  async buy(): Promise<void> {
    const call = await this.#next();
    const challenge = await this.#send(call, 402);
    const [, macaroon, invoice = ''] = /macaroon="([^"]+)", invoice="([^"]+)"/.exec(challenge) ?? [];
    const token = `Authorization: L402 ${macaroon}:${await this.#pay(invoice)}`;
    await this.#send({ ...call, headers: [...call.headers, token] }, 200);
  }

  /** For another document each time, and as another buyer before one has made as many challenges as are allowed. */
  async #next(): Promise<HttpCall> {
    if (this.#documents % (limits.openInvoicesMax / 2) === 0) this.#call = this.fresh();
    this.#documents += 1;
    const document = `document-${this.#documents}`;
    const call = await this.#call!;
    return { ...call, body: call.body!.replace(HOLE, document) };
  }

  /** What the answer says in `WWW-Authenticate`. */
  async #send({ method, path, headers, body }: HttpCall, status: number): Promise<string> {
    const { host, port } = this.#server.http;
    const lines = headersOf([...headers, 'Content-Type: application/json']);
    const response = await fetch(`http://${host}:${port}${path}`, { method, headers: lines, body: body ?? null });
    const said = await response.text();
    if (response.status !== status) throw new Error(`${status} was expected, not ${response.status}: ${said}`);
    return response.headers.get('www-authenticate') ?? '';
  }

  async #pay(invoice: string): Promise<string> {
    const { host, port } = await this.#server.payer();
    const password = readFileSync(join(this.#data, 'payer.password'), 'utf8').trim();
    const paid = await fetch(`http://${host}:${port}/payinvoice`, {
      method: 'POST',
      headers: { Authorization: `Basic ${Buffer.from(`:${password}`).toString('base64')}` },
      body: new URLSearchParams({ invoice }),
    });
    const { paymentPreimage } = (await paid.json()) as { readonly paymentPreimage: string };
    return paymentPreimage;
  }
}
