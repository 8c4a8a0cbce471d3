/** Rows of the buyer bridge as its operations answer them: short in lists, whole and with their hold when one is asked for. */
import type { DisputeRow, ExecutionRow, OfferRow, OrderRow, OrgRow } from '../../orders/tables.ts';
import { disputeView, executionView, offerView, orderView, orgView, receiptView } from '../../orders/wire.ts';
import type { HoldView } from '../../settlement/wire.ts';
import type { Store } from '../../store/store.ts';
import { findHold, withHistory } from '../ledger/find-hold.ts';
import { findExecution } from './find-rows.ts';
import type {
  DisputeItem,
  DisputeRecord,
  ExecutionItem,
  ExecutionRecord,
  OfferRecord,
  OrderItem,
  OrderRecord,
  OrgRecord,
} from './schemas.ts';

type Reader = Pick<Store, 'rows'>;

/** What `orders/wire.ts` makes of a row, in the documented form. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the form at the place where it is read
function shown<T extends object>(view: Readonly<Record<string, unknown>>): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the forms are held against the document from outside
  return view as T;
}

export const orgOf = (row: OrgRow): OrgRecord => shown(orgView(row));
export const offerOf = (row: OfferRow): OfferRecord => shown(offerView(row));

export function executionItemOf(row: ExecutionRow): ExecutionItem {
  const { result: _, ...item } = executionView(row);
  return shown(item);
}

export async function executionOf(store: Reader, row: ExecutionRow): Promise<ExecutionRecord> {
  return shown({ ...executionView(row), hold: await holdOf(store, row.hold_id) });
}

export function orderItemOf(row: OrderRow): OrderItem {
  const { input: _, ...item } = orderView(row);
  return shown(item);
}

/** With what became of it. */
export async function orderOf(store: Reader, row: OrderRow): Promise<OrderRecord> {
  const execution = row.execution_id === null ? undefined : await findExecution(store, row.execution_id);
  return shown({
    ...orderView(row),
    hold: await holdOf(store, row.hold_id),
    execution_state: execution?.state ?? null,
    receipt: execution === undefined ? null : receiptView(execution),
  });
}

export const disputeItemOf = (row: DisputeRow): DisputeItem => shown(disputeView(row));

export async function disputeOf(store: Reader, dispute: DisputeItem): Promise<DisputeRecord> {
  return { ...dispute, hold: await holdOf(store, dispute.hold_id) };
}

/** Null: what costs nothing has none. */
async function holdOf(store: Reader, holdId: string | null): Promise<HoldView | null> {
  const hold = holdId === null ? undefined : await findHold(store, holdId);
  return hold === undefined ? null : withHistory(store, hold);
}
