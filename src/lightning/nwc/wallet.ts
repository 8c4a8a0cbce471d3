/**
 * The wallet at the other end of a relay (NIP-47): requests as encrypted events (kind 23194), answers (23195), notifications
 * (23197, or 23196 from a wallet that only knows NIP-04). It connects when it is needed, and anew after the connection broke.
 */
import { decrypt as decrypt04, encrypt as encrypt04 } from 'nostr-tools/nip04';
import { decrypt as decrypt44, encrypt as encrypt44, getConversationKey } from 'nostr-tools/nip44';
import { finalizeEvent, getPublicKey, type Event } from 'nostr-tools/pure';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { parseJson } from '../../base/json.ts';
import { limits } from '../../base/limits.ts';
import { LightningRefused, LightningUnavailable } from '../node.ts';
import { said } from '../rest-client.ts';
import { Relay } from './relay.ts';
import type { WalletConnection } from './uri.ts';

const INFO = 13_194;
const REQUEST = 23_194;
const RESPONSE = 23_195;
const NOTIFICATION_NIP04 = 23_196;
const NOTIFICATION = 23_197;

/** What the wallet announces of itself. */
export interface WalletInfo {
  readonly methods: ReadonlySet<string>;
  readonly encryption: 'nip44_v2' | 'nip04';
}

interface Link {
  readonly relay: Relay;
  readonly info: WalletInfo;
}

const answerShape = z.object({
  result_type: z.string(),
  error: z.object({ code: z.string(), message: z.string().default('') }).nullish(),
  result: z.unknown().optional(),
});
const notificationShape = z.object({ notification_type: z.string() });

/** The wallet says that it is too early, or that it has trouble of its own. */
const laterCodes = new Set(['RATE_LIMITED', 'INTERNAL']);

/** The wallet refused, with NIP-47's code. */
export class WalletError extends LightningRefused {
  readonly code: string;
  constructor(method: string, code: string, message: string) {
    super(`the wallet refuses ${method}: ${code} ${said(message)}`);
    this.code = code;
  }
}

export class Wallet {
  readonly #connection: WalletConnection;
  readonly #clock: Clock;
  readonly #callMs: number;
  readonly #ownKey: string;
  readonly #conversationKey: Uint8Array;
  /** Ends of the requests under way. */
  readonly #giveUps = new Set<(error: Error) => void>();
  readonly #listeners = new Set<() => void>();
  #isClosed = false;
  #link: Promise<Link> | undefined;
  /** The one of the link, once it stands. */
  #relay: Relay | undefined;
  /** As it was announced last; undefined until the first connection. */
  info: WalletInfo | undefined;

  constructor(connection: WalletConnection, clock: Clock, callMs: number | undefined) {
    this.#connection = connection;
    this.#clock = clock;
    this.#callMs = callMs ?? limits.lightningCallMs;
    this.#ownKey = getPublicKey(connection.secretKey);
    this.#conversationKey = getConversationKey(connection.secretKey, connection.walletKey);
  }

  /** Rejects with LightningUnavailable, and with WalletError when the wallet says no. */
  async request<T>(method: string, params: object, shape: z.ZodType<T>): Promise<T> {
    const givenUp = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      givenUp.reject(unavailable(`no answer within ${this.#callMs} ms`));
      // Perhaps nobody is at the other end any more, and only a new connection would find out.
      this.#drop();
    }, this.#callMs);
    this.#giveUps.add(givenUp.reject);
    try {
      const answer = await Promise.race([this.#exchange(method, params), givenUp.promise]);
      const result = shape.safeParse(answer);
      if (!result.success) throw unavailable(`an answer to ${method} that NIP-47 does not know`);
      return result.data;
    } finally {
      clearTimeout(timer);
      this.#giveUps.delete(givenUp.reject);
    }
  }

  /** Calls with each notification of a payment, and when the connection breaks; until the returned function is called. */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What the wallet announces. Rejects with LightningUnavailable. */
  async announced(): Promise<WalletInfo> {
    return (await this.#connected()).info;
  }

  close(): void {
    this.#isClosed = true;
    for (const giveUp of this.#giveUps) giveUp(unavailable('the connection was closed'));
    this.#drop();
  }

  #drop(): void {
    const relay = this.#relay;
    this.#relay = undefined;
    this.#link = undefined;
    relay?.close();
    this.#tell();
  }

  async #exchange(method: string, params: object): Promise<unknown> {
    const { relay, info } = await this.#connected();
    const request = this.#seal(JSON.stringify({ method, params }), info);
    const answer = Promise.withResolvers<Event>();
    const filter = { kinds: [RESPONSE], authors: [this.#connection.walletKey], '#e': [request.id] };
    const subscription = relay.subscribe(filter, answer.resolve);
    try {
      // The answer must not come before somebody listens: relays need not keep it.
      await subscription.caughtUp;
      await relay.publish(request);
      return this.#read(method, await Promise.race([answer.promise, subscription.lost]));
    } finally {
      subscription.end();
    }
  }

  #read(method: string, event: Event): unknown {
    const answer = answerShape.safeParse(parseJson(this.#open(event)));
    if (!answer.success || answer.data.result_type !== method) {
      throw unavailable(`an answer to ${method} that NIP-47 does not know`);
    }
    const { error, result } = answer.data;
    if (error === null || error === undefined) return result;
    if (laterCodes.has(error.code)) throw unavailable(`${method}: ${error.code} ${said(error.message)}`);
    throw new WalletError(method, error.code, error.message);
  }

  /** One connection for all; who comes while it is made waits for the same. */
  #connected(): Promise<Link> {
    if (this.#isClosed) return Promise.reject(unavailable('the connection was closed'));
    if (this.#link !== undefined) return this.#link;
    const link = this.#connect().catch((error: unknown) => {
      if (this.#link === link) this.#link = undefined;
      throw error;
    });
    this.#link = link;
    return link;
  }

  async #connect(): Promise<Link> {
    const relay = await this.#firstRelay();
    try {
      const info = await this.#readInfo(relay);
      this.info = info;
      // Older ones are of no interest: whoever follows asks for the list anyway.
      const since = Math.floor(this.#clock.nowMs() / 1_000) - limits.nwcClockSkewMs / 1_000;
      const kinds = [NOTIFICATION, NOTIFICATION_NIP04];
      const authors = [this.#connection.walletKey];
      relay.subscribe({ kinds, authors, '#p': [this.#ownKey], since }, (event) => this.#notice(event));
      if (this.#isClosed) throw unavailable('the connection was closed');
      this.#relay = relay;
      void this.#forgetOnceClosed(relay);
      return { relay, info };
    } catch (error) {
      relay.close();
      throw error;
    }
  }

  async #forgetOnceClosed(relay: Relay): Promise<void> {
    await relay.closed;
    if (this.#relay === relay) this.#drop();
  }

  async #firstRelay(): Promise<Relay> {
    const attempts = this.#connection.relays.map((url) => Relay.connect(url, this.#callMs));
    const first = await Promise.any(attempts).catch(() =>
      Promise.reject(unavailable('none of its relays can be reached')),
    );
    for (const attempt of attempts) {
      attempt.then((relay) => (relay === first ? undefined : relay.close())).catch(() => {});
    }
    return first;
  }

  async #readInfo(relay: Relay): Promise<WalletInfo> {
    let latest: Event | undefined;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(unavailable('the relay does not answer')), this.#callMs);
    const filter = { kinds: [INFO], authors: [this.#connection.walletKey], limit: 1 };
    const subscription = relay.subscribe(filter, (event) => {
      if (latest === undefined || event.created_at >= latest.created_at) latest = event;
    });
    try {
      await Promise.race([subscription.caughtUp, late.promise]);
    } finally {
      clearTimeout(timer);
      subscription.end();
    }
    if (latest === undefined) throw unavailable('it has not announced itself at the relay');
    const encryptions = latest.tags.find(([name]) => name === 'encryption')?.[1]?.split(/\s+/) ?? [];
    return {
      methods: new Set(latest.content.split(/\s+/)),
      encryption: encryptions.includes('nip44_v2') ? 'nip44_v2' : 'nip04',
    };
  }

  #seal(text: string, { encryption }: WalletInfo): Event {
    const nowSeconds = Math.floor(this.#clock.nowMs() / 1_000);
    const { secretKey, walletKey } = this.#connection;
    const tags = [
      ['p', walletKey],
      ['encryption', encryption],
      // A wallet that was away must not issue an invoice that nobody waits for any more.
      ['expiration', String(nowSeconds + limits.nwcClockSkewMs / 1_000)],
    ];
    const content =
      encryption === 'nip04' ? encrypt04(secretKey, walletKey, text) : encrypt44(text, this.#conversationKey);
    return finalizeEvent({ kind: REQUEST, created_at: nowSeconds, tags, content }, secretKey);
  }

  /** Undecipherable text is no text. */
  #open(event: Event): string {
    const { secretKey, walletKey } = this.#connection;
    try {
      // Only NIP-04 has its vector behind a question mark.
      if (event.content.includes('?iv=')) return decrypt04(secretKey, walletKey, event.content);
      return decrypt44(event.content, this.#conversationKey);
    } catch {
      return '';
    }
  }

  #notice(event: Event): void {
    const notification = notificationShape.safeParse(parseJson(this.#open(event)));
    if (notification.success && notification.data.notification_type === 'payment_received') this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function unavailable(what: string): LightningUnavailable {
  return new LightningUnavailable(`wallet: ${what}`);
}
