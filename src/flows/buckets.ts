/**
 * The one way in which a bucket changes: its counters, its version, and in the same fact the alert that opens, moves or closes
 * with what is left (B-23). Plans, the gate, reports and reconciliation all write buckets by it.
 */
import type { Change, Read, View } from '../base/decision.ts';
import {
  alertLevel,
  alertName,
  bucketKey,
  noCounters,
  openToBuy,
  type Bucket,
  type Counters,
} from '../budgets/bucket.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { alerts, allocations, type AlertRow, type BucketRow } from '../budgets/tables.ts';

/** Where a bucket is, and the id that it has once it is written. */
export interface BucketPlace extends Bucket {
  /** Chosen by whoever sends the command; a bucket that is there keeps its own. */
  readonly allocationId: string;
}

/** What is added to counters (a negative amount is taken away), and what a planner sets. */
export interface BucketChange extends Partial<Counters> {
  readonly budgetId?: string;
  readonly parent?: string;
  /** The plan itself changed: one revision more. */
  readonly revised?: true;
}

const alertId = (bucket: string): string => `${bucket}|threshold`;

/** What a command declares that may change this bucket. */
export function bucketReads(bucket: string): Read[] {
  return [
    { table: allocations, key: [bucket] },
    { table: alerts, key: [alertId(bucket)] },
  ];
}

/** A bucket that nobody planned, as it is before its first change. */
export function newBucket({ merchant, period, category, allocationId }: BucketPlace, { at }: View): BucketRow {
  return {
    bucket: bucketKey(merchant, period, category),
    allocation_id: allocationId,
    merchant_id: merchant,
    period,
    category,
    budget_id: null,
    parent: null,
    ...noCounters,
    revision: 0n,
    alert_level: 0n,
    created_at: at,
    updated_at: at,
    version: 0n,
  };
}

/** Once per command and bucket; `view` shows the rows of `bucketReads`. The first change is the bucket's own. */
export function changeBucket(
  before: BucketRow,
  change: BucketChange,
  { thresholds_bp: thresholds }: Pick<PolicySettings, 'thresholds_bp'>,
  view: View,
): [Change, ...Change[]] {
  const counters = added(before, change);
  const level = alertLevel(counters, thresholds);
  const row: BucketRow = {
    ...before,
    ...counters,
    budget_id: change.budgetId ?? before.budget_id,
    parent: change.parent ?? before.parent,
    revision: before.revision + (change.revised === true ? 1n : 0n),
    alert_level: BigInt(level),
    updated_at: view.at,
    version: before.version + 1n,
  };
  const silent = level === 0 && before.alert_level === 0n;
  return [{ table: allocations, row }, ...(silent ? [] : alertChange(row, alertName(level, thresholds), view))];
}

/** The counters after a change. */
export function added(before: Counters, change: Partial<Counters>): Counters {
  return {
    allocated_cents: before.allocated_cents + (change.allocated_cents ?? 0n),
    children_cents: before.children_cents + (change.children_cents ?? 0n),
    holdback_cents: before.holdback_cents + (change.holdback_cents ?? 0n),
    reserved_cents: before.reserved_cents + (change.reserved_cents ?? 0n),
    committed_cents: before.committed_cents + (change.committed_cents ?? 0n),
    received_cents: before.received_cents + (change.received_cents ?? 0n),
    adjusted_cents: before.adjusted_cents + (change.adjusted_cents ?? 0n),
  };
}

/** Names are compared, not levels: other thresholds give the same level another meaning. */
function alertChange(bucket: BucketRow, name: string | null, view: View): Change[] {
  const before = view.row(alerts, [alertId(bucket.bucket)]);
  const isOpen = before?.state === 'open';
  if (name === (isOpen ? before.level : null)) return [];
  const row: AlertRow = {
    alert_id: alertId(bucket.bucket),
    merchant_id: bucket.merchant_id,
    bucket: bucket.bucket,
    kind: 'threshold',
    state: name === null ? 'closed' : 'open',
    level: name ?? before?.level ?? '',
    open_to_buy_cents: openToBuy(bucket),
    opened_at: isOpen ? before.opened_at : view.at,
    updated_at: view.at,
    version: (before?.version ?? 0n) + 1n,
  };
  return [{ table: alerts, row }];
}
