/** Connections for reading: a few, opened when they are needed, each with one reader at a time. */
import { limits } from '../../base/limits.ts';
import { StoreUnavailable } from '../store.ts';
import type { Session } from './session.ts';

interface ReadersParts {
  readonly connect: () => Promise<Session>;
  /** Does it lead to where a new one would? */
  readonly isCurrent: (session: Session) => boolean;
  readonly max: number;
}

export class Readers {
  readonly #connect: () => Promise<Session>;
  readonly #isCurrent: (session: Session) => boolean;
  readonly #max: number;
  readonly #idle: Session[] = [];
  readonly #waiting: ((session: Session | undefined) => void)[] = [];
  #open = 0;
  #closed = false;

  constructor({ connect, isCurrent, max }: ReadersParts) {
    this.#connect = connect;
    this.#isCurrent = isCurrent;
    this.#max = max;
  }

  /** Reads on a session of its own. Rejects with StoreUnavailable when the database cannot be read now. */
  async read<T>(read: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#take();
    try {
      // The server gives up sooner, if it can still say so.
      return await session.within(limits.postgresSilenceMs, () => read(session));
    } catch (cause) {
      throw new StoreUnavailable('the database cannot be read', { cause });
    } finally {
      this.#giveBack(session);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const tell of this.#waiting.splice(0)) tell(undefined);
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }

  async #take(): Promise<Session> {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (this.#isFit(session)) return session;
      this.#open -= 1;
      void session.close();
    }
    if (this.#closed) throw new StoreUnavailable('the store was closed');
    return this.#open < this.#max ? this.#connectOne() : this.#wait();
  }

  async #connectOne(): Promise<Session> {
    this.#open += 1;
    try {
      return await this.#connect();
    } catch (cause) {
      this.#open -= 1;
      this.#pass();
      throw new StoreUnavailable('the database cannot be reached', { cause });
    }
  }

  /** Every session is in use: the next that comes back, or none within the time that a read may take. */
  async #wait(): Promise<Session> {
    const session = await new Promise<Session | undefined>((resolve) => {
      const tell = (found: Session | undefined): void => {
        clearTimeout(late);
        resolve(found);
      };
      const late = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(tell), 1);
        resolve(undefined);
      }, limits.postgresReadMs);
      this.#waiting.push(tell);
    });
    if (session === undefined) throw new StoreUnavailable('every connection for reading is in use');
    return session;
  }

  #giveBack(session: Session): void {
    if (this.#closed || !this.#isFit(session)) {
      this.#open -= 1;
      void session.close();
      return this.#pass();
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(session);
    else next(session);
  }

  #isFit(session: Session): boolean {
    return !session.dead && this.#isCurrent(session);
  }

  /** A place became free: whoever waits may connect. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#connectFor(next);
  }

  async #connectFor(tell: (session: Session | undefined) => void): Promise<void> {
    tell(await this.#connectOne().catch(() => undefined));
  }
}
