/**
 * The budget of an order where it is now: its decision may have rolled on into another bucket since the order was placed (B-21),
 * and a command names the bucket that it changes. Whoever sends one looks here first, and again when it is answered `stale`.
 */
import { limits } from '../base/limits.ts';
import { decisions } from '../budgets/tables.ts';
import type { PaymentCommand } from '../flows/commands.ts';
import { executionRef, type ExecutionRef } from '../flows/executions.ts';
import type { DecisionRef } from '../flows/gate-books.ts';
import { STALE } from '../flows/gate-references.ts';
import { budgetOf, type BudgetColumns } from '../flows/order-budget.ts';
import type { ExecutionRow } from '../orders/tables.ts';
import { findRow } from './find-row.ts';
import type { Outcome, Store } from './store.ts';

/** Null: the order stands on no decision of the gate. */
export async function currentBudget(store: Pick<Store, 'rows'>, row: BudgetColumns): Promise<DecisionRef | null> {
  const placed = budgetOf(row);
  if (placed === null) return null;
  const decision = await findRow(store, decisions, 'decision_id', placed.decisionId);
  return decision === undefined ? placed : { ...placed, bucket: decision.bucket };
}

/** What a command on this execution has to name. */
export async function currentRef(store: Pick<Store, 'rows'>, row: ExecutionRow): Promise<ExecutionRef> {
  return executionRef(row, await currentBudget(store, row));
}

/** Submits a command on an execution, again when its budget rolled on in between. */
export async function submitCurrent(
  store: Pick<Store, 'rows' | 'submit'>,
  row: ExecutionRow,
  commandOf: (ref: ExecutionRef) => PaymentCommand,
): Promise<Outcome> {
  for (let tries = 0; tries < limits.orderAttemptsMax; tries++) {
    const outcome = await store.submit(commandOf(await currentRef(store, row)));
    if (outcome.code !== STALE) return outcome;
  }
  return { answer: '{"ok":false,"error":"overloaded"}', code: 'overloaded', replayed: false };
}
