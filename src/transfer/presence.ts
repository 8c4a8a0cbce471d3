/**
 * Says to the other servers on a store that this one lives and carries its transfers, and looks after those of servers that
 * do not say so any more. The looking is done by one server at a time.
 */
import { randomUUID } from 'node:crypto';
import { limits } from '../base/limits.ts';
import type { Leases } from '../store/store.ts';
import type { Carriers } from './peers.ts';

const nameOf = (carrier: string): string => `carrier/${carrier}`;

/** Held by the server that looks after orphans. */
const SWEEP = 'transfer-sweep';

export class Presence implements Carriers {
  readonly own = randomUUID();
  readonly #leases: Leases;
  /** Since when this server's lease was renewed without a miss. */
  #aliveSinceMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  private constructor(leases: Leases) {
    this.#leases = leases;
  }

  /** Rejects with StoreUnavailable. */
  static async announce(leases: Leases): Promise<Presence> {
    const presence = new Presence(leases);
    await leases.hold(nameOf(presence.own), presence.own, limits.carrierLeaseMs);
    return presence;
  }

  isAlive(carrier: string): Promise<boolean> {
    return this.#leases.isHeld(nameOf(carrier));
  }

  /** From now on renews the lease, and sweeps when it is this server's turn. */
  whileAlive(sweep: () => Promise<void>): void {
    this.#timer = setInterval(() => {
      this.#renewing = this.#renew(sweep).catch(() => void (this.#aliveSinceMs = undefined));
    }, limits.carrierSweepMs);
  }

  /** Others need not wait for the lease to expire. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    for (const name of [nameOf(this.own), SWEEP]) await this.#leases.letGo(name, this.own).catch(() => {});
  }

  async #renew(sweep: () => Promise<void>): Promise<void> {
    await this.#leases.hold(nameOf(this.own), this.own, limits.carrierLeaseMs);
    const nowMs = performance.now();
    this.#aliveSinceMs ??= nowMs;
    // After a failover every lease may have expired: the living get time to say so before they are taken for gone.
    if (nowMs - this.#aliveSinceMs < limits.carrierLeaseMs) return;
    if ((await this.#leases.hold(SWEEP, this.own, limits.carrierLeaseMs)) !== undefined) await sweep();
  }
}
