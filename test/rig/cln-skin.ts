/**
 * Core Lightning's clnrest (plugins/rest-plugin, doc/schemas) in front of an LDK node, with its habits: 201 for success, 401 and
 * 403 for runes, 500 with a code for everything that a command refuses, labels that must be new, preimages of paid invoices.
 */
import type { Incoming } from '../../src/lightning/sandbox/messages.ts';
import type { Identity } from './certificates.ts';
import { Money, SkinServer, type Asked, type Skin } from './lightning-skin.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}
type Terms = Readonly<Record<string, unknown>>;

const failure = (status: number, code: number, message: string): Answer => ({
  status,
  body: { code, data: null, message },
});
const success = (body: object): Answer => ({ status: 201, body });
const states = { open: 'unpaid', held: 'unpaid', settled: 'paid', closed: 'expired' } as const;

export class ClnSkin implements Skin {
  readonly money: Money;
  readonly server: SkinServer;
  readonly rune: string;
  readonly #hashes = new Map<string, string>();

  private constructor(money: Money, rune: string, tls: Identity) {
    this.money = money;
    this.rune = rune;
    this.server = new SkinServer((asked) => this.#answer(asked), tls);
  }

  static async open(rune: string, tls: Identity): Promise<ClnSkin> {
    const skin = new ClnSkin(await Money.open(), rune, tls);
    await skin.server.listen();
    return skin;
  }

  #answer({ request, url, body, response }: Asked): Promise<Answer | 'answered'> {
    const terms = JSON.parse(body) as Terms;
    const { rune } = request.headers;
    if (rune === undefined) return Promise.resolve(failure(403, 1_501, 'Not authorized: Missing rune'));
    if (rune !== this.rune) return Promise.resolve(failure(401, 1_502, 'Rune is not valid'));
    if (url.pathname === '/v1/invoice') return this.#invoice(terms);
    if (url.pathname === '/v1/listinvoices') return this.#list(terms);
    if (url.pathname === '/v1/waitanyinvoice') return this.#wait(terms, response);
    return Promise.resolve(failure(404, -32_601, `Unknown command '${url.pathname}'`));
  }

  async #invoice(terms: Terms): Promise<Answer> {
    const label = String(terms['label']);
    if (this.#hashes.has(label)) return failure(500, 900, `Duplicate label '${label}'`);
    const issued = await this.money.issue({
      label,
      msat: BigInt(String(terms['amount_msat'])),
      description: String(terms['description']),
      expirySeconds: Number(terms['expiry']),
    });
    this.#hashes.set(label, issued.paymentHash);
    return success({
      bolt11: issued.bolt11,
      payment_hash: issued.paymentHash,
      payment_secret: '11'.repeat(32),
      expires_at: Math.floor(issued.expiresAtMs / 1_000),
      created_index: this.#hashes.size,
    });
  }

  async #list(terms: Terms): Promise<Answer> {
    const { label, payment_hash: asked } = terms;
    const hash = typeof label === 'string' ? this.#hashes.get(label) : String(asked);
    const found = hash === undefined ? undefined : await this.money.lookUp(hash);
    return success({ invoices: found === undefined ? [] : [await this.#json(found)] });
  }

  /** The first invoice paid after the index, now or within the time; never before whoever asked is gone. */
  async #wait(terms: Terms, response: Asked['response']): Promise<Answer | 'answered'> {
    const last = Number(terms['lastpay_index']);
    const found = Promise.withResolvers<Answer | 'answered'>();
    const look = async (): Promise<void> => {
      const paid = (await this.money.firstSettlements())[last];
      const invoice = paid === undefined ? undefined : await this.money.lookUp(paid.paymentHash);
      if (invoice !== undefined) found.resolve(success(await this.#json(invoice)));
    };
    const stop = this.money.onSettled(() => void look());
    const late = failure(500, 904, 'Timed out while waiting for invoice to be paid');
    const timer = setTimeout(() => found.resolve(late), Number(terms['timeout']) * 1_000);
    response.once('close', () => found.resolve('answered'));
    await look();
    const answer = await found.promise;
    clearTimeout(timer);
    stop();
    return answer;
  }

  async #json(invoice: Incoming): Promise<object> {
    const settlements = await this.money.firstSettlements();
    const index = settlements.findIndex(({ paymentHash }) => paymentHash === invoice.paymentHash) + 1;
    return {
      label: invoice.label,
      bolt11: invoice.bolt11,
      payment_hash: invoice.paymentHash,
      amount_msat: Number(invoice.msat),
      status: states[invoice.state],
      description: invoice.description,
      expires_at: Math.floor(invoice.expiresAtMs / 1_000),
      created_index: 1,
      ...(invoice.state === 'settled' && {
        pay_index: index,
        amount_received_msat: Number(invoice.receivedMsat),
        paid_at: Math.floor((invoice.settledAtMs ?? 0) / 1_000),
        payment_preimage: invoice.preimage,
      }),
    };
  }
}
