/** Facts as readers of the HTTP API get them, and walks over the journal that leave the event loop free in between. */
import { limits } from '../../base/limits.ts';
import type { JournalFact, Store } from '../../store/store.ts';
import { instantText } from '../schemas.ts';

export type Journal = Pick<Store, 'facts'>;

/** A fact as JSON text; its body is JSON text already, and goes out as it was recorded. */
export function factText({ seq, at, type, subject, key, body }: JournalFact): string {
  const head = JSON.stringify({ seq, at: instantText(at), type, subject, key });
  return `${head.slice(0, -1)},"body":${body}}`;
}

/** The number of the last fact; 0 before the first. Numbers have no gaps, so doubling and halving finds it. */
export async function journalEnd(store: Journal, atLeast = 0): Promise<number> {
  const isThere = async (seq: number): Promise<boolean> => (await store.facts({ after: seq - 1, limit: 1 })).length > 0;
  let last = atLeast;
  let step = 1;
  while (await isThere(last + step)) {
    last += step;
    step *= 2;
  }
  // `last` is there, `last + step` is not.
  for (step = Math.floor(step / 2); step > 0; step = Math.floor(step / 2)) if (await isThere(last + step)) last += step;
  return last;
}

/** Facts of one type, or all, from behind `after`, and how far was looked. */
export interface FactPage {
  readonly facts: readonly JournalFact[];
  /** The next page goes on behind this number. */
  readonly seen: number;
  /** The journal goes on behind `seen`, as far as is known. */
  readonly more: boolean;
}

/**
 * The next facts, `limit` at most. The store could filter by type, too; but a rare type would make it walk through the whole
 * journal at once, so it is done here, a bounded piece at a time.
 */
export async function readFactPage(
  store: Journal,
  { after, limit, type }: { readonly after: number; readonly limit: number; readonly type?: string | undefined },
): Promise<FactPage> {
  const facts: JournalFact[] = [];
  let seen = after;
  while (seen - after < limits.pageScanFactsMax) {
    const wanted = type === undefined ? Math.min(limit - facts.length + 1, limits.pageReadFacts) : limits.pageReadFacts;
    const page = await store.facts({ after: seen, limit: wanted });
    for (const fact of page) {
      if (type !== undefined && fact.type !== type) {
        seen = fact.seq;
        continue;
      }
      if (facts.length === limit) return { facts, seen, more: true };
      facts.push(fact);
      seen = fact.seq;
    }
    if (page.length < wanted) return { facts, seen, more: false };
    await nextTurn();
  }
  return { facts, seen, more: true };
}

/** Lets other requests through. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
