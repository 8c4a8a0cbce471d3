/**
 * A budget split by category (B-22, B-23). The operation names the planned buckets that an allocation may touch, as it saw them;
 * the decision goes on only while the period's plan and the hierarchy are still those.
 */
import { invariant } from '../base/assert.ts';
import type { Change, Command, Decided, Decision, Read, View } from '../base/decision.ts';
import { AllocationBook } from '../budgets/allocation-book.ts';
import { bucketKey, periodKey, WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { hierarchyOf, pathsOn } from '../budgets/hierarchy.ts';
import { allocationView } from '../budgets/plan-wire.ts';
import { policyOf, type PolicySettings } from '../budgets/policy.ts';
import { allocations, budgets, merchants, periods, policies } from '../budgets/tables.ts';
import type { BucketRow, MerchantRow } from '../budgets/tables.ts';
import { refusal, repeated, replayed, type Keyed } from './answers.ts';
import { bucketReads, changeBucket, newBucket } from './buckets.ts';
import { budgetRecorded } from './budget-facts.ts';
import { belowChildren, budgetOf, plannedPeriod, refusedByPeriod } from './plans.ts';

/** A merchant's plan of a period as an operation saw it. */
export interface SeenPlan {
  /** Categories with a planned bucket that may be touched; the merchant-wide one is always looked at. */
  readonly planned: readonly string[];
  /** Versions of the rows that would have changed if there were others; 0: there was no row. */
  readonly periodVersion: bigint;
  readonly hierarchyVersion: bigint;
}

export interface SetAllocationCommand extends Command, SeenPlan {
  readonly type: 'set-allocation';
  /** `create` refuses a category that has an allocation of another amount; `change` one that has none. */
  readonly mode: 'create' | 'change';
  readonly merchantId: string;
  readonly period: string;
  /** Categories stand where the hierarchy has them on this day: the period's first. */
  readonly firstDay: string;
  readonly budgetId: string;
  readonly category: string;
  /** For a bucket that is not there yet. */
  readonly allocationId: string;
  /** Null: stays as it is; of a new allocation the holdback is then 0. */
  readonly amount: bigint | null;
  readonly holdback: bigint | null;
  readonly keyed: Keyed | null;
  readonly actor: string;
}

/** Rows of a merchant's period that a change of its plan looks at. */
export function planReads(merchantId: string, period: string, categories: readonly string[]): Read[] {
  return [
    { table: merchants, key: [merchantId] },
    { table: policies, key: [merchantId] },
    { table: periods, key: [periodKey(merchantId, period)] },
    ...[...new Set([WHOLE_MERCHANT, ...categories])].flatMap((each) =>
      bucketReads(bucketKey(merchantId, period, each)),
    ),
  ];
}

/** Where the categories of a merchant stand on a day; empty: there is no such category. */
export function pathsOf(merchant: MerchantRow | undefined, day: string): (category: string) => readonly string[] {
  const pathOf = pathsOn(hierarchyOf(merchant?.hierarchy), day);
  const known = new Map<string, readonly string[]>();
  return (category) => {
    const path = known.get(category) ?? pathOf(category) ?? [];
    known.set(category, path);
    return path;
  };
}

/** Is the plan still the one that was seen? */
export function isStale(
  { periodVersion, hierarchyVersion }: Omit<SeenPlan, 'planned'>,
  { merchantId, period }: { readonly merchantId: string; readonly period: string },
  view: View,
): boolean {
  const merchant = view.row(merchants, [merchantId]);
  const state = view.row(periods, [periodKey(merchantId, period)]);
  return (state?.version ?? 0n) !== periodVersion || (merchant?.hierarchy_version ?? 0n) !== hierarchyVersion;
}

/** The budget of an allocation must be active, and its period open. */
function refusedByBudget(command: SetAllocationCommand, view: View): Decided | undefined {
  const { merchantId, period, budgetId } = command;
  const budget = budgetOf(command, view);
  if (budget === undefined) return refusal('budget_not_found');
  const state = view.row(periods, [periodKey(merchantId, period)]);
  if (budget.status === 'draft') return refusal('budget_not_active', { budget_id: budgetId });
  return refusedByPeriod(state);
}

const setAllocation: Decision<SetAllocationCommand> = {
  reads: ({ merchantId, period, planned, category, budgetId, keyed }) => ({
    ...(keyed === null ? {} : { key: keyed.key }),
    rows: [{ table: budgets, key: [budgetId] }, ...planReads(merchantId, period, [...planned, category])],
  }),
  decide(command, view) {
    const { merchantId, period, category, keyed } = command;
    const known = keyed === null ? undefined : repeated(view, { ...keyed, conflict: 'idempotency_conflict' });
    const refused = known ?? refusedByBudget(command, view);
    if (refused !== undefined) return refused;
    if (isStale(command, command, view)) return refusal('stale');
    const paths = pathsOf(view.row(merchants, [merchantId]), command.firstDay);
    if (paths(category).length === 0) return refusal('unknown_category', { category });
    const settled = alreadySo(command, view.row(allocations, [bucketKey(merchantId, period, category)]));
    if (settled !== undefined) return settled;
    const book = new AllocationBook(seenBuckets(command, view), paths);
    book.set(category, wantedOf(command));
    return shortfallOf(book, category) ?? allocate(command, book, view);
  },
};

const seenBuckets = ({ merchantId, period, category, planned }: SetAllocationCommand, view: View): BucketRow[] =>
  [...new Set([WHOLE_MERCHANT, ...planned, category])].flatMap(
    (each) => view.row(allocations, [bucketKey(merchantId, period, each)]) ?? [],
  );

function wantedOf({ amount, holdback }: SetAllocationCommand): { amount?: bigint; holdback?: bigint } {
  return { ...(amount === null ? {} : { amount }), ...(holdback === null ? {} : { holdback }) };
}

/** From here on it happens. */
function allocate(command: SetAllocationCommand, book: AllocationBook, view: View): Decided {
  const { merchantId, period, category, budgetId, allocationId, keyed, actor } = command;
  const policy = policyOf(view.row(policies, [merchantId])?.settings);
  const changes = bookChanges(book, { merchantId, period, budgetId, idOf: () => allocationId, policy }, view);
  const budget = view.row(budgets, [budgetId]);
  const row = ownRow(changes, bucketKey(merchantId, period, category));
  invariant(budget !== undefined && row !== undefined, 'an allocation that was set has a budget and a bucket');
  const state = view.row(periods, [periodKey(merchantId, period)]);
  return budgetRecorded({
    type: 'otb/allocation-set.v1',
    subject: row.allocation_id,
    answer: allocationView(row),
    changes: [...changes, { table: periods, row: plannedPeriod(state, budget, view) }],
    keyed,
    said: { actor, amount_cents: amountText(command.amount), holdback_cents: amountText(command.holdback) },
  });
}

const amountText = (amount: bigint | null): string | null => (amount === null ? null : amount.toString());

/** What a caller hears when nothing is to be done, or nothing can be. */
function alreadySo(command: SetAllocationCommand, before: BucketRow | undefined): Decided | undefined {
  const isNew = command.mode === 'create';
  if (before === undefined || before.budget_id === null) return isNew ? undefined : refusal('allocation_not_found');
  const { allocated_cents: amount, holdback_cents: holdback } = before;
  const isAmount = (command.amount ?? amount) === amount;
  if (isAmount && (command.holdback ?? holdback) === holdback) return replayed(allocationView(before));
  // The merchant-wide amount is the budget's own, and is revised with it.
  const isBudget = before.category === WHOLE_MERCHANT && !isAmount;
  return isNew || isBudget ? refusal('allocation_exists', { allocation_id: before.allocation_id }) : undefined;
}

/** B-22: children never exceed the parent, and the refusal says by how much. */
export function shortfallOf(book: AllocationBook, category: string): Decided | undefined {
  const short = book.shortfall();
  if (short === undefined) return undefined;
  const { allocated, children, holdback } = short;
  if (short.category === category) return refusal('below_children', belowChildren(allocated, children, holdback));
  const requested = book.share(category).allocated;
  return refusal('exceeds_parent', {
    category,
    parent_category: short.category === WHOLE_MERCHANT ? null : short.category,
    requested_cents: Number(requested),
    available_cents: Number(allocated - holdback - (children - requested)),
    parent_cents: Number(allocated),
  });
}

interface Booked {
  readonly merchantId: string;
  readonly period: string;
  readonly budgetId: string;
  /** The id of a category's bucket that is not there yet. */
  readonly idOf: (category: string) => string;
  readonly policy: PolicySettings;
}

/** What a book of allocations changes in its buckets, with their alerts. */
export function bookChanges(
  book: AllocationBook,
  { merchantId, period, budgetId, idOf, policy }: Booked,
  view: View,
): Change[] {
  return book.changed().flatMap(({ category, before, after }) => {
    const bucket =
      view.row(allocations, [bucketKey(merchantId, period, category)]) ??
      newBucket({ merchant: merchantId, period, category, allocationId: idOf(category) }, view);
    const change = {
      allocated_cents: after.allocated - before.allocated,
      children_cents: after.children - before.children,
      holdback_cents: after.holdback - before.holdback,
      budgetId,
      revised: true,
      ...(after.parent === null ? {} : { parent: after.parent }),
    } as const;
    return changeBucket(bucket, change, policy, view);
  });
}

function ownRow(changes: readonly Change[], bucket: string): BucketRow | undefined {
  const change = changes.find(({ table, row }) => table.name === allocations.name && row['bucket'] === bucket);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a row of that very table
  return change?.row as BucketRow | undefined;
}

export const allocationDecisions = { 'set-allocation': setAllocation };
