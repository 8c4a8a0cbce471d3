/**
 * Work that goes on beside requests and is done by one server at a time, however many there are: whoever holds its lease.
 * A server that was paused past its lease may still finish what it had begun, so what a job does is safe to do twice.
 */
import { limits } from '../base/limits.ts';
import type { Leases } from '../store/store.ts';

export interface JobParts {
  readonly name: string;
  readonly leases: Leases;
  /** This server, as no other and no later process is called. */
  readonly holder: string;
  /** Does what there is to do, up to `limits.jobRowsMax` at a time; true when there is more. `token` grows with each holder. */
  readonly run: (token: bigint) => Promise<boolean>;
  /** Told when a run fails; the next one comes anyway. */
  readonly failed: (job: string, error: unknown) => void;
}

export class Job {
  readonly #parts: JobParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(parts: JobParts) {
    this.#parts = parts;
  }

  /** From now on, every so often; and at once, because something may have waited while no server ran. */
  start(): void {
    this.#timer = setInterval(() => this.poke(), limits.jobEveryMs);
    this.poke();
  }

  /** There may be something to do: looks now, and not only when its time has come. */
  poke(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
  }

  /** Ends after what is under way. Another server need not wait for the lease to expire. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
    const { leases, name, holder } = this.#parts;
    await leases.letGo(name, holder).catch(() => {});
  }

  async #work(): Promise<void> {
    const { name, leases, holder, run, failed } = this.#parts;
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        const token = await leases.hold(name, holder, limits.jobLeaseMs);
        if (token !== undefined && (await run(token))) this.#again = true;
      }
    } catch (error) {
      failed(name, error);
    }
  }
}
