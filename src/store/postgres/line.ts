/**
 * Keeps one session to the primary. When it is lost the next one is sought at once, then with growing pauses; until there
 * is one, callers are better served by a refusal than by waiting.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { reasonOf } from '../../base/failure.ts';
import { limits } from '../../base/limits.ts';
import type { Session } from './session.ts';

/** Told when the database is lost, when the reason changes, and when it is back. */
export type OnLine = (up: boolean, reason: string) => void;

export class Line {
  readonly #connect: () => Promise<Session>;
  readonly #tell: OnLine;
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #connecting: Promise<Session | undefined> | undefined;
  #down = false;
  /** Why there is none, as last told. */
  #reason = '';
  #pursuing = false;

  /** `connect` gives a session that is ready for use, or rejects. */
  constructor(first: Session, connect: () => Promise<Session>, tell: OnLine) {
    this.#connect = connect;
    this.#tell = tell;
    this.#use(first);
  }

  /** No session, and the last attempt to get one has failed. */
  get down(): boolean {
    return this.#down;
  }

  /** The session, or a new one; undefined when that failed. Attempts then go on by themselves. */
  async session(): Promise<Session | undefined> {
    if (this.#session?.dead === false) return this.#session;
    if (this.#down || this.#closing.signal.aborted) return undefined;
    this.#connecting ??= this.#attempt().finally(() => (this.#connecting = undefined));
    const session = await this.#connecting;
    if (session === undefined) void this.#pursue();
    return session;
  }

  /** The next session, however long that takes; undefined when the store was closed meanwhile. */
  async sessionAtLast(): Promise<Session | undefined> {
    for (let pauseMs = 0; !this.#closing.signal.aborted; pauseMs = longer(pauseMs)) {
      await this.#pause(pauseMs);
      const session = await this.session();
      if (session !== undefined) return session;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connecting;
    await this.#session?.close();
  }

  /** A server without work must notice as well: whoever watches its readiness sends callers elsewhere. */
  #use(session: Session): void {
    this.#session = session;
    session.whenDead(() => void this.session());
  }

  async #attempt(): Promise<Session | undefined> {
    try {
      const session = await this.#connect();
      this.#use(session);
      if (this.#down) this.#tell(true, '');
      this.#down = false;
      return session;
    } catch (error) {
      const reason = reasonOf(error);
      // Somebody may have mended one thing, and now it is another.
      if (!this.#down || reason !== this.#reason) this.#tell(false, reason);
      this.#reason = reason;
      this.#down = true;
      return undefined;
    }
  }

  async #pursue(): Promise<void> {
    if (this.#pursuing) return;
    this.#pursuing = true;
    for (let pauseMs = longer(0); this.#down && !this.#closing.signal.aborted; pauseMs = longer(pauseMs)) {
      await this.#pause(pauseMs);
      if (this.#closing.signal.aborted) break;
      this.#connecting ??= this.#attempt().finally(() => (this.#connecting = undefined));
      await this.#connecting;
    }
    this.#pursuing = false;
  }

  /** A random part keeps servers that lost their database together from coming back together. */
  #pause(ms: number): Promise<void> {
    return wait(ms * (0.5 + Math.random() / 2), undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

function longer(pauseMs: number): number {
  return Math.min(Math.max(2 * pauseMs, limits.postgresReconnectMsMin), limits.postgresReconnectMsMax);
}
