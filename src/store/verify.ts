/**
 * What `purser verify` recomputes and compares, whichever the engine: journal, keys, every table, the invariants.
 * One pass over one snapshot; memory does not grow with the number of facts.
 */
import { checkResult, journalFlaw, type CheckResult, type FirstBad } from './check-result.ts';
import { JournalWalk } from './journal-walk.ts';
import type { Snapshot } from './snapshot.ts';
import { ProjectionAudit } from './verify-projections.ts';

export interface VerifyReport {
  readonly ok: boolean;
  readonly facts: number;
  /** Where the journal ends: who keeps this elsewhere finds out when its end is cut off. */
  readonly head: { readonly seq: number; readonly chain: string };
  readonly checks: readonly CheckResult[];
}

/** Told every so often how far the work has come. */
export type Progress = (done: { readonly facts: number; readonly of: number }) => void;

/** Finds out whether two facts have the same key; how, is the engine's own. */
export interface KeySearch {
  /** Takes the key of a fact; facts come in order. */
  add(key: string, seq: number): void;
  /** After the last fact: the second fact of a key that has two, if there is one. */
  end(lastSeq: number): FirstBad | undefined | Promise<FirstBad | undefined>;
}

/** Checks all that the engines have in common. */
export async function verifySnapshot(snapshot: Snapshot, keys: KeySearch, progress?: Progress): Promise<VerifyReport> {
  const of = await snapshot.count('facts');
  const walk = new JournalWalk(snapshot);
  const projections = await ProjectionAudit.begin(snapshot);
  let facts = 0;
  let keyed = 0;
  for await (const chunk of walk.chunks()) {
    for (const { key, seq } of chunk) {
      // A number out of order is the journal's flaw; here it must not make up millions of empty runs.
      if (key === null || seq < 1 || seq > of) continue;
      keys.add(key, seq);
      keyed += 1;
    }
    await projections.add(chunk);
    facts += chunk.length;
    progress?.({ facts, of });
  }
  const duplicate = await keys.end(of);
  const { flaw, counted, head } = walk.audit;
  const checks = [
    checkResult('journal', counted, flaw && journalFlaw(flaw)),
    checkResult('keys', { keys: keyed }, duplicate),
    ...(await projections.end(keyed, duplicate)),
  ];
  return { ok: checks.every(({ ok }) => ok), facts, head, checks };
}

/** The report together with what an engine has checked beyond. */
export function withChecks(
  report: VerifyReport,
  before: readonly CheckResult[],
  after: readonly CheckResult[],
): VerifyReport {
  const checks = [...before, ...report.checks, ...after];
  return { ...report, ok: checks.every(({ ok }) => ok), checks };
}

/**
 * The first check that says the database is not what a server wrote. What the rail was told to do may break an invariant
 * (a credit that no debit belongs to): it was recorded so, and refusing the database would not undo it.
 */
export function unsound({ checks }: VerifyReport): CheckResult | undefined {
  return checks.find(({ name, ok }) => !ok && (!/^[ISOB]\d+$/.test(name) || name === 'I5'));
}
