/** Budgets that are there before a load, each merchant's by a file as a planner would bring it, and questions to the gate about them. */
import type { Api } from './http-api.ts';
import { HOLE, type HttpCall } from './http-plan.ts';

const BASIS = 'cost';
const CURRENCY = 'USD';

/** One budget, or a category's share of it. */
export interface BudgetLine {
  readonly merchant: string;
  readonly period: string;
  /** Empty: the budget itself. */
  readonly category: string;
  readonly cents: number;
}

export async function importBudgets({ upload }: Api, lines: readonly BudgetLine[]): Promise<void> {
  const titles = 'merchant_id,period,category,amount_cents,basis,currency';
  for (const own of Map.groupBy(lines, ({ merchant }) => merchant).values()) {
    const rows = own.map((line) => [line.merchant, line.period, line.category, line.cents, BASIS, CURRENCY].join(','));
    await upload('/l402-otb/budgets/import', [titles, ...rows, ''].join('\n'));
  }
}

/** This month and those after it. */
export function monthsFrom(count: number): readonly string[] {
  const now = new Date();
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + i, 1)).toISOString().slice(0, 7),
  );
}

/** Asks for so many cents, each time for another purchase order. */
export function gateCall(authorization: string, { merchant, period, category, cents }: BudgetLine): HttpCall {
  const body = {
    merchant_id: merchant,
    actor_id: 'buyer-1',
    action_kind: 'po_submit',
    amount_cents: cents,
    period,
    ...(category === '' ? {} : { category }),
    context: { po_id: HOLE },
  };
  return { method: 'POST', path: '/l402-otb/gate', headers: [authorization], body: JSON.stringify(body) };
}
