/** The operations of actuals and reconciliation, for the list that HTTP serves. */
import type { ApiOperation } from '../api-operation.ts';
import { listActuals } from './list-actuals.ts';
import { listAdjustments, listReconciliations } from './list-reconciliations.ts';
import { reconcile } from './reconcile.ts';
import { recordActuals } from './record-actuals.ts';
import type { RunParts } from './run-now.ts';

export function reconciliationOperations(parts: RunParts): ApiOperation[] {
  const { store } = parts;
  return [
    recordActuals(store),
    listActuals(store),
    reconcile(parts),
    listReconciliations(store),
    listAdjustments(store),
  ];
}
