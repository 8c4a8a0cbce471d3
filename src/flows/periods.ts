/** Periods that are locked, opened again with a reason, and closed for good (B-23). */
import type { Command, Decision } from '../base/decision.ts';
import { periodKey } from '../budgets/bucket.ts';
import { periodView } from '../budgets/plan-wire.ts';
import { budgets, periods, type BudgetRow, type PeriodRow } from '../budgets/tables.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';

export interface ChangePeriodCommand extends Command {
  readonly type: 'change-period';
  readonly to: PeriodRow['status'];
  readonly merchantId: string;
  readonly period: string;
  /** The budget that the operation found active in it. */
  readonly budgetId: string | null;
  readonly reason: string | null;
  readonly actor: string;
}

const facts = {
  locked: 'otb/period-locked.v1',
  open: 'otb/period-unlocked.v1',
  closed: 'otb/period-closed.v1',
} as const;

const budgetStatus = { locked: 'locked', open: 'active', closed: 'closed' } as const satisfies Record<
  PeriodRow['status'],
  BudgetRow['status']
>;

const changePeriod: Decision<ChangePeriodCommand> = {
  reads: ({ merchantId, period, budgetId }) => ({
    rows: [
      { table: periods, key: [periodKey(merchantId, period)] },
      ...(budgetId === null ? [] : [{ table: budgets, key: [budgetId] }]),
    ],
  }),
  decide(command, view) {
    const { to, merchantId, period, budgetId, reason, actor } = command;
    const key = periodKey(merchantId, period);
    const before = view.row(periods, [key]);
    if ((before?.budget_id ?? null) !== budgetId) return refusal('stale');
    // A period that nobody has touched is open.
    const from = before?.status ?? 'open';
    const row = periodRow(command, before, view.at);
    if (from === to) return replayed(periodView(before ?? row));
    if (from === 'closed') return refusal('period_closed', { merchant_id: merchantId, period });
    const budget = budgetId === null ? undefined : view.row(budgets, [budgetId]);
    const changes = [
      { table: periods, row },
      ...(budget === undefined ? [] : [{ table: budgets, row: moved(budget, to, view.at) }]),
    ];
    const answer = periodView(row);
    return budgetRecorded({ type: facts[to], subject: key, answer, changes, said: { actor, reason, from } });
  },
};

function periodRow(
  { to, merchantId, period, budgetId }: ChangePeriodCommand,
  before: PeriodRow | undefined,
  at: bigint,
): PeriodRow {
  return {
    basis: null,
    currency: null,
    created_at: at,
    ...before,
    period_key: periodKey(merchantId, period),
    merchant_id: merchantId,
    period,
    status: to,
    budget_id: budgetId,
    updated_at: at,
    version: (before?.version ?? 0n) + 1n,
  };
}

const moved = (budget: BudgetRow, to: PeriodRow['status'], at: bigint): BudgetRow => ({
  ...budget,
  status: budgetStatus[to],
  updated_at: at,
  version: budget.version + 1n,
});

export const periodDecisions = { 'change-period': changePeriod };
