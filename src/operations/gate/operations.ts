/** The gate's operations, for the list that HTTP serves. */
import type { GateService } from '../../gate/gate-service.ts';
import type { Clock } from '../../base/clock.ts';
import type { Store } from '../../store/store.ts';
import type { ApiOperation } from '../api-operation.ts';
import { askGate } from './ask-gate.ts';
import type { GateCounts } from './gate-measures.ts';
import { listDecisions, listInvoices } from './list-decisions.ts';
import { previewGate } from './preview-gate.ts';
import { explainDecision, readDecision } from './read-decision.ts';
import { decideReleaseOperations, listReleases, requestRelease } from './releases.ts';
import { reportDecisionOperations } from './report-decision.ts';

export interface GateApiParts {
  readonly store: Store;
  readonly gate: GateService;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly counts: GateCounts;
}

export function gateOperations({ store, gate, clock, counts }: GateApiParts): ApiOperation[] {
  return [
    askGate(gate, counts),
    previewGate(gate),
    listDecisions(store, clock),
    readDecision(store, clock),
    explainDecision(store),
    ...reportDecisionOperations(store, gate),
    listReleases(store),
    requestRelease(store),
    ...decideReleaseOperations({ store, gate }),
    listInvoices(store),
  ];
}
