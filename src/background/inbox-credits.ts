/** Credits receipts of the inbox that a standing rule of the operator allows (S-13); all others wait for the control-plane token. */
import { allows, L402_GATEWAY } from '../flows/inbox.ts';
import { fundingInbox, standingRules, type InboxRow, type StandingRuleRow } from '../settlement/funding-tables.ts';
import { receiptOfContent } from '../settlement/top-up.ts';
import { pages } from '../store/pages.ts';
import type { Store } from '../store/store.ts';

/** Looks at every receipt that waits; answers how many were credited. */
export async function creditInbox(store: Store): Promise<number> {
  const rules = new Map<string, StandingRuleRow>();
  for await (const page of pages(store, { table: standingRules, by: 'created_at', where: { state: 'standing' } }))
    for (const rule of page) rules.set(rule.gateway_node_id, rule);
  if (rules.size === 0) return 0;
  let credited = 0;
  for await (const page of pages(store, { table: fundingInbox, by: 'received_at', where: { state: 'waiting' } })) {
    const done = await Promise.all(page.map((row) => credit(store, row, rules.get(row.gateway_node_id))));
    credited += done.filter(Boolean).length;
  }
  return credited;
}

/** Only what may pass is sent; whether it does, and whether the signature is good, is for the decision to say. */
async function credit(store: Store, row: InboxRow, rule: StandingRuleRow | undefined): Promise<boolean> {
  const receipt = receiptOfContent(row.receipt_id, row.content);
  if (!allows(rule, row, receipt.signature !== null || row.source === L402_GATEWAY)) return false;
  const actor = `rule:${row.gateway_node_id}`;
  const { code } = await store.submit({ type: 'credit-receipt', receipt, byRule: true, actor });
  return code === null;
}
