/** A journal for tests of what reads journals: facts with numbers without gaps and ascending instants. */
import type { JournalFact, Store } from '../../src/store/store.ts';

export interface MemoryJournal extends Pick<Store, 'facts'> {
  /** Facts that were handed out so far. */
  readonly read: number;
  append(...facts: Partial<JournalFact>[]): void;
}

export function journalOf(length: number, shape: (seq: number) => Partial<JournalFact> = () => ({})): MemoryJournal {
  const recorded: JournalFact[] = [];
  let read = 0;
  const append = (fact: Partial<JournalFact>): void => {
    const seq = recorded.length + 1;
    const plain = { type: 'test/fact.v1', subject: `s${seq}`, key: null, request: null, answer: null, body: '{}' };
    recorded.push({ ...plain, ...fact, seq, at: BigInt(seq) * 256n });
  };
  for (let seq = 1; seq <= length; seq++) append(shape(seq));
  return {
    get read() {
      return read;
    },
    append: (...facts) => facts.forEach(append),
    facts({ after, limit }) {
      const page = recorded.slice(after, after + limit);
      read += page.length;
      return Promise.resolve(page);
    },
  };
}
