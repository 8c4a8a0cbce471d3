/**
 * LND's REST interface (lnrpc/lightning.yaml, lnrpc/invoicesrpc/invoices.yaml) in front of an LDK node, with its habits: 64-bit
 * numbers as text, bytes in base64, preimages of unpaid invoices told, errors as gRPC codes, and a subscription that sends
 * nothing, not even its headers, before there is something to tell.
 */
import { once } from 'node:events';
import { LightningRefused } from '../../src/lightning/node.ts';
import type { Incoming } from '../../src/lightning/sandbox/messages.ts';
import type { Identity } from './certificates.ts';
import { Money, SkinServer, type Asked, type Skin } from './lightning-skin.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
const hexOf = (text: unknown): string => Buffer.from(String(text), 'base64').toString('hex');
const failure = (status: number, code: number, message: string): Answer => ({
  status,
  body: { code, message, details: [] },
});

const states = { open: 'OPEN', held: 'ACCEPTED', settled: 'SETTLED', closed: 'CANCELED' } as const;

export class LndSkin implements Skin {
  readonly money: Money;
  readonly server: SkinServer;
  readonly macaroon: string;
  /** Hashes in the order of their add_index. */
  readonly #added: string[] = [];

  private constructor(money: Money, macaroon: string, tls: Identity) {
    this.money = money;
    this.macaroon = macaroon;
    this.server = new SkinServer((asked) => this.#answer(asked), tls);
  }

  static async open(macaroon: string, tls: Identity): Promise<LndSkin> {
    const skin = new LndSkin(await Money.open(), macaroon, tls);
    await skin.server.listen();
    return skin;
  }

  async #answer(asked: Asked): Promise<Answer | 'answered'> {
    if (asked.request.headers['grpc-metadata-macaroon'] !== this.macaroon) {
      return failure(500, 2, 'verification failed: signature mismatch after caveat verification');
    }
    try {
      return await this.#route(asked);
    } catch (error) {
      if (!(error instanceof LightningRefused)) throw error;
      return failure(500, 2, `unable to do that: ${error.message}`);
    }
  }

  async #route(asked: Asked): Promise<Answer | 'answered'> {
    const { pathname } = asked.url;
    const [, hash] = /^\/v1\/invoice\/([0-9a-f]{64})$/.exec(pathname) ?? [];
    if (asked.request.method === 'GET') {
      if (hash !== undefined) return this.#look(hash);
      if (pathname === '/v1/invoices') return this.#list(asked.url);
      if (pathname === '/v1/invoices/subscribe') return this.#subscribe(asked);
    }
    const body = asked.body === '' ? {} : (JSON.parse(asked.body) as Readonly<Record<string, unknown>>);
    if (asked.request.method === 'POST') {
      if (pathname === '/v1/invoices') return this.#add(body);
      if (pathname === '/v2/invoices/hodl') return this.#add(body, hexOf(body['hash']));
      if (pathname === '/v2/invoices/settle') {
        await this.money.call('settle', { preimage: hexOf(body['preimage']) });
        return { status: 200, body: {} };
      }
      if (pathname === '/v2/invoices/cancel') {
        await this.money.call('cancel', { paymentHash: hexOf(body['payment_hash']) });
        return { status: 200, body: {} };
      }
    }
    return failure(404, 5, 'Not Found');
  }

  async #add(body: Readonly<Record<string, unknown>>, holdFor?: string): Promise<Answer> {
    const issued = await this.money.issue({
      label: '',
      msat: BigInt(String(body['value_msat'])),
      description: String(body['memo']),
      expirySeconds: Number(body['expiry']),
      ...(holdFor === undefined ? {} : { holdFor }),
    });
    this.#added.push(issued.paymentHash);
    const added = { payment_request: issued.bolt11, add_index: String(this.#added.length), payment_addr: base64('11') };
    return { status: 200, body: holdFor === undefined ? { r_hash: base64(issued.paymentHash), ...added } : added };
  }

  async #look(hash: string): Promise<Answer> {
    const found = await this.money.lookUp(hash);
    if (found === undefined) return failure(404, 5, 'unable to locate invoice');
    return { status: 200, body: await this.#json(found) };
  }

  async #list(url: URL): Promise<Answer> {
    const offset = Number(url.searchParams.get('index_offset'));
    const limit = Number(url.searchParams.get('num_max_invoices'));
    const hashes = this.#added.slice(offset, offset + limit);
    const found = await Promise.all(hashes.map((hash) => this.money.lookUp(hash)));
    const invoices = await Promise.all(
      found.flatMap((invoice) => (invoice === undefined ? [] : [this.#json(invoice)])),
    );
    const last = hashes.length === 0 ? 0 : offset + hashes.length;
    return {
      status: 200,
      body: { invoices, last_index_offset: String(last), first_index_offset: String(Math.min(offset + 1, last)) },
    };
  }

  /** With an index above zero everything settled after it comes first; zero means: only what is new. */
  async #subscribe({ url, response }: Asked): Promise<'answered'> {
    const asked = Number(url.searchParams.get('settle_index') ?? 0);
    let told = asked > 0 ? asked : (await this.money.firstSettlements()).length;
    const tellAll = async (): Promise<void> => {
      const settled = (await this.money.firstSettlements()).slice(told);
      told += settled.length;
      for (const { paymentHash } of settled) {
        const invoice = await this.money.lookUp(paymentHash);
        response.write(`${JSON.stringify({ result: await this.#json(invoice!) })}\n`);
      }
    };
    // One after the other: indexes ascend in a stream.
    let telling = Promise.resolve();
    const tell = (): void => void (telling = telling.then(tellAll));
    const stop = this.money.onSettled(tell);
    tell();
    await once(response, 'close');
    stop();
    return 'answered';
  }

  async #json(invoice: Incoming): Promise<object> {
    const settlements = await this.money.firstSettlements();
    const settled = settlements.findIndex(({ paymentHash }) => paymentHash === invoice.paymentHash) + 1;
    const isPaid = invoice.state === 'settled' || invoice.state === 'held';
    return {
      memo: invoice.description,
      r_preimage: base64(invoice.preimage ?? ''),
      r_hash: base64(invoice.paymentHash),
      value_msat: String(invoice.msat),
      settled: invoice.state === 'settled',
      creation_date: String(Math.floor(invoice.createdAtMs / 1_000)),
      settle_date: String(Math.floor((invoice.settledAtMs ?? 0) / 1_000)),
      payment_request: invoice.bolt11,
      add_index: String(this.#added.indexOf(invoice.paymentHash) + 1),
      settle_index: String(settled),
      amt_paid_msat: String(isPaid ? (invoice.receivedMsat === 0n ? invoice.msat : invoice.receivedMsat) : 0n),
      state: states[invoice.state],
    };
  }
}
