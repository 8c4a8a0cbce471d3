/** The planners' operations, for the list that HTTP serves. */
import type { Clock } from '../../base/clock.ts';
import type { Store } from '../../store/store.ts';
import type { ApiOperation } from '../api-operation.ts';
import { activateBudget } from './activate-budget.ts';
import { changePeriodOperations } from './change-period.ts';
import { draftBudget } from './draft-budget.ts';
import { exportBudgets } from './export-budgets.ts';
import { importBudgets } from './import-budgets.ts';
import { listAlerts } from './list-alerts.ts';
import { listAllocations } from './list-allocations.ts';
import { listBudgets } from './list-budgets.ts';
import { listMerchants } from './list-merchants.ts';
import { listPeriods } from './list-periods.ts';
import { listPolicies } from './list-policies.ts';
import { putMerchant } from './put-merchant.ts';
import { readBudget } from './read-budget.ts';
import { readMerchant } from './read-merchant.ts';
import { readOpenToBuy } from './read-open-to-buy.ts';
import { reviseBudget } from './revise-budget.ts';
import { changeAllocation, createAllocation } from './set-allocation.ts';
import { setPolicy } from './set-policy.ts';

export interface BudgetParts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** A period was closed. */
  readonly closed: () => void;
}

/** `/budgets/export` stands before `/budgets/{budget_id}`, which would take it for an id. */
export function budgetOperations({ store, clock, closed }: BudgetParts): ApiOperation[] {
  return [
    putMerchant(store),
    listMerchants(store),
    readMerchant(store),
    draftBudget(store),
    listBudgets(store),
    importBudgets(store),
    exportBudgets(store),
    readBudget(store),
    activateBudget(store),
    reviseBudget(store),
    readOpenToBuy(store, clock),
    createAllocation(store),
    changeAllocation(store),
    listAllocations(store),
    setPolicy(store),
    listPolicies(store),
    listPeriods(store),
    ...changePeriodOperations({ store, clock, closed }),
    listAlerts(store),
  ];
}
