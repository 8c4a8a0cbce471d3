/** Merchants, budgets, allocations, policies, periods and alerts as callers see them: snake_case JSON, integers of cents. */
import { timeOf } from '../base/time.ts';
import { bucketOf, openToBuy, type Counters } from './bucket.ts';
import { hierarchyOf } from './hierarchy.ts';
import type { Plan } from './plan.ts';
import { policyOf, type PolicySettings } from './policy.ts';
import type {
  AlertRow,
  Basis,
  BucketRow,
  BudgetRevisionRow,
  BudgetRow,
  Calendar,
  MerchantRow,
  PeriodRow,
  PolicyRow,
} from './tables.ts';

export interface PlanView {
  readonly planned_sales_cents: number;
  readonly planned_reductions_cents: number;
  readonly planned_closing_stock_cents: number;
  readonly opening_stock_cents: number;
  readonly on_order_cents: number;
  readonly initial_markup_bp: number | null;
}

/** As it stands in a budget's row and on the wire. */
export function planView(plan: Plan): PlanView {
  return {
    planned_sales_cents: Number(plan.plannedSales),
    planned_reductions_cents: Number(plan.plannedReductions),
    planned_closing_stock_cents: Number(plan.plannedClosingStock),
    opening_stock_cents: Number(plan.openingStock),
    on_order_cents: Number(plan.onOrder),
    initial_markup_bp: plan.initialMarkupBp === null ? null : Number(plan.initialMarkupBp),
  };
}

/** The plan in a budget's row; null where its amount was given. */
export function planOf(text: string | null): PlanView | null {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the server's own decision
  return text === null ? null : (JSON.parse(text) as PlanView);
}

export interface MerchantView {
  readonly merchant_id: string;
  readonly name: string;
  readonly currency: string;
  readonly calendar: Calendar;
  readonly year_end: string;
  readonly hierarchy: readonly {
    readonly category: string;
    readonly parent: string | null;
    readonly from: string | null;
  }[];
  readonly hierarchy_version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export function merchantView(row: MerchantRow): MerchantView {
  return {
    merchant_id: row.merchant_id,
    name: row.name,
    currency: row.currency,
    calendar: row.calendar,
    year_end: row.year_end,
    hierarchy: hierarchyOf(row.hierarchy),
    hierarchy_version: Number(row.hierarchy_version),
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}

export interface BudgetView {
  readonly budget_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly basis: Basis;
  readonly currency: string;
  readonly status: BudgetRow['status'];
  readonly amount_cents: number;
  readonly open_to_buy_cents: number;
  readonly planned_open_to_buy_cents: number;
  readonly original_cents: number | null;
  readonly plan: PlanView | null;
  readonly revision: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/**
 * `bucket` is the merchant-wide one of the budget's period as it is now: what may still be committed is there. A draft has none, and
 * of it the plan's result is all there is to say.
 */
export function budgetView(row: BudgetRow, bucket: Counters | undefined): BudgetView {
  const isInForce = row.status !== 'draft' && bucket !== undefined;
  return {
    budget_id: row.budget_id,
    merchant_id: row.merchant_id,
    period: row.period,
    basis: row.basis,
    currency: row.currency,
    status: row.status,
    amount_cents: Number(row.amount_cents),
    open_to_buy_cents: Number(isInForce ? openToBuy(bucket) : row.open_to_buy_cents),
    planned_open_to_buy_cents: Number(row.open_to_buy_cents),
    original_cents: row.original_cents === null ? null : Number(row.original_cents),
    plan: planOf(row.plan),
    revision: Number(row.revision),
    created_by: row.created_by,
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}

export interface RevisionView {
  readonly revision: number;
  readonly amount_cents: number;
  readonly plan: PlanView | null;
  readonly reason: string | null;
  readonly revised_by: string;
  readonly revised_at: string;
}

export function revisionView(row: BudgetRevisionRow): RevisionView {
  return {
    revision: Number(row.revision),
    amount_cents: Number(row.amount_cents),
    plan: planOf(row.plan),
    reason: row.reason,
    revised_by: row.revised_by,
    revised_at: timeOf(row.at),
  };
}

export interface AllocationView {
  readonly allocation_id: string;
  readonly budget_id: string | null;
  readonly merchant_id: string;
  readonly period: string;
  /** Null: the merchant as a whole. */
  readonly category: string | null;
  readonly parent_category: string | null;
  readonly amount_cents: number;
  readonly holdback_cents: number;
  readonly children_cents: number;
  readonly reserved_cents: number;
  readonly committed_cents: number;
  readonly received_cents: number;
  readonly adjusted_cents: number;
  readonly open_to_buy_cents: number;
  /** More is taken already than this plan gives (B-23). */
  readonly below_committed: boolean;
  readonly revision: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export function allocationView(row: BucketRow): AllocationView {
  const left = openToBuy(row);
  return {
    allocation_id: row.allocation_id,
    budget_id: row.budget_id,
    merchant_id: row.merchant_id,
    period: row.period,
    category: orNull(row.category),
    parent_category: row.parent === null ? null : orNull(row.parent),
    amount_cents: Number(row.allocated_cents),
    holdback_cents: Number(row.holdback_cents),
    children_cents: Number(row.children_cents),
    reserved_cents: Number(row.reserved_cents),
    committed_cents: Number(row.committed_cents),
    received_cents: Number(row.received_cents),
    adjusted_cents: Number(row.adjusted_cents),
    open_to_buy_cents: Number(left),
    below_committed: left < 0n,
    revision: Number(row.revision),
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
  };
}

const orNull = (category: string): string | null => (category === '' ? null : category);

export interface PolicyView extends PolicySettings {
  readonly policy_id: string;
  readonly merchant_id: string;
  readonly version: number;
  readonly created_by: string | null;
  readonly created_at: string | null;
}

export const policyId = (merchant: string, version: bigint): string => `${merchant}.v${version}`;

type PolicyVersion = Pick<PolicyRow, 'policy_id' | 'merchant_id' | 'settings' | 'created_by'>;

/** A version of a merchant's policy; `at` is when it was set. */
export function policyView(row: PolicyVersion, at: bigint): PolicyView {
  return {
    policy_id: row.policy_id,
    merchant_id: row.merchant_id,
    version: Number(row.policy_id.slice(row.merchant_id.length + 2)),
    ...policyOf(row.settings),
    created_by: row.created_by,
    created_at: timeOf(at),
  };
}

/** How a bucket's budget stands, by its period: the word of every answer and file; `none`: nobody has put one in force. */
export function budgetStatusOf(period: PeriodRow | undefined): 'none' | 'active' | 'locked' | 'closed' {
  if (period !== undefined && period.status !== 'open') return period.status;
  return (period?.budget_id ?? null) === null ? 'none' : 'active';
}

export interface PeriodView {
  readonly merchant_id: string;
  readonly period: string;
  readonly status: PeriodRow['status'];
  readonly budget_id: string | null;
  readonly basis: Basis | null;
  readonly currency: string | null;
  readonly updated_at: string;
}

export function periodView(row: PeriodRow): PeriodView {
  return {
    merchant_id: row.merchant_id,
    period: row.period,
    status: row.status,
    budget_id: row.budget_id,
    basis: row.basis,
    currency: row.currency,
    updated_at: timeOf(row.updated_at),
  };
}

export interface AlertView {
  readonly alert_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly category: string | null;
  readonly kind: AlertRow['kind'];
  readonly state: AlertRow['state'];
  readonly level: string;
  readonly open_to_buy_cents: number;
  readonly opened_at: string;
  readonly updated_at: string;
}

export function alertView(row: AlertRow): AlertView {
  const { period, category } = bucketOf(row.bucket);
  return {
    alert_id: row.alert_id,
    merchant_id: row.merchant_id,
    period,
    category: orNull(category),
    kind: row.kind,
    state: row.state,
    level: row.level,
    open_to_buy_cents: Number(row.open_to_buy_cents),
    opened_at: timeOf(row.opened_at),
    updated_at: timeOf(row.updated_at),
  };
}
