/** A server with its Lightning sandbox as a real process, and callers of its gate as an outsider would write them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from './frame-client.ts';
import { HttpClient, type HttpAnswer } from './http-client.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const ports = {
  PURSER_GATEWAY_ADDR: '127.0.0.1:0',
  PURSER_RISK_ADDR: '127.0.0.1:0',
  PURSER_LEDGER_ADDR: '127.0.0.1:0',
  PURSER_PAYER_ADDR: '127.0.0.1:0',
};

export interface GateCall {
  /** In `X-API-Key`; else the operator's. */
  readonly key?: string;
  /** Of `Authorization`. */
  readonly credential?: string;
  readonly idempotencyKey?: string;
}

export class GateServer {
  readonly data: string;
  readonly #lightning: string;
  #process: ServerProcess | undefined;
  #url = '';
  #payer = '';

  constructor({ data = join(temporaryDirectory(), 'data'), lightning = 'sandbox' } = {}) {
    this.data = data;
    this.#lightning = lightning;
  }

  /** `program`: another one than the product's own, with the flags of `serve`. */
  async start(program?: readonly [string, ...string[]]): Promise<this> {
    const env = { ...ports, PURSER_LIGHTNING: this.#lightning };
    const server = new ServerProcess(['--data', this.data, '--http', '127.0.0.1:0'], env, program);
    this.#process = server;
    await server.ready;
    const { host, port } = await server.address('http');
    this.#url = `http://${host}:${port}`;
    if (this.#lightning === 'sandbox') {
      const line = await server.line(/^SERVICE name=lightning event=listening /);
      this.#payer = `http://${/addr=(\S+)/.exec(line)?.[1]}`;
      await server.line(/^SERVICE name=lightning event=ready /);
    }
    return this;
  }

  get url(): string {
    return this.#url;
  }

  /** Where the sandbox's payer listens. */
  get payer(): string {
    return new URL(this.#payer).host;
  }

  get process(): ServerProcess {
    assert.ok(this.#process !== undefined, 'the server was started');
    return this.#process;
  }

  get token(): string {
    return readFileSync(join(this.data, 'operator.token'), 'utf8').trim();
  }

  client(key = this.token): HttpClient {
    return new HttpClient({ url: this.#url, key });
  }

  /** A key of this role, for this merchant. */
  async key(role: string, merchant?: string): Promise<string> {
    const body = { role, ...(merchant === undefined ? {} : { merchant }) };
    const headers = { 'Idempotency-Key': `${role} ${merchant} ${Math.random()}` };
    const { json } = await this.client().ask('/v1/keys', { method: 'POST', body, headers });
    assert.equal(typeof json['key'], 'string', JSON.stringify(json));
    return String(json['key']);
  }

  /** Asks the gate, with the caller's key where wallets leave it alone. */
  async gate(body: object, { key = this.token, credential, idempotencyKey }: GateCall = {}): Promise<HttpAnswer> {
    const headers: Record<string, string> = { 'X-API-Key': key, 'Content-Type': 'application/json' };
    if (credential !== undefined) headers['Authorization'] = credential;
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
    const response = await fetch(`${this.#url}/l402-otb/gate`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) as Json };
  }

  /** Asks another operation of the gate as the operator. */
  post(path: string, body: object = {}): Promise<HttpAnswer> {
    return this.client().ask(`/l402-otb/${path}`, { method: 'POST', body });
  }

  /** An active budget of so much for this month. */
  async budget(merchant: string, cents: number): Promise<void> {
    const period = new Date().toISOString().slice(0, 7);
    const draft = { merchant_id: merchant, period, basis: 'cost', currency: 'USD', amount_cents: cents };
    const { json } = await this.client().ask('/l402-otb/budgets', { method: 'POST', body: draft });
    const { status, text } = await this.post(`budgets/${String(json['budget_id'])}/activate`);
    assert.equal(status, 200, text);
  }

  /** Pays as the sandbox's payer does over HTTP; its preimage. */
  async pay(invoice: unknown): Promise<string> {
    const { paymentPreimage, ...said } = await this.askPayer('/payinvoice', { invoice: String(invoice) });
    assert.equal(typeof paymentPreimage, 'string', JSON.stringify(said));
    return String(paymentPreimage);
  }

  /** Asks the sandbox's payer in phoenixd's form. */
  async askPayer(path: string, form?: Readonly<Record<string, string>>): Promise<Json> {
    const password = readFileSync(join(this.data, 'payer.password'), 'utf8').trim();
    const response = await fetch(this.#payer + path, {
      headers: { Authorization: `Basic ${Buffer.from(`:${password}`).toString('base64')}` },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    return JSON.parse(await response.text()) as Json;
  }

  /** What the payer could spend, in satoshi. */
  async purse(): Promise<number> {
    return Number((await this.askPayer('/getbalance'))['balanceSat']);
  }

  stop(): Promise<number | string> {
    return this.process.stop();
  }

  kill(): Promise<number | string> {
    return this.process.kill();
  }
}

/** A purchase order, as the tests send it. */
export const purchase = (cents: number, po?: string, more: object = {}): object => ({
  merchant_id: 'acme',
  actor_id: 'ann',
  action_kind: 'po_submit',
  amount_cents: cents,
  ...(po === undefined ? {} : { context: { po_id: po } }),
  ...more,
});

/** The two parts of a challenge. */
export function challengeOf({ status, headers, text }: HttpAnswer): {
  readonly macaroon: string;
  readonly invoice: string;
} {
  assert.equal(status, 402, text);
  const line = headers.get('www-authenticate') ?? '';
  const [, macaroon, invoice] =
    /^L402 macaroon="([A-Za-z0-9+/]+={0,2})", invoice="(lnbcrt[a-z0-9]+)"$/.exec(line) ?? [];
  assert.ok(macaroon !== undefined && invoice !== undefined, line);
  return { macaroon, invoice };
}
