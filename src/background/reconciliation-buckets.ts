/**
 * The buckets of a run, a page at a time: which have news since the run before, what their documents and decisions are, and the
 * commands that compare them. Everything is read beside the gates; only the comparing itself takes its turn with them.
 */
import type { Table } from '../base/decision.ts';
import { limits } from '../base/limits.ts';
import { newId } from '../base/new-id.ts';
import { decisionOfTotals, type ActualTotalsRow } from '../budgets/actuals.ts';
import { reconcileDecision } from '../budgets/reconcile.ts';
import { actualTotals, allocations, decisions, type BucketRow, type DecisionRow } from '../budgets/tables.ts';
import type { BucketToReconcile, DecisionToReconcile } from '../flows/reconciliation.ts';
import { findRow } from '../store/find-row.ts';
import type { Store } from '../store/store.ts';
import { nextTurn } from './next-turn.ts';

type Compared = Pick<DecisionRow, 'decision_id' | 'bucket' | 'reserved_cents' | 'committed_cents' | 'received_cents'>;

/** What of a decision is compared. Its row holds much more, and there may be a million. */
const compared: Table<Compared> = {
  ...decisions,
  columns: ['decision_id', 'bucket', 'reserved_cents', 'committed_cents', 'received_cents'],
};

/** Behind every bucket: keys begin with a merchant's id, and ids hold no `~`. */
export const BUCKETS_DONE = '~';

/** One bucket to compare, with those of its decisions that are not as their documents say, in the order in which they are sent. */
export interface BucketWork {
  readonly bucket: BucketToReconcile;
  readonly decisions: readonly DecisionToReconcile[];
}

type Reader = Pick<Store, 'rows'>;

/** The next page of sums behind `after`: what is to be done, and where it ended; undefined: nothing is left. */
export async function nextBuckets(
  store: Reader,
  { after, since }: { readonly after: string; readonly since: bigint },
): Promise<{ readonly work: readonly BucketWork[]; readonly last: string } | undefined> {
  const page = await store.rows({ table: actualTotals, by: 'bucket', after, limit: limits.jobRowsMax });
  const last = page.at(-1)?.bucket;
  if (last === undefined) return undefined;
  const units = page.filter(({ bucket }) => decisionOfTotals(bucket) === undefined);
  const held = await bucketsBy(store, units);
  const news = units.filter(({ bucket, updated_at: told }) => {
    const changed = held.get(bucket)?.updated_at ?? 0n;
    return told >= since || changed >= since;
  });
  const work: BucketWork[] = [];
  for (const totals of news) {
    work.push(await workOf(store, totals, held.get(totals.bucket)));
    await nextTurn();
  }
  return { work, last };
}

/** The same bucket as it is now: it had changed before it was compared. */
export async function bucketAgain(store: Reader, bucket: string): Promise<BucketWork | undefined> {
  const totals = await findRow(store, actualTotals, 'bucket', bucket);
  if (totals === undefined) return undefined;
  return workOf(store, totals, (await bucketsBy(store, [totals])).get(bucket));
}

async function bucketsBy(store: Reader, units: readonly ActualTotalsRow[]): Promise<ReadonlyMap<string, BucketRow>> {
  const among = { column: 'bucket', values: units.map(({ bucket }) => bucket) } as const;
  const rows = await store.rows({ table: allocations, among, by: 'bucket', limit: units.length });
  return new Map(rows.map((row) => [row.bucket, row]));
}

async function workOf(store: Reader, totals: ActualTotalsRow, held: BucketRow | undefined): Promise<BucketWork> {
  const { bucket } = totals;
  const differing: DecisionToReconcile[] = [];
  let namedReceived = 0n;
  for await (const page of namedDecisions(store, bucket)) {
    const among = { column: 'decision_id', values: [...page.keys()] } as const;
    const rows = await store.rows({ table: compared, among, by: 'decision_id', limit: page.size });
    for (const row of rows) {
      if (row.bucket === bucket) namedReceived += row.received_cents;
      const documents = page.get(row.decision_id);
      if (documents !== undefined && differs(documents, row)) differing.push({ bucket, decisionId: row.decision_id });
    }
  }
  return {
    bucket: {
      bucket,
      bucketVersion: held?.version ?? 0n,
      totalsVersion: totals.version,
      namedReceived,
      allocationId: held?.allocation_id ?? newId(),
    },
    decisions: differing,
  };
}

/** Most decisions are as their documents say. One that changes after it was looked at changes its bucket, too, and is the next run's. */
function differs(documents: ActualTotalsRow, row: Compared): boolean {
  const open = row.reserved_cents + row.committed_cents;
  const { adjustments, unreported } = reconcileDecision(documents, { open, received: row.received_cents });
  return adjustments.length > 0 || unreported !== 0n;
}

/** Decisions of which documents tell, page by page, with the sums that stand behind the bucket's own, under its key. */
async function* namedDecisions(store: Reader, bucket: string): AsyncGenerator<ReadonlyMap<string, ActualTotalsRow>> {
  const prefix = `${bucket}|`;
  for (let after = prefix; ;) {
    const rows = await store.rows({ table: actualTotals, by: 'bucket', after, limit: limits.jobRowsMax });
    const own = rows.filter(({ bucket: key }) => key.startsWith(prefix));
    const byDecision = own.flatMap((row) => {
      const id = decisionOfTotals(row.bucket);
      return id === undefined ? [] : [[id, row] as const];
    });
    await nextTurn();
    if (byDecision.length > 0) yield new Map(byDecision);
    const last = own.at(-1)?.bucket;
    if (last === undefined || own.length < limits.jobRowsMax) return;
    after = last;
  }
}

/** A page's work in portions that one command each takes. A bucket stands in the portion of its first decisions. */
export function portionsOf(
  work: readonly BucketWork[],
): { buckets: BucketToReconcile[]; decisions: DecisionToReconcile[] }[] {
  const portions: { buckets: BucketToReconcile[]; decisions: DecisionToReconcile[] }[] = [];
  let open = { buckets: [] as BucketToReconcile[], decisions: [] as DecisionToReconcile[] };
  for (const { bucket, decisions: named } of work) {
    open.buckets.push(bucket);
    for (const decision of named) {
      open.decisions.push(decision);
      if (open.decisions.length < limits.reconcileDecisionsPerCommand) continue;
      portions.push(open);
      open = { buckets: [], decisions: [] };
    }
    if (open.buckets.length < limits.reconcileDecisionsPerCommand) continue;
    portions.push(open);
    open = { buckets: [], decisions: [] };
  }
  return open.buckets.length + open.decisions.length > 0 ? [...portions, open] : portions;
}
