/** Looks up what the buyer bridge has recorded: each by its id. */
import { disputes, executions, offers, orders, orgs } from '../../orders/tables.ts';
import type { DisputeRow, ExecutionRow, OfferRow, OrderRow, OrgRow } from '../../orders/tables.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';

type Reader = Pick<Store, 'rows'>;

export const findOrg = (store: Reader, id: string): Promise<OrgRow | undefined> => findRow(store, orgs, 'org_id', id);

export const findOffer = (store: Reader, id: string): Promise<OfferRow | undefined> =>
  findRow(store, offers, 'offer_id', id);

export const findOrder = (store: Reader, id: string): Promise<OrderRow | undefined> =>
  findRow(store, orders, 'order_id', id);

export const findExecution = (store: Reader, id: string): Promise<ExecutionRow | undefined> =>
  findRow(store, executions, 'execution_id', id);

export const findDispute = (store: Reader, id: string): Promise<DisputeRow | undefined> =>
  findRow(store, disputes, 'dispute_id', id);
