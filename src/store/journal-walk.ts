/**
 * Goes through a snapshot's journal from its first fact to its last, or from a later one on, and audits it on the way: each
 * chunk has been looked at when it is given out. What a fact costs is spent without waiting; only chunks are waited for.
 */
import { JournalAudit, type JournalEnd, type StoredBatch, type StoredFact } from '../journal/audit.ts';
import { BEFORE_ALL, type Snapshot } from './snapshot.ts';

export class JournalWalk {
  readonly audit: JournalAudit;
  readonly #facts: AsyncIterable<readonly StoredFact[]>;
  readonly #batches: AsyncIterator<readonly StoredBatch[]>;
  #waiting: readonly StoredBatch[] = [];
  #next = 0;
  #complete = false;

  /** `from` is where the part ends that needs no audit; `begins` is told of each batch at its first fact. */
  constructor(snapshot: Snapshot, from?: JournalEnd, begins: (batch: StoredBatch) => void = () => {}) {
    const after = from === undefined || from.seq === 0 ? BEFORE_ALL : BigInt(from.seq);
    this.audit = new JournalAudit(() => {
      const batch = this.#waiting[this.#next++];
      if (batch !== undefined) begins(batch);
      return batch;
    }, from);
    this.#facts = snapshot.facts(after);
    this.#batches = snapshot.batches(after)[Symbol.asyncIterator]();
  }

  /** After the last chunk the audit is complete. */
  async *chunks(): AsyncGenerator<readonly StoredFact[]> {
    for await (const chunk of this.#facts) {
      await this.#have(chunk.length);
      for (const fact of chunk) this.audit.add(fact);
      yield chunk;
    }
    await this.#have(1);
    this.audit.end();
  }

  /** So many facts belong to so many batches at most. */
  async #have(count: number): Promise<void> {
    while (!this.#complete && this.#waiting.length - this.#next < count) {
      const more = await this.#batches.next();
      if (more.done === true) this.#complete = true;
      else this.#waiting = [...this.#waiting.slice(this.#next), ...more.value];
      if (more.done !== true) this.#next = 0;
    }
  }
}
