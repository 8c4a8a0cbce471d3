/**
 * Checks a journal from its first fact to its last, one at a time: numbers without gaps, instants that ascend, each fact as
 * it was hashed, each batch with its root and its link to the batch before. Memory holds one batch.
 */
import { limits } from '../base/limits.ts';
import { chainHash, factHash, factMark, GENESIS, merkleRoot, type HashedFact } from './chain.ts';

/** A fact as it is stored. */
export interface StoredFact extends HashedFact {
  readonly mark: number;
}

/** A batch as it is stored. */
export interface StoredBatch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly root: string;
  readonly chain: string;
}

/** Where a journal ends, or a part of it. */
export interface JournalEnd {
  readonly seq: number;
  readonly at: bigint;
  readonly chain: string;
}

/** The first record that is not as it must be. */
export interface JournalFlaw {
  readonly table: 'facts' | 'batches';
  readonly seq: number;
  readonly expected: string;
  readonly found: string;
}

export class JournalAudit {
  readonly #nextBatch: () => StoredBatch | undefined;
  #flaw: JournalFlaw | undefined;
  #facts: number;
  #batches = 0;
  #lastAt: bigint;
  #batch: StoredBatch | undefined;
  #leaves: string[] = [];
  #chain: string;

  /** `nextBatch` gives the stored batches in order: all, or those after the end of a part that is known to be sound. */
  constructor(
    nextBatch: () => StoredBatch | undefined,
    { seq, at, chain }: JournalEnd = { seq: 0, at: 0n, chain: GENESIS },
  ) {
    this.#nextBatch = nextBatch;
    this.#facts = seq;
    this.#lastAt = at;
    this.#chain = chain;
  }

  /** Facts and batches that were found sound. */
  get counted(): { readonly facts: number; readonly batches: number } {
    return { facts: this.#facts, batches: this.#batches };
  }

  /** Where the journal ends, as far as it is sound: who has noted it elsewhere finds a journal that was cut. */
  get head(): { readonly seq: number; readonly chain: string } {
    return { seq: this.#facts, chain: this.#chain };
  }

  get flaw(): JournalFlaw | undefined {
    return this.#flaw;
  }

  /** Takes the next fact. After the first flaw nothing more is looked at. */
  add(fact: StoredFact): void {
    if (this.#flaw !== undefined) return;
    const seq = this.#facts + 1;
    const leaf = factHash(fact);
    if (fact.seq !== seq) return this.#fail('facts', seq, 'a fact with this number', `the next one is ${fact.seq}`);
    if (fact.at <= this.#lastAt) return this.#fail('facts', seq, `at > ${this.#lastAt}`, `at = ${fact.at}`);
    // Columns that are JSON stand in the hashed text as they are: no other split of that text may pass for this one.
    if (!isObjectText(fact.request) || !isObjectText(fact.answer) || !isObjectText(fact.body))
      return this.#fail('facts', seq, 'JSON objects in request, answer and body', 'other text');
    if (fact.mark !== factMark(leaf))
      return this.#fail('facts', seq, `mark = ${factMark(leaf)}, from its columns`, `mark = ${fact.mark}`);
    this.#facts = seq;
    this.#lastAt = fact.at;
    this.#addLeaf(seq, leaf);
  }

  /** Ends the journal. */
  end(): void {
    if (this.#flaw !== undefined) return;
    if (this.#batch !== undefined) {
      const { firstSeq, lastSeq } = this.#batch;
      return this.#fail('batches', firstSeq, `facts up to ${lastSeq}`, `the last fact is ${this.#facts}`);
    }
    const batch = this.#nextBatch();
    if (batch !== undefined) this.#fail('batches', batch.firstSeq, 'no batch without facts', `${this.#facts} facts`);
  }

  #addLeaf(seq: number, leaf: string): void {
    if (this.#batch === undefined && !this.#begin(seq)) return;
    this.#leaves.push(leaf);
    const batch = this.#batch!;
    if (seq < batch.lastSeq) return;
    const root = merkleRoot(this.#leaves);
    if (root !== batch.root) return this.#fail('batches', batch.firstSeq, `root = ${root}`, `root = ${batch.root}`);
    const chain = chainHash(this.#chain, { root, firstSeq: batch.firstSeq, lastSeq: batch.lastSeq });
    if (chain !== batch.chain)
      return this.#fail('batches', batch.firstSeq, `chain = ${chain}`, `chain = ${batch.chain}`);
    this.#chain = chain;
    this.#batches += 1;
    this.#batch = undefined;
    this.#leaves = [];
  }

  #begin(seq: number): boolean {
    const batch = this.#nextBatch();
    if (batch === undefined) this.#fail('batches', seq, `a batch that begins with fact ${seq}`, 'none');
    else if (batch.firstSeq !== seq)
      this.#fail('batches', batch.firstSeq, `a batch that begins with fact ${seq}`, `one with ${batch.firstSeq}`);
    else if (!(batch.lastSeq >= seq && batch.lastSeq - seq < limits.auditBatchFactsMax))
      this.#fail(
        'batches',
        seq,
        `last_seq from ${seq} to ${seq + limits.auditBatchFactsMax - 1}`,
        `last_seq = ${batch.lastSeq}`,
      );
    this.#batch = batch;
    return this.#flaw === undefined;
  }

  #fail(table: 'facts' | 'batches', seq: number, expected: string, found: string): void {
    this.#flaw = { table, seq, expected, found };
  }
}

function isObjectText(text: string | null): boolean {
  return text === null || (text.startsWith('{') && text.endsWith('}'));
}
