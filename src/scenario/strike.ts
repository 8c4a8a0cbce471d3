/** Carries a profile's deeds out while the load runs: partitions and kills come after so many answers, not after so much time. */
import type { Deployment } from './deployment.ts';
import type { Treatment } from './profiles.ts';
import type { Random } from './random.ts';

export class Strike {
  readonly #treatment: Treatment;
  readonly #deployment: Deployment;
  /** Kills that are still to come, by the number of answers before them. */
  #kills: number[];
  #partitioned = false;
  #deed: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(treatment: Treatment, deployment: Deployment, random: Random) {
    this.#treatment = treatment;
    this.#deployment = deployment;
    let answers = 0;
    this.#kills = Array.from({ length: treatment.kills?.times ?? 0 }, () => (answers += random.integer(3, 30)));
  }

  /** What holds from the first request on. */
  async begin(): Promise<void> {
    if (this.#treatment.down !== undefined) await this.#deployment.kill(this.#treatment.down);
    this.heard(0);
  }

  /** So many answers have been heard. */
  heard(answers: number): void {
    const { partition } = this.#treatment;
    if (partition !== undefined && !this.#partitioned && answers >= partition.afterAnswers) this.#divide();
    const next = this.#kills[0];
    if (next === undefined || answers < next || this.#busy) return;
    this.#kills.shift();
    this.#deed = this.#killAndRestart();
    // Its failure is heard of at the end of the load.
    this.#deed.catch(() => {});
  }

  /** The load is over: what is left to do is done now, links heal, and everything that is under way arrives. */
  async end(): Promise<void> {
    await this.#deed;
    // A load that was too short for a kill still has to survive it.
    if (this.#kills.length > 0) await this.#killAndRestart();
    this.#kills = [];
    for (const proxy of this.#deployment.proxies.values()) proxy.heal();
    await Promise.all([...this.#deployment.proxies.values()].map((proxy) => proxy.idle()));
  }

  #divide(): void {
    this.#partitioned = true;
    const { partition } = this.#treatment;
    if (partition === undefined) return;
    for (const link of partition.links) this.#deployment.proxies.get(link)?.stop(partition.stops);
  }

  async #killAndRestart(): Promise<void> {
    const role = this.#treatment.kills?.role;
    if (role === undefined) return;
    this.#busy = true;
    await this.#deployment.kill(role);
    await this.#deployment.restart(role);
    this.#busy = false;
  }
}
