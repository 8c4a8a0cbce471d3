/**
 * The fact stream (server-sent events). Each client reads its own way through the journal, a bounded page at a time and only
 * as fast as it takes what it got; those at the end wait for one common look at it, every so often, because on PostgreSQL
 * other servers write, too.
 */
import { limits } from '../../base/limits.ts';
import { factText, journalEnd, readFactPage, type Journal } from './facts.ts';

export interface FeedStart {
  /** The number behind which the client begins; `end`: with what is recorded from now on. */
  readonly after: number | 'end';
  readonly type: string | undefined;
}

/** What the feed needs of time; a test lets it pass as it likes. */
export interface FeedClock {
  /** Calls again and again until what it returns is called. */
  every(ms: number, call: () => void): () => void;
}

const systemFeedClock: FeedClock = {
  every(ms, call) {
    const timer = setInterval(call, ms);
    return () => clearInterval(timer);
  },
};

const encoder = new TextEncoder();

/** A comment line: no event, but bytes that show that the other side lives. */
const HEARTBEAT = encoder.encode(': alive\n\n');

export class FactFeed {
  readonly #store: Journal;
  readonly #clock: FeedClock;
  readonly #clients = new Set<FeedClient>();
  #stopLooking: (() => void) | undefined;
  #looking = false;
  #closed = false;

  constructor(store: Journal, clock: FeedClock = systemFeedClock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Clients at this moment. */
  get clients(): number {
    return this.#clients.size;
  }

  /** A stream for one more client, or undefined when there are too many, or the server is about to end. */
  async open({ after, type }: FeedStart): Promise<ReadableStream<Uint8Array> | undefined> {
    if (this.#closed || this.#clients.size >= limits.streamClientsMax) return undefined;
    const client = new FeedClient({ store: this.#store, type, wait: () => this.#wait() });
    this.#clients.add(client);
    try {
      const stream = client.begin(after === 'end' ? await journalEnd(this.#store) : after, () => this.#leave(client));
      const stopBeating = this.#clock.every(limits.streamHeartbeatMs, () => client.beat());
      const stopWatching = this.#clock.every(limits.streamUnreadMs, () => client.cutIfStuck());
      client.onEnd = () => {
        stopBeating();
        stopWatching();
      };
      return stream;
    } catch (error) {
      this.#leave(client);
      throw error;
    }
  }

  /** Ends all streams; clients come again elsewhere, or here after the restart, with the number of their last fact. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.end();
  }

  #leave(client: FeedClient): void {
    this.#clients.delete(client);
    client.onEnd();
    if (this.#clients.size > 0) return;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
  }

  /** Somebody has come to the end of the journal: it is looked at until nobody is there any more. */
  #wait(): void {
    this.#stopLooking ??= this.#clock.every(limits.streamPollMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const waiting = [...this.#clients].filter((client) => client.waiting);
    try {
      const nearest = Math.min(...waiting.map(({ seen }) => seen));
      const news = waiting.length > 0 && (await this.#store.facts({ after: nearest, limit: 1 })).length > 0;
      if (news) for (const client of waiting) client.wake();
    } catch {
      // The database cannot be read just now: the next look may find it again, and clients see heartbeats meanwhile.
    } finally {
      this.#looking = false;
    }
  }
}

interface ClientParts {
  readonly store: Journal;
  readonly type: string | undefined;
  /** Asks to be woken when there is something new. */
  readonly wait: () => void;
}

class FeedClient {
  readonly #parts: ClientParts;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #leave: () => void = () => {};
  /** Ends the wait at the journal's end; undefined while there is none. */
  #wake: (() => void) | undefined;
  /** Something was handed over since the last look, and nothing asked for since. */
  #stuck = false;
  #beating = false;
  /** The number of the last fact that was looked at. */
  seen = 0;
  onEnd: () => void = () => {};

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  begin(after: number, leave: () => void): ReadableStream<Uint8Array> {
    this.seen = after;
    this.#leave = leave;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.#over(),
      },
      // Nothing is read before the client's connection can take it.
      { highWaterMark: 0 },
    );
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Only a client that waits for facts needs a sign of life, and only it can take one. */
  beat(): void {
    this.#beating = this.waiting;
    this.wake();
  }

  /** Between two calls the client has taken nothing of what waits for it. */
  cutIfStuck(): void {
    if (this.#stuck && !this.waiting) return this.#fail();
    this.#stuck = this.#controller !== undefined && !this.waiting;
  }

  end(): void {
    if (this.#controller === undefined) return;
    this.#controller.close();
    this.#over();
  }

  /** Hands over what comes next; resolves when it has. */
  async #pull(): Promise<void> {
    this.#stuck = false;
    try {
      const bytes = await this.#next();
      this.#controller?.enqueue(bytes);
    } catch {
      // The database cannot be read: the client comes again with the number of its last fact.
      this.#fail();
    }
  }

  async #next(): Promise<Uint8Array> {
    for (;;) {
      const { store, type } = this.#parts;
      const before = this.seen;
      const { facts, seen, more } = await readFactPage(store, { after: before, limit: limits.streamPageFacts, type });
      this.seen = seen;
      if (facts.length > 0) return encoder.encode(facts.map(eventText).join(''));
      if (more) continue;
      await this.#news();
      if (this.#controller === undefined || this.#beating) {
        this.#beating = false;
        return HEARTBEAT;
      }
    }
  }

  #news(): Promise<void> {
    if (this.#controller === undefined) return Promise.resolve();
    this.#parts.wait();
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #fail(): void {
    this.#controller?.error(new Error('the stream was given up'));
    this.#over();
  }

  #over(): void {
    if (this.#controller === undefined) return;
    this.#controller = undefined;
    this.wake();
    this.#leave();
  }
}

/** The number is the event's id, so that a browser asks again with it by itself. */
const eventText = (fact: Parameters<typeof factText>[0]): string => `id: ${fact.seq}\ndata: ${factText(fact)}\n\n`;
