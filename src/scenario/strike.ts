/** Carries a profile's deeds out while the load runs: partitions and kills come after so many answers, not after so much time. */
import type { Deployment } from './deployment.ts';
import type { Treatment } from './profiles.ts';
import type { Random } from './random.ts';

export class Strike {
  readonly #treatment: Treatment;
  readonly #deployment: Deployment;
  /** Blows that are still to come, by the number of answers before them. */
  #blows: number[];
  #partitioned = false;
  #deed: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(treatment: Treatment, deployment: Deployment, random: Random) {
    this.#treatment = treatment;
    this.#deployment = deployment;
    let answers = 0;
    const times = treatment.kills?.times ?? treatment.databaseCuts ?? 0;
    this.#blows = Array.from({ length: times }, () => (answers += random.integer(3, 30)));
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
    const next = this.#blows[0];
    if (next === undefined || answers < next || this.#busy) return;
    this.#blows.shift();
    this.#deed = this.#strike();
    // Its failure is heard of at the end of the load.
    this.#deed.catch(() => {});
  }

  /** The load is over: what is left to do is done now, links heal, and everything that is under way arrives. */
  async end(): Promise<void> {
    await this.#deed;
    // A load that was too short for a blow still has to survive it.
    if (this.#blows.length > 0) await this.#strike();
    this.#blows = [];
    await this.#deployment.proxies.heal();
  }

  #divide(): void {
    this.#partitioned = true;
    const { partition } = this.#treatment;
    if (partition === undefined) return;
    for (const link of partition.links)
      for (const proxy of this.#deployment.proxies.of(link)) proxy.stop(partition.stops);
  }

  async #strike(): Promise<void> {
    const role = this.#treatment.kills?.role;
    this.#busy = true;
    if (role === undefined) await this.#deployment.cutDatabase();
    else {
      await this.#deployment.kill(role);
      await this.#deployment.restart(role);
    }
    this.#busy = false;
  }
}
