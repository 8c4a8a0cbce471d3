/** Looks up what the buyer bridge has recorded: each by its id. */
import type { ExecutionRef } from '../../flows/executions.ts';
import { budgetOf } from '../../flows/order-budget.ts';
import { disputes, executions, offers, orders, orgs } from '../../orders/tables.ts';
import type { DisputeRow, ExecutionRow, OfferRow, OrderRow, OrgRow } from '../../orders/tables.ts';
import type { Store } from '../../store/store.ts';

type Reader = Pick<Store, 'rows'>;

export async function findOrg(store: Reader, orgId: string): Promise<OrgRow | undefined> {
  return (await store.rows({ table: orgs, where: { org_id: orgId }, by: 'org_id', limit: 1 }))[0];
}

export async function findOffer(store: Reader, offerId: string): Promise<OfferRow | undefined> {
  return (await store.rows({ table: offers, where: { offer_id: offerId }, by: 'offer_id', limit: 1 }))[0];
}

export async function findOrder(store: Reader, orderId: string): Promise<OrderRow | undefined> {
  return (await store.rows({ table: orders, where: { order_id: orderId }, by: 'order_id', limit: 1 }))[0];
}

export async function findExecution(store: Reader, executionId: string): Promise<ExecutionRow | undefined> {
  const where = { execution_id: executionId };
  return (await store.rows({ table: executions, where, by: 'execution_id', limit: 1 }))[0];
}

export async function findDispute(store: Reader, disputeId: string): Promise<DisputeRow | undefined> {
  const where = { dispute_id: disputeId };
  return (await store.rows({ table: disputes, where, by: 'dispute_id', limit: 1 }))[0];
}

/** What a command on an execution has to name. */
export function refOf(row: ExecutionRow): ExecutionRef {
  return {
    executionId: row.execution_id,
    holdId: row.hold_id,
    offerId: row.offer_id,
    payer: row.payer_account_id,
    payee: row.payee_account_id,
    budget: budgetOf(row),
  };
}
