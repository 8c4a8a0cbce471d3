/** What planners decide of a merchant and its budgets (B-20, B-23): drafted, activated once, revised as often as they like. */
import type { Change, Command, Decided, Decision, Read, View } from '../base/decision.ts';
import { bucketKey, openToBuy, periodKey, WHOLE_MERCHANT, type Counters } from '../budgets/bucket.ts';
import type { Placing } from '../budgets/hierarchy.ts';
import { budgetView, merchantView } from '../budgets/plan-wire.ts';
import { openingOf } from '../budgets/plan.ts';
import { policyOf } from '../budgets/policy.ts';
import { budgetRevisions, budgets, merchants, periods, policies, allocations } from '../budgets/tables.ts';
import type { Basis, BucketRow, BudgetRow, Calendar, MerchantRow, PeriodRow } from '../budgets/tables.ts';
import { refusal, repeated, replayed, type Keyed } from './answers.ts';
import { added, bucketReads, changeBucket, newBucket } from './buckets.ts';
import { budgetRecorded } from './budget-facts.ts';
import { isCountable } from './gate-books.ts';

export interface PutMerchantCommand extends Command {
  readonly type: 'put-merchant';
  readonly merchantId: string;
  readonly name: string;
  readonly currency: string;
  readonly calendar: Calendar;
  readonly yearEnd: string;
  /** Without a flaw, see `flawOf`. */
  readonly hierarchy: readonly Placing[];
  readonly actor: string;
}

/** A budget's amounts in cents, as `planned` reckons them or as they were given. */
export interface BudgetAmounts {
  readonly amount: bigint;
  readonly openToBuy: bigint;
  /** JSON of the plan's components; null where the amount was given. */
  readonly plan: string | null;
}

interface OfBudget extends Command {
  readonly budgetId: string;
  readonly merchantId: string;
  readonly period: string;
  readonly actor: string;
}

export interface DraftBudgetCommand extends OfBudget, BudgetAmounts {
  readonly type: 'draft-budget';
  readonly basis: Basis;
  readonly currency: string;
  /** Null: the caller gave no key. */
  readonly keyed: Keyed | null;
}

export interface ActivateBudgetCommand extends OfBudget {
  readonly type: 'activate-budget';
  /** Of the merchant-wide bucket, if it is not there yet. */
  readonly allocationId: string;
}

export interface ReviseBudgetCommand extends OfBudget {
  readonly type: 'revise-budget';
  readonly amount: bigint;
  /** On order from before the plan, on the budget's basis, that is committed from now on; null: what was booked stays. */
  readonly opening: bigint | null;
  readonly plan: string | null;
  readonly reason: string | null;
}

const putMerchant: Decision<PutMerchantCommand> = {
  reads: ({ merchantId }) => ({ rows: [{ table: merchants, key: [merchantId] }] }),
  decide(command, view) {
    const { merchantId, name, currency, calendar, yearEnd, actor } = command;
    const before = view.row(merchants, [merchantId]);
    const hierarchy = JSON.stringify(command.hierarchy);
    const isPlacedSo = before?.hierarchy === hierarchy && before.calendar === calendar && before.year_end === yearEnd;
    if (isPlacedSo && before.name === name && before.currency === currency) return replayed(merchantView(before));
    const { created_at: createdAt, hierarchy_version: placed, version } = before ?? unset(view);
    const row: MerchantRow = {
      merchant_id: merchantId,
      name,
      currency,
      calendar,
      year_end: yearEnd,
      hierarchy,
      hierarchy_version: placed + (isPlacedSo ? 0n : 1n),
      created_at: createdAt,
      updated_at: view.at,
      version: version + 1n,
    };
    const changes = [{ table: merchants, row }];
    const answer = merchantView(row);
    return budgetRecorded({ type: 'otb/merchant-set.v1', subject: merchantId, answer, changes, said: { actor } });
  },
};

const unset = ({ at }: View): Pick<MerchantRow, 'created_at' | 'hierarchy_version' | 'version'> => ({
  created_at: at,
  hierarchy_version: 0n,
  version: 0n,
});

/** A locked or closed period takes no plans (B-23). */
export function refusedByPeriod(period: PeriodRow | undefined): Decided | undefined {
  if (period === undefined || period.status === 'open') return undefined;
  const { merchant_id, period: id, status } = period;
  return refusal(status === 'locked' ? 'period_locked' : 'period_closed', { merchant_id, period: id });
}

const draftBudget: Decision<DraftBudgetCommand> = {
  reads: ({ budgetId, merchantId, period, keyed }) => ({
    ...(keyed === null ? {} : { key: keyed.key }),
    rows: [
      { table: budgets, key: [budgetId] },
      { table: merchants, key: [merchantId] },
      { table: periods, key: [periodKey(merchantId, period)] },
    ],
  }),
  decide(command, view) {
    const { budgetId, merchantId, period, basis, currency, keyed, actor } = command;
    const known = keyed === null ? undefined : repeated(view, { ...keyed, conflict: 'idempotency_conflict' });
    if (known !== undefined) return known;
    // Its id was drawn for it: it is there only if the command itself comes again.
    const same = view.row(budgets, [budgetId]);
    if (same !== undefined) return replayed(budgetView(same, undefined));
    const refused = refusedDraft(command, view);
    if (refused !== undefined) return refused;
    const row: BudgetRow = {
      budget_id: budgetId,
      merchant_id: merchantId,
      period,
      basis,
      currency,
      status: 'draft',
      plan: command.plan,
      open_to_buy_cents: command.openToBuy,
      amount_cents: command.amount,
      original_cents: null,
      revision: 0n,
      created_by: actor,
      created_at: view.at,
      updated_at: view.at,
      version: 1n,
    };
    return budgetRecorded({
      type: 'otb/budget-drafted.v1',
      subject: budgetId,
      answer: budgetView(row, undefined),
      changes: [{ table: budgets, row }],
      keyed,
      said: { actor },
    });
  },
};

/** One budget has one basis and one currency (B-20): what is planned there already says which. */
function refusedDraft({ merchantId, period, basis, currency }: DraftBudgetCommand, view: View): Decided | undefined {
  const state = view.row(periods, [periodKey(merchantId, period)]);
  const wanted = state?.currency ?? view.row(merchants, [merchantId])?.currency ?? currency;
  const refused = refusedByPeriod(state);
  if (refused !== undefined) return refused;
  if (currency !== wanted) return refusal('currency_mismatch', { currency: wanted });
  return basis === (state?.basis ?? basis) ? undefined : refusal('basis_mismatch', { basis: state?.basis });
}

/** What every change of an active budget looks at. */
function budgetReads({ budgetId, merchantId, period }: Pick<OfBudget, 'budgetId' | 'merchantId' | 'period'>): Read[] {
  return [
    { table: budgets, key: [budgetId] },
    { table: periods, key: [periodKey(merchantId, period)] },
    { table: policies, key: [merchantId] },
    ...bucketReads(bucketKey(merchantId, period, WHOLE_MERCHANT)),
  ];
}

/** The budget, if it is one of this merchant and period. */
export function budgetOf(
  { budgetId, merchantId, period }: Pick<OfBudget, 'budgetId' | 'merchantId' | 'period'>,
  view: View,
): BudgetRow | undefined {
  const row = view.row(budgets, [budgetId]);
  return row?.merchant_id === merchantId && row.period === period ? row : undefined;
}

/** The row of a budget's revision, as it is kept (B-23). */
export function revisionChange(
  row: BudgetRow,
  { reason, actor }: { readonly reason: string | null; readonly actor: string },
  at: bigint,
): Change {
  return {
    table: budgetRevisions,
    row: {
      revision_id: `${row.budget_id}:${row.revision}`,
      budget_id: row.budget_id,
      merchant_id: row.merchant_id,
      revision: row.revision,
      amount_cents: row.amount_cents,
      plan: row.plan,
      reason,
      revised_by: actor,
      at,
    },
  };
}

/** The period's row as it is once a budget is active in it; every change of plans in a period counts its version up. */
export function plannedPeriod(
  before: PeriodRow | undefined,
  budget: BudgetRow,
  view: View,
  createdAt = view.at,
): PeriodRow {
  return {
    period_key: periodKey(budget.merchant_id, budget.period),
    merchant_id: budget.merchant_id,
    period: budget.period,
    status: before?.status ?? 'open',
    budget_id: budget.budget_id,
    basis: budget.basis,
    currency: budget.currency,
    created_at: before?.created_at ?? createdAt,
    updated_at: view.at,
    version: (before?.version ?? 0n) + 1n,
  };
}

const activateBudget: Decision<ActivateBudgetCommand> = {
  reads: (command) => ({ rows: budgetReads(command) }),
  decide({ budgetId, merchantId, period, allocationId, actor }, view) {
    const before = budgetOf({ budgetId, merchantId, period }, view);
    const state = view.row(periods, [periodKey(merchantId, period)]);
    if (before === undefined) return refusal('budget_not_found');
    const known = view.row(allocations, [bucketKey(merchantId, period, WHOLE_MERCHANT)]);
    if (before.status !== 'draft') return replayed(budgetView(before, known));
    const refused = refusedByPeriod(state) ?? refusedByAnother(state, before);
    if (refused !== undefined) return refused;
    const row: BudgetRow = {
      ...before,
      status: 'active',
      original_cents: before.amount_cents,
      revision: 1n,
      updated_at: view.at,
      version: before.version + 1n,
    };
    const bucket = known ?? newBucket({ merchant: merchantId, period, category: WHOLE_MERCHANT, allocationId }, view);
    const opening = {
      allocated_cents: row.amount_cents,
      // Orders from before the plan enter as commitments, so that nothing is counted twice (B-20).
      committed_cents: openingOf(row),
      budgetId,
      revised: true,
    } as const;
    const after = added(bucket, opening);
    // R12: what is on order beside what the gate holds already may be more than a JSON number tells.
    if (!isCountable(after)) return refusal('invalid_amount', { field: 'amount_cents' });
    const changes = [
      { table: budgets, row },
      { table: periods, row: plannedPeriod(state, row, view) },
      revisionChange(row, { reason: null, actor }, view.at),
      ...changeBucket(bucket, opening, policyOf(view.row(policies, [merchantId])?.settings), view),
    ];
    const answer = budgetView(row, after);
    return budgetRecorded({ type: 'otb/budget-activated.v1', subject: budgetId, answer, changes, said: { actor } });
  },
};

/** A period has one budget, which is revised; what was drafted beside it stays a draft. */
function refusedByAnother(state: PeriodRow | undefined, { basis, currency }: BudgetRow): Decided | undefined {
  if (state === undefined || state.budget_id === null) return undefined;
  if (state.basis !== basis) return refusal('basis_mismatch', { basis: state.basis });
  if (state.currency !== currency) return refusal('currency_mismatch', { currency: state.currency });
  return refusal('budget_exists', { budget_id: state.budget_id });
}

/** B-23: lower than what is committed is allowed, and flagged; lower than what was given to categories is not. */
const reviseBudget: Decision<ReviseBudgetCommand> = {
  reads: (command) => ({ rows: budgetReads(command) }),
  decide(command, view) {
    const { merchantId, period } = command;
    const before = budgetOf(command, view);
    if (before === undefined) return refusal('budget_not_found');
    const refused = refusedByPeriod(view.row(periods, [periodKey(merchantId, period)]));
    if (refused !== undefined) return refused;
    const isDraft = before.status === 'draft';
    const bucket = isDraft ? undefined : view.row(allocations, [bucketKey(merchantId, period, WHOLE_MERCHANT)]);
    // A draft has booked nothing that could stay.
    const opening = command.opening ?? (isDraft ? 0n : openingOf(before));
    const isSame =
      before.amount_cents === command.amount && openingOf(before) === opening && before.plan === command.plan;
    if (isSame)
      return replayed({
        ...budgetView(before, bucket),
        below_committed: bucket !== undefined && openToBuy(bucket) < 0n,
      });
    const row = revisedRow(command, { before, opening }, view);
    return bucket === undefined
      ? draftRevised(command, before, row)
      : activeRevised(command, { before, row, bucket }, view);
  },
};

const revisedRow = (
  { amount, plan }: ReviseBudgetCommand,
  { before, opening }: { readonly before: BudgetRow; readonly opening: bigint },
  view: View,
): BudgetRow => ({
  ...before,
  plan,
  amount_cents: amount,
  open_to_buy_cents: amount - opening,
  updated_at: view.at,
  version: before.version + 1n,
});

/** A draft binds nothing, so there is nothing to keep of what it was. */
function draftRevised(command: ReviseBudgetCommand, before: BudgetRow, row: BudgetRow): Decided {
  return revised(command, { before, row, bucket: undefined, changes: [{ table: budgets, row }] });
}

function activeRevised(
  command: ReviseBudgetCommand,
  { before, row: next, bucket }: { readonly before: BudgetRow; readonly row: BudgetRow; readonly bucket: BucketRow },
  view: View,
): Decided {
  const { merchantId, period, amount } = command;
  const { children_cents: children, holdback_cents: holdback } = bucket;
  if (children + holdback > 0n && children + holdback > amount)
    return refusal('below_children', belowChildren(amount, children, holdback));
  const row = { ...next, revision: before.revision + 1n };
  const change = {
    allocated_cents: amount - before.amount_cents,
    // Only the difference: what the gate has committed since stands beside it.
    committed_cents: openingOf(row) - openingOf(before),
    revised: true,
  } as const;
  const after = added(bucket, change);
  // R12: what is on order beside what the gate holds may be more than a JSON number tells.
  if (!isCountable(after)) return refusal('invalid_amount', { field: 'amount_cents' });
  const state = view.row(periods, [periodKey(merchantId, period)]);
  const changes = [
    { table: budgets, row },
    { table: periods, row: plannedPeriod(state, row, view) },
    revisionChange(row, command, view.at),
    ...changeBucket(bucket, change, policyOf(view.row(policies, [merchantId])?.settings), view),
  ];
  return revised(command, { before, row, bucket: after, changes });
}

function revised(
  { budgetId, actor, reason }: ReviseBudgetCommand,
  {
    before,
    row,
    bucket,
    changes,
  }: {
    readonly before: BudgetRow;
    readonly row: BudgetRow;
    /** As it is now; undefined of a draft. */
    readonly bucket: Counters | undefined;
    readonly changes: readonly Change[];
  },
): Decided {
  const belowCommitted = bucket !== undefined && openToBuy(bucket) < 0n;
  const answer = { ...budgetView(row, bucket), below_committed: belowCommitted };
  const said = { actor, reason, from_cents: before.amount_cents.toString(), below_committed: belowCommitted };
  return budgetRecorded({ type: 'otb/budget-revised.v1', subject: budgetId, answer, changes, said });
}

/** What stands in the way of a lower amount, in numbers. */
export function belowChildren(requested: bigint, children: bigint, holdback: bigint): Record<string, number> {
  return {
    requested_cents: Number(requested),
    children_cents: Number(children),
    holdback_cents: Number(holdback),
  };
}

export const planDecisions = {
  'put-merchant': putMerchant,
  'draft-budget': draftBudget,
  'activate-budget': activateBudget,
  'revise-budget': reviseBudget,
};
