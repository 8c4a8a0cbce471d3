/**
 * What `purser migrate-store` does, whichever the engines: a journal is copied fact by fact and batch by batch, so that the
 * chain stays the same, and the rows that follow from it are written on the way. Each part is one transaction that ends with
 * a batch; until everything is there and verified, no server takes the target for a database.
 */
import { limits } from '../base/limits.ts';
import type { JournalEnd, StoredBatch, StoredFact } from '../journal/audit.ts';
import { JournalWalk } from './journal-walk.ts';
import { Projection, type TableRows } from './projection.ts';
import { replay, requireSound, UnsoundFacts } from './rebuild.ts';
import type { Snapshot } from './snapshot.ts';
import { StoreError } from './store.ts';
import { unsound, type Progress, type VerifyReport } from './verify.ts';
import { totalsDiffer } from './totals.ts';

export type CopyFault = 'other_facts' | 'unsound_source' | 'unsound_copy' | 'totals_differ' | 'target_in_use';

/** The copy is refused, or cannot be completed as things stand. */
export class CopyError extends StoreError {
  readonly code: CopyFault;

  constructor(code: CopyFault, message: string) {
    super(message);
    this.code = code;
  }
}

/** A database to copy from. Nobody writes to it meanwhile. */
export interface CopySource {
  /** For messages. */
  readonly name: string;
  readonly snapshot: Snapshot;
  close(): Promise<void>;
}

/** A database to copy to. */
export interface CopyTarget {
  readonly name: string;
  /** How far it has come: it ends with a batch. */
  readonly end: JournalEnd;
  /** The counter of transfer ids. */
  readonly highestTx: bigint;
  /** From now on nobody takes it for complete. */
  begin(): Promise<void>;
  append(part: CopyPart): Promise<void>;
  /** Checks it in full, and reads one moment of it. */
  verify(progress: Progress): Promise<VerifyReport>;
  read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>;
  /** From now on it is a database like any other. */
  complete(): Promise<void>;
  close(): Promise<void>;
}

/** Whole batches, and the rows that follow from their facts. */
export interface CopyPart {
  readonly facts: readonly StoredFact[];
  readonly batches: readonly StoredBatch[];
  readonly rows: readonly TableRows[];
  readonly end: JournalEnd;
}

export interface CopyReport {
  readonly facts: number;
  /** How many of them were copied this time. */
  readonly copied: number;
  readonly chain: string;
  readonly report: VerifyReport;
}

export interface CopyProgress {
  readonly copying: Progress;
  readonly verifying: Progress;
}

/** Throws StoreError, and the target can be completed by another run, unless it is one that has to be refused. */
export async function copyStore(
  source: CopySource,
  target: CopyTarget,
  { copying, verifying }: CopyProgress,
): Promise<CopyReport> {
  const from = target.end;
  const of = await source.snapshot.count('facts');
  await requirePrefix(source, target);
  if (from.seq < of) await target.begin();
  const chain = await copyFacts(source, target, (facts) => copying({ facts, of }));
  const report = await target.verify(verifying);
  const bad = unsound(report)?.firstBad;
  if (bad !== undefined)
    throw new CopyError(
      'unsound_copy',
      `the copy ${target.name} is not sound (${bad.table} ${bad.key}: expected ${bad.expected}, found ${bad.found})`,
    );
  if (report.head.seq !== of || report.head.chain !== chain)
    throw new CopyError('unsound_copy', `the copy ${target.name} does not end as ${source.name} does`);
  const differ = await target.read((snapshot) => totalsDiffer(source.snapshot, snapshot));
  if (differ !== undefined)
    throw new CopyError(
      'totals_differ',
      `${source.name} has ${differ.expected} ${differ.what}, its copy ${differ.found}, as the facts say: run "purser rebuild" on the source, then this once more`,
    );
  await target.complete();
  return { facts: of, copied: of - from.seq, chain, report };
}

/** Equal chains mean equal journals: whatever the target has, the source has at the same place. */
async function requirePrefix({ name, snapshot }: CopySource, { name: target, end }: CopyTarget): Promise<void> {
  if (end.seq === 0) return;
  const found = await snapshot.endAt(end.seq);
  if (found?.chain === end.chain && found.at === end.at) return;
  throw new CopyError(
    'other_facts',
    `${target} has ${end.seq} facts that are not those of ${name}: name an empty database, nothing was changed`,
  );
}

/** Returns the chain hash of the last batch. */
async function copyFacts(source: CopySource, target: CopyTarget, progress: (facts: number) => void): Promise<string> {
  const begun: StoredBatch[] = [];
  const walk = new JournalWalk(source.snapshot, target.end, (batch) => begun.push(batch));
  const projection = new Projection(target.highestTx);
  let waiting: StoredFact[] = [];
  const append = async (): Promise<void> => {
    const open = begun.findIndex(({ lastSeq }) => lastSeq > walk.audit.head.seq);
    const batches = begun.splice(0, open < 0 ? begun.length : open);
    const last = batches.at(-1);
    if (last === undefined) return;
    const count = waiting.findLastIndex(({ seq }) => seq <= last.lastSeq) + 1;
    const facts = waiting.slice(0, count);
    waiting = waiting.slice(count);
    for (const fact of facts) replay(projection, fact);
    const end = { seq: last.lastSeq, at: facts.at(-1)!.at, chain: last.chain };
    await target.append({ facts, batches, rows: projection.take(), end });
    progress(last.lastSeq);
  };
  try {
    for await (const chunk of walk.chunks()) {
      requireSound(walk);
      waiting = [...waiting, ...chunk];
      if (waiting.length >= limits.copyFactsAtOnce) await append();
    }
    requireSound(walk);
    await append();
  } catch (error) {
    if (!(error instanceof UnsoundFacts)) throw error;
    throw new CopyError(
      'unsound_source',
      `the facts of ${source.name} are not sound (${error.message}): restore a backup of it, the copy ends before them`,
    );
  }
  return walk.audit.head.chain;
}
