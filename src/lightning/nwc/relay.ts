/** A connection to a Nostr relay (NIP-01): publish an event, subscribe to events. Only events with a right signature come through. */
import { matchFilter, type Filter } from 'nostr-tools/filter';
import { verifyEvent, type Event } from 'nostr-tools/pure';
import { z } from 'zod';
import { parseJson } from '../../base/json.ts';
import { limits } from '../../base/limits.ts';
import { LightningUnavailable } from '../node.ts';

/** What a relay says that matters here: about a subscription by its name, or about an event by its id. */
const messageShape = z.tuple([z.enum(['EVENT', 'EOSE', 'CLOSED', 'OK']), z.string()], z.unknown());
const eventShape = z.object({
  id: z.string(),
  pubkey: z.string(),
  sig: z.string(),
  content: z.string(),
  kind: z.int(),
  created_at: z.int(),
  tags: z.array(z.array(z.string())),
});

interface Subscription {
  readonly filter: Filter;
  readonly onEvent: (event: Event) => void;
  /** The relay has told everything it had stored. */
  readonly caughtUp: PromiseWithResolvers<void>;
  /** The relay is gone, or will tell nothing more. */
  readonly lost: PromiseWithResolvers<never>;
}

/** What whoever subscribed waits for. */
export interface Subscribed {
  /** Resolves when all stored events were told; from then on new ones come at once. */
  readonly caughtUp: Promise<void>;
  /** Rejects with LightningUnavailable when no more events will come. */
  readonly lost: Promise<never>;
  end(): void;
}

export class Relay {
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Published events that the relay has not confirmed. */
  readonly #unconfirmed = new Map<string, PromiseWithResolvers<void>>();
  #names = 0;

  /** Rejects with LightningUnavailable. */
  static async connect(url: string, withinMs: number): Promise<Relay> {
    const socket = new WebSocket(url);
    const opened = Promise.withResolvers<void>();
    const late = setTimeout(() => opened.reject(gone('no connection to the relay in time')), withinMs);
    socket.addEventListener('open', () => opened.resolve());
    socket.addEventListener('error', () => opened.reject(gone('the relay cannot be reached')));
    try {
      await opened.promise;
      return new Relay(socket);
    } catch (error) {
      socket.close();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    socket.addEventListener('close', () => {
      this.#abandon();
      closed.resolve();
    });
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => this.#take(data));
  }

  /** Resolves when the relay has taken the event. Rejects with LightningUnavailable. */
  publish(event: Event): Promise<void> {
    const confirmed = Promise.withResolvers<void>();
    this.#unconfirmed.set(event.id, confirmed);
    this.#send(['EVENT', event]);
    return confirmed.promise;
  }

  subscribe(filter: Filter, onEvent: (event: Event) => void): Subscribed {
    this.#names += 1;
    const name = String(this.#names);
    const caughtUp = Promise.withResolvers<void>();
    const lost = Promise.withResolvers<never>();
    // Who does not wait for one of them hears of it by the other.
    caughtUp.promise.catch(() => {});
    lost.promise.catch(() => {});
    this.#subscriptions.set(name, { filter, onEvent, caughtUp, lost });
    this.#send(['REQ', name, filter]);
    const end = (): void => {
      if (this.#subscriptions.delete(name)) this.#send(['CLOSE', name]);
    };
    return { caughtUp: caughtUp.promise, lost: lost.promise, end };
  }

  close(): void {
    this.#socket.close();
    // A relay that has gone never confirms the closing.
    this.#abandon();
  }

  #send(message: readonly unknown[]): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else this.#abandon();
  }

  #take(data: unknown): void {
    if (typeof data !== 'string' || data.length > limits.nwcMessageCharactersMax) return;
    const message = messageShape.safeParse(parseJson(data));
    // Also what a relay may say besides: NOTICE, AUTH.
    if (!message.success) return;
    const [type, name, content] = message.data;
    switch (type) {
      case 'EVENT':
        return this.#takeEvent(name, content);
      case 'EOSE':
        return this.#subscriptions.get(name)?.caughtUp.resolve();
      case 'CLOSED':
        return this.#lose(name, gone('the relay refuses a subscription'));
      case 'OK':
        return this.#takeConfirmation(name, content);
      default:
        return type satisfies never;
    }
  }

  #takeEvent(name: string, content: unknown): void {
    const subscription = this.#subscriptions.get(name);
    const event = eventShape.safeParse(content);
    if (subscription === undefined || !event.success) return;
    // A relay may send what nobody asked for, or what the wallet never signed.
    if (matchFilter(subscription.filter, event.data) && verifyEvent(event.data)) subscription.onEvent(event.data);
  }

  #takeConfirmation(id: string, taken: unknown): void {
    const confirmed = this.#unconfirmed.get(id);
    this.#unconfirmed.delete(id);
    if (taken === true) confirmed?.resolve();
    else confirmed?.reject(gone('the relay refuses a message'));
  }

  #lose(name: string, why: Error): void {
    const subscription = this.#subscriptions.get(name);
    this.#subscriptions.delete(name);
    subscription?.caughtUp.reject(why);
    subscription?.lost.reject(why);
  }

  #abandon(): void {
    const lost = gone('the connection to the relay is lost');
    for (const name of this.#subscriptions.keys()) this.#lose(name, lost);
    for (const confirmed of this.#unconfirmed.values()) confirmed.reject(lost);
    this.#unconfirmed.clear();
  }
}

function gone(what: string): LightningUnavailable {
  return new LightningUnavailable(`wallet: ${what}`);
}
