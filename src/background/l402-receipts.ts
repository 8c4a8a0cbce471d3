/**
 * Overrides whose price was the whole excess become receipts of the funding inbox (J5), as soon as they are used: the payer has
 * brought what the budget lacked. Only where the operator has set a standing rule for them; that also credits them.
 */
import { limits } from '../base/limits.ts';
import { isObject } from '../base/json.ts';
import { timeOrNull } from '../base/time.ts';
import { invoices, type InvoiceRow } from '../budgets/tables.ts';
import { L402_GATEWAY } from '../flows/inbox.ts';
import { findDecision } from '../gate/find-rows.ts';
import { accountOf } from '../settlement/accounts.ts';
import { fundingFeeds, standingRules } from '../settlement/funding-tables.ts';
import type { GatewayReceiptRecord } from '../settlement/top-up.ts';
import { findRow } from '../store/find-row.ts';
import type { Store } from '../store/store.ts';

type Part = Pick<Store, 'rows' | 'submit'>;

/** Told of a receipt that the inbox does not take; it is passed over. */
type Refused = (receiptId: string, code: string) => void;

/** No outcomes: the same again another time. */
const passing: ReadonlySet<string> = new Set(['overloaded', 'unavailable', 'internal']);

/** Puts what was used since the last time into the inbox; true when there may be more. A receipt that is there already stays as it is. */
export async function receiveOverrides(store: Part, refused: Refused): Promise<boolean> {
  const after = await place(store);
  if (after === undefined) return false;
  // Instants ascend with the commits, so nothing appears behind the place that was reached.
  const rows = await store.rows({ table: invoices, by: 'consumed_at', after, limit: limits.jobRowsMax });
  for (const row of rows) {
    const receipt = await receiptOf(store, row);
    if (receipt === undefined) continue;
    const { code } = await store.submit({ type: 'receive-receipt', receipt, source: L402_GATEWAY });
    if (code !== null && passing.has(code)) return false;
    if (code !== null) refused(receipt.receiptId, code);
  }
  const last = rows.at(-1)?.consumed_at;
  if (last == null) return false;
  const { code } = await store.submit({ type: 'note-feed', feed: L402_GATEWAY, cursor: last.toString() });
  return code === null && rows.length === limits.jobRowsMax;
}

/** Behind what is in the inbox, and behind what was used before the rule was set. Undefined: there is no rule. */
async function place(store: Part): Promise<bigint | undefined> {
  const rule = await findRow(store, standingRules, 'gateway_node_id', L402_GATEWAY);
  if (rule?.state !== 'standing') return undefined;
  const feed = await findRow(store, fundingFeeds, 'feed', L402_GATEWAY);
  const reached = feed === undefined ? 0n : BigInt(feed.cursor);
  return reached > rule.created_at ? reached : rule.created_at;
}

async function receiptOf(store: Part, invoice: InvoiceRow): Promise<GatewayReceiptRecord | undefined> {
  const { decision_id: id, merchant_id: merchant, payment_hash: hash, sats } = invoice;
  const excess = wholeExcess(invoice.quote);
  if (excess === undefined || hash === null) return undefined;
  const decision = await findDecision(store, id);
  return {
    receiptId: `l402-${hash}`,
    accountId: accountOf('org', merchant),
    amount: excess,
    unit: 'ORC',
    gatewayNodeId: L402_GATEWAY,
    external: { amount: sats, currency: 'SAT', paymentRef: hash },
    fee: null,
    occurredAt: timeOrNull(invoice.settled_at),
    policyRef: decision?.policy_id ?? null,
    signature: null,
  };
}

/** Cents of the budget's currency, which are minor units of ORC; undefined where something else was the price. */
function wholeExcess(quote: string): bigint | undefined {
  const said: unknown = JSON.parse(quote);
  if (!isObject(said) || !isObject(said['rule']) || said['rule']['kind'] !== 'whole_excess') return undefined;
  const cents = said['excess_cents'];
  return typeof cents === 'number' && cents > 0 ? BigInt(cents) : undefined;
}
