/** The gate's operations, for the list that HTTP serves. */
import type { GateService } from '../../gate/gate-service.ts';
import type { Store } from '../../store/store.ts';
import type { ApiOperation } from '../api-operation.ts';
import { askGate } from './ask-gate.ts';
import { listDecisions, listInvoices } from './list-decisions.ts';
import { previewGate } from './preview-gate.ts';
import { explainDecision, readDecision } from './read-decision.ts';
import { decideReleaseOperations, listReleases, requestRelease } from './releases.ts';
import { reportDecisionOperations } from './report-decision.ts';

export interface GateApiParts {
  readonly store: Store;
  readonly gate: GateService;
}

export function gateOperations({ store, gate }: GateApiParts): ApiOperation[] {
  return [
    askGate(gate),
    previewGate(gate),
    listDecisions(store),
    readDecision(store),
    explainDecision(store),
    ...reportDecisionOperations(store),
    listReleases(store),
    requestRelease(store),
    ...decideReleaseOperations(store),
    listInvoices(store),
  ];
}
