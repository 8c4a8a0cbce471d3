/** The buyer bridge's operations, for the list that HTTP serves. */
import type { Store } from '../../store/store.ts';
import type { ApiOperation } from '../api-operation.ts';
import { listDisputes } from './list-disputes.ts';
import { listExecutions } from './list-executions.ts';
import { listOffers } from './list-offers.ts';
import { listOrders } from './list-orders.ts';
import { listOrgs } from './list-orgs.ts';
import { moveExecutionOperations } from './move-execution.ts';
import { openDispute } from './open-dispute.ts';
import { placeOrder } from './place-order.ts';
import { publishOffer } from './publish-offer.ts';
import { readDispute } from './read-dispute.ts';
import { readExecution } from './read-execution.ts';
import { readOffer } from './read-offer.ts';
import { readOrder } from './read-order.ts';
import { readOrg } from './read-org.ts';
import { reportResult } from './report-result.ts';
import { resolveDispute } from './resolve-dispute.ts';
import { setOrg } from './set-org.ts';
import { withdrawOffer } from './withdraw-offer.ts';

export interface OrderParts {
  readonly store: Store;
  /** There may be movements to make on the operational ledger. */
  readonly poke: () => void;
}

export function orderOperations({ store, poke }: OrderParts): ApiOperation[] {
  const parts = { store, moved: poke };
  return [
    setOrg(store),
    readOrg(store),
    listOrgs(store),
    publishOffer(store),
    listOffers(store),
    readOffer(store),
    withdrawOffer(store),
    placeOrder(store),
    listOrders(store),
    readOrder(store),
    listExecutions(store),
    readExecution(store),
    ...moveExecutionOperations(parts),
    reportResult(parts),
    openDispute(parts),
    listDisputes(store),
    readDispute(store),
    resolveDispute(parts),
  ];
}
