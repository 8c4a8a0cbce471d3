/**
 * phoenixd's HTTP interface (Api.kt, JsonSerializers.kt) in front of an LDK node, with its habits: forms in, preimages told before
 * payment, received amounts cut to satoshis and without the fees, lists of received payments only and latest first.
 */
import type { Incoming } from '../../src/lightning/sandbox/messages.ts';
import { Money, SkinServer, type Asked, type Skin } from './lightning-skin.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class PhoenixdSkin implements Skin {
  readonly money: Money;
  readonly server: SkinServer;
  readonly password: string;
  /** What the liquidity for payments costs, in millisatoshis: it is taken out of those that are larger. */
  feesMsat = 0n;

  private constructor(money: Money, password: string) {
    this.money = money;
    this.password = password;
    this.server = new SkinServer((asked) => this.#answer(asked));
  }

  static async open(password: string): Promise<PhoenixdSkin> {
    const skin = new PhoenixdSkin(await Money.open(), password);
    await skin.server.listen();
    return skin;
  }

  async #answer({ request, url, body }: Asked): Promise<Answer> {
    const wanted = `Basic ${Buffer.from(`:${this.password}`).toString('base64')}`;
    if (request.headers.authorization !== wanted) {
      return {
        status: 401,
        body: 'Invalid authentication (use basic auth with the http password set in phoenix.conf)',
      };
    }
    const [, hash] = /^\/payments\/incoming\/([0-9a-f]{64})$/.exec(url.pathname) ?? [];
    if (request.method === 'POST' && url.pathname === '/createinvoice') return this.#create(new URLSearchParams(body));
    if (request.method === 'GET' && url.pathname === '/payments/incoming') return this.#list(url.searchParams);
    if (request.method === 'GET' && hash !== undefined) {
      const found = await this.money.lookUp(hash);
      return found === undefined ? { status: 404, body: 'Not found' } : { status: 200, body: this.#json(found) };
    }
    return { status: 404, body: 'Unknown endpoint (check api doc)' };
  }

  async #create(form: URLSearchParams): Promise<Answer> {
    const description = form.get('description') ?? '';
    if (description.length > 128) {
      return { status: 400, body: 'Request parameter description is too long (max 128 characters)' };
    }
    const issued = await this.money.issue({
      label: form.get('externalId') ?? '',
      msat: BigInt(form.get('amountSat') ?? 0) * 1_000n,
      description,
      expirySeconds: Number(form.get('expirySeconds')),
    });
    return {
      status: 200,
      body: { amountSat: Number(form.get('amountSat')), paymentHash: issued.paymentHash, serialized: issued.bolt11 },
    };
  }

  async #list(query: URLSearchParams): Promise<Answer> {
    const from = Number(query.get('from') ?? 0);
    const offset = Number(query.get('offset') ?? 0);
    const paid = (await this.money.firstSettlements()).filter(({ settledAtMs }) => settledAtMs >= from).toReversed();
    const page = paid.slice(offset, offset + Number(query.get('limit') ?? 20));
    const found = await Promise.all(page.map(({ paymentHash }) => this.money.lookUp(paymentHash)));
    return { status: 200, body: found.map((incoming) => this.#json(incoming!)) };
  }

  #json(incoming: Incoming): object {
    const isPaid = incoming.state === 'settled';
    const fees = incoming.receivedMsat > this.feesMsat ? this.feesMsat : 0n;
    return {
      type: 'incoming_payment',
      subType: 'lightning',
      paymentHash: incoming.paymentHash,
      preimage: incoming.preimage,
      externalId: incoming.label,
      description: incoming.description,
      invoice: incoming.bolt11,
      isPaid,
      isExpired: incoming.expiresAtMs < Date.now(),
      requestedSat: Number((incoming.msat ?? 0n) / 1_000n),
      receivedSat: Number((incoming.receivedMsat - fees) / 1_000n),
      fees: Number(fees),
      expiresAt: incoming.expiresAtMs,
      ...(isPaid && { completedAt: incoming.settledAtMs }),
      createdAt: incoming.createdAtMs,
    };
  }
}
