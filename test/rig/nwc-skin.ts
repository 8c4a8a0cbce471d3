/**
 * Wallets that speak Nostr Wallet Connect in front of an LDK node: one is the wallet service of another project, which neither
 * notifies nor holds; the other is written here after NIP-47, and does both, in its newer encryption or in its older one.
 */
import { NWCWalletService, NWCWalletServiceKeyPair, type NWCWalletServiceRequestHandler } from '@getalby/sdk/nwc';
import { once } from 'node:events';
import * as nip04 from 'nostr-tools/nip04';
import * as nip44 from 'nostr-tools/nip44';
import { finalizeEvent, generateSecretKey, getPublicKey, type Event } from 'nostr-tools/pure';
import { WebSocket } from 'ws';
import { LightningRefused } from '../../src/lightning/node.ts';
import type { Incoming } from '../../src/lightning/sandbox/messages.ts';
import { Money } from './lightning-skin.ts';
import { TestRelay } from './relay.ts';

type Params = Readonly<Record<string, unknown>>;
interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const seconds = (ms: number): number => Math.floor(ms / 1_000);
const states = { open: 'pending', held: 'accepted', settled: 'settled', closed: 'expired' } as const;

/** What both wallets do, by NIP-47's names. */
export class NwcSkin {
  readonly money: Money;
  readonly relay: TestRelay;
  readonly walletSecret = generateSecretKey();
  readonly clientSecret = generateSecretKey();
  /** Set: requests are answered with this instead. */
  instead: ((method: string) => Answer | undefined) | undefined;
  /** A wallet that does not know pages: each time the first one. */
  knowsNoPages = false;
  #stop: (() => Promise<void> | void) | undefined;

  private constructor(money: Money, relay: TestRelay) {
    this.money = money;
    this.relay = relay;
  }

  static async open(): Promise<NwcSkin> {
    const relay = new TestRelay();
    const [money] = await Promise.all([Money.open(), relay.listen()]);
    return new NwcSkin(money, relay);
  }

  get uri(): string {
    const query = new URLSearchParams({ relay: this.relay.url, secret: hex(this.clientSecret) });
    return `nostr+walletconnect://${getPublicKey(this.walletSecret)}?${query.toString()}`;
  }

  async close(): Promise<void> {
    await this.#stop?.();
    await this.relay.close();
    await this.money.close();
  }

  async perform(method: string, params: Params): Promise<Answer> {
    const instead = this.instead?.(method);
    if (instead !== undefined) return instead;
    try {
      return await this.#perform(method, params);
    } catch (error) {
      if (!(error instanceof LightningRefused)) throw error;
      return { error: { code: 'OTHER', message: error.message } };
    }
  }

  async #perform(method: string, params: Params): Promise<Answer> {
    switch (method) {
      case 'make_invoice':
      case 'make_hold_invoice':
        return { result: await this.#make(params) };
      case 'lookup_invoice': {
        const found = await this.money.lookUp(String(params['payment_hash']));
        if (found === undefined) return { error: { code: 'NOT_FOUND', message: 'no such invoice' } };
        return { result: transactionOf(found) };
      }
      case 'list_transactions':
        return { result: { transactions: await this.#list(params) } };
      case 'settle_hold_invoice':
        await this.money.call('settle', { preimage: String(params['preimage']) });
        return { result: {} };
      case 'cancel_hold_invoice':
        await this.money.call('cancel', { paymentHash: String(params['payment_hash']) });
        return { result: {} };
      default:
        return { error: { code: 'NOT_IMPLEMENTED', message: method } };
    }
  }

  async #make(params: Params): Promise<object> {
    const hash = params['payment_hash'];
    const issued = await this.money.issue({
      label: '',
      msat: BigInt(Number(params['amount'])),
      description: String(params['description']),
      expirySeconds: Number(params['expiry']),
      ...(typeof hash === 'string' && { holdFor: hash }),
    });
    return transactionOf((await this.money.lookUp(issued.paymentHash))!);
  }

  /** Received payments, the latest created first, from the time of creation on. */
  async #list(params: Params): Promise<readonly object[]> {
    const from = Number(params['from'] ?? 0);
    const offset = this.knowsNoPages ? 0 : Number(params['offset'] ?? 0);
    const settlements = await this.money.firstSettlements();
    const found = await Promise.all(settlements.map(({ paymentHash }) => this.money.lookUp(paymentHash)));
    return found
      .filter((incoming) => incoming !== undefined && seconds(incoming.createdAtMs) >= from)
      .toSorted((a, b) => b!.createdAtMs - a!.createdAtMs)
      .slice(offset, offset + Number(params['limit'] ?? 20))
      .map((incoming) => transactionOf(incoming!));
  }

  /** The wallet service of `@getalby/sdk`. */
  async serveAlby(): Promise<void> {
    const service = new NWCWalletService({ relayUrls: [this.relay.url] });
    const methods = ['make_invoice', 'lookup_invoice', 'list_transactions'] as const;
    await service.publishWalletServiceInfoEvent(hex(this.walletSecret), [...methods], []);
    const keys = new NWCWalletServiceKeyPair(hex(this.walletSecret), getPublicKey(this.clientSecret));
    const by = (method: string) => (params: object) => this.perform(method, params as Params) as never;
    const handler: NWCWalletServiceRequestHandler = {
      makeInvoice: by('make_invoice'),
      lookupInvoice: by('lookup_invoice'),
      listTransactions: by('list_transactions'),
    };
    const unsubscribe = await service.subscribe(keys, handler);
    this.#stop = () => {
      unsubscribe();
      service.close();
    };
  }

  /** A wallet that holds and notifies. `methods` are what it announces. */
  async serveHolding(encryption: 'nip44_v2' | 'nip04', methods: readonly string[]): Promise<void> {
    const walletKey = getPublicKey(this.walletSecret);
    const clientKey = getPublicKey(this.clientSecret);
    const secret = nip44.getConversationKey(this.walletSecret, clientKey);
    const isOld = encryption === 'nip04';
    const seal = (text: string): string =>
      isOld ? nip04.encrypt(this.walletSecret, clientKey, text) : nip44.encrypt(text, secret);
    const open = (text: string): string =>
      isOld ? nip04.decrypt(this.walletSecret, clientKey, text) : nip44.decrypt(text, secret);
    const socket = new WebSocket(this.relay.url);
    await once(socket, 'open');
    const publish = (kind: number, tags: string[][], content: string): void =>
      socket.send(
        JSON.stringify([
          'EVENT',
          finalizeEvent({ kind, tags, content, created_at: seconds(Date.now()) }, this.walletSecret),
        ]),
      );
    const tags = isOld ? [] : [['encryption', 'nip44_v2 nip04']];
    publish(13_194, [...tags, ['notifications', 'payment_received']], methods.join(' '));
    socket.on('message', (data: Buffer) => {
      const [type, , event] = JSON.parse(data.toString()) as [string, string, Event];
      if (type !== 'EVENT') return;
      const { method, params } = JSON.parse(open(event.content)) as { method: string; params: Params };
      void this.perform(method, params).then((answer) =>
        publish(
          23_195,
          [
            ['p', clientKey],
            ['e', event.id],
          ],
          seal(JSON.stringify({ result_type: method, ...answer })),
        ),
      );
    });
    socket.send(JSON.stringify(['REQ', 'requests', { kinds: [23_194], authors: [clientKey], '#p': [walletKey] }]));
    const notice = JSON.stringify({ notification_type: 'payment_received', notification: {} });
    const quiet = this.money.onSettled(() => publish(isOld ? 23_196 : 23_197, [['p', clientKey]], seal(notice)));
    this.#stop = () => {
      quiet();
      socket.terminate();
    };
  }
}

function transactionOf(incoming: Incoming): object {
  return {
    type: 'incoming',
    state: states[incoming.state],
    invoice: incoming.bolt11,
    description: incoming.description,
    preimage: incoming.preimage ?? '',
    payment_hash: incoming.paymentHash,
    amount: Number(incoming.receivedMsat === 0n ? incoming.msat : incoming.receivedMsat),
    fees_paid: 0,
    created_at: seconds(incoming.createdAtMs),
    expires_at: seconds(incoming.expiresAtMs),
    ...(incoming.settledAtMs !== null && { settled_at: seconds(incoming.settledAtMs) }),
  };
}
