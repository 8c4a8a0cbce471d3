/**
 * What `purser rebuild` does, whichever the engine: every projection is written anew from the facts. They are the only
 * source, so it goes ahead only as long as their chain is sound.
 */
import { ReplayError } from '../flows/replay.ts';
import type { StoredFact } from '../journal/audit.ts';
import { journalFlaw } from './check-result.ts';
import { JournalWalk } from './journal-walk.ts';
import { Projection, type TableRows } from './projection.ts';
import type { Snapshot } from './snapshot.ts';
import { StoreError } from './store.ts';
import type { Progress } from './verify.ts';

/** Rows that were written, by table. */
export type RebuildReport = Readonly<Record<string, number>> & { readonly facts: number };

/** Where the rows go. All of it is one transaction. */
export interface RebuildTarget {
  /** Takes what follows from the next facts. */
  write(facts: readonly StoredFact[], rows: readonly TableRows[]): Promise<void> | void;
}

/** Returns the number of facts. Throws UnsoundFacts, and the transaction has to be given up. */
export async function rebuildFrom(snapshot: Snapshot, target: RebuildTarget, progress: Progress): Promise<number> {
  const of = await snapshot.count('facts');
  const walk = new JournalWalk(snapshot);
  const projection = new Projection();
  let facts = 0;
  for await (const chunk of walk.chunks()) {
    requireSound(walk);
    for (const fact of chunk) replay(projection, fact);
    await target.write(chunk, projection.take());
    facts += chunk.length;
    progress({ facts, of });
  }
  requireSound(walk);
  return facts;
}

/** Throws UnsoundFacts when a fact that has passed is not as it must be. */
export function requireSound({ audit: { flaw } }: JournalWalk): void {
  if (flaw === undefined) return;
  const { table, key, expected, found } = journalFlaw(flaw);
  throw new UnsoundFacts(`${table} ${key}: expected ${expected}, found ${found}`);
}

/** Adds a fact to a projection. Throws UnsoundFacts when it is none that a server writes. */
export function replay(projection: Projection, fact: StoredFact): void {
  try {
    projection.add(fact);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    throw new UnsoundFacts(`facts seq=${fact.seq}: ${error.message}`);
  }
}

/** The journal is not what a server wrote; the message names its first bad record. */
export class UnsoundFacts extends Error {
  override readonly name = 'UnsoundFacts';
}

/** The same for operators. */
export function refusal(database: string, error: unknown): unknown {
  if (!(error instanceof UnsoundFacts)) return error;
  return new StoreError(
    `the facts of ${database} are not sound, nothing was changed (${error.message}): restore a backup`,
    { cause: error },
  );
}
