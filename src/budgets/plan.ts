/** The planner's arithmetic (B-20): from planned sales and stocks to the receipt budget and to open-to-buy, in whole cents. */
import type { Basis, BudgetRow } from './tables.ts';

/** What a budget is in where nobody says it. */
export const BASIS_DEFAULT: Basis = 'cost';
export const CURRENCY_DEFAULT = 'USD';

/** Components of a plan in cents; they are none of them negative. */
export interface Plan {
  readonly plannedSales: bigint;
  readonly plannedReductions: bigint;
  readonly plannedClosingStock: bigint;
  readonly openingStock: bigint;
  /** On order for delivery in the period. */
  readonly onOrder: bigint;
  /** Basis points of the retail price; null: the components are on the budget's basis already. */
  readonly initialMarkupBp: bigint | null;
}

export interface Planned {
  /** What is allocated: the receipt budget, without on order. Negative where there is more stock than the plan needs. */
  readonly receiptBudget: bigint;
  /** The receipt budget less what is on order. */
  readonly openToBuy: bigint;
}

const WHOLE_BP = 10_000n;

/** At retail as it is; at cost x (1 - planned initial markup), rounded down. */
export function planned(plan: Plan, basis: Basis): Planned {
  const { plannedSales, plannedReductions, plannedClosingStock, openingStock, onOrder, initialMarkupBp } = plan;
  const receipts = plannedSales + plannedReductions + plannedClosingStock - openingStock;
  const markup = basis === 'cost' ? (initialMarkupBp ?? 0n) : 0n;
  const onBasis = (retail: bigint): bigint => floorDivided(retail * (WHOLE_BP - markup), WHOLE_BP);
  return { receiptBudget: onBasis(receipts), openToBuy: onBasis(receipts - onOrder) };
}

/** Orders from before the plan: they enter as commitments, so that nothing is counted twice. */
export const openingCommitments = ({ receiptBudget, openToBuy }: Planned): bigint => receiptBudget - openToBuy;

/** The same of a budget's row: what of its bucket's commitments no decision of the gate stands for. */
export const openingOf = ({
  amount_cents: amount,
  open_to_buy_cents: open,
}: Pick<BudgetRow, 'amount_cents' | 'open_to_buy_cents'>): bigint => amount - open;

/** Towards less, also below zero: `/` of the language would round a negative amount up. */
function floorDivided(amount: bigint, by: bigint): bigint {
  const quotient = amount / by;
  return amount % by < 0n ? quotient - 1n : quotient;
}
