/**
 * The inbox of the funding gateways (S-13). Adapters only put receipts into it; what credits them is the control-plane token,
 * or a standing rule that it set. A receipt is credited by the same decision as a top-up, under the same key: once.
 */
import { differingFields } from '../base/differing.ts';
import type { Change, Command, Decided, Decision, View } from '../base/decision.ts';
import { fundingFeeds, fundingInbox, standingRules } from '../settlement/funding-tables.ts';
import type { InboxRow, StandingRuleRow } from '../settlement/funding-tables.ts';
import { judgeSignature, type FundingKeys, type SignatureVerdict } from '../settlement/receipt-signature.ts';
import { feeFits, receiptContent, type GatewayReceiptRecord } from '../settlement/top-up.ts';
import { inboxView, ruleView } from '../settlement/funding-wire.ts';
import { refusal, repeated, replayed } from './answers.ts';
import { rowFact } from './row-facts.ts';
import { receiptKey, type TopUpCommand } from './settlement.ts';

export interface ReceiveReceiptCommand extends Command {
  readonly type: 'receive-receipt';
  readonly receipt: GatewayReceiptRecord;
  readonly source: string;
}

export interface CreditReceiptCommand extends Command {
  readonly type: 'credit-receipt';
  /** As it stands in the inbox. */
  readonly receipt: GatewayReceiptRecord;
  /** Only if the gateway's standing rule allows it; false: the control-plane token asks. */
  readonly byRule: boolean;
  readonly actor: string;
}

export interface SetRuleCommand extends Command {
  readonly type: 'set-standing-rule';
  readonly gatewayNodeId: string;
  readonly maxAmount: bigint;
  readonly requiresSignature: boolean;
  readonly actor: string | null;
}

export interface RemoveRuleCommand extends Command {
  readonly type: 'remove-standing-rule';
  readonly gatewayNodeId: string;
  readonly actor: string | null;
}

/** Everything before the cursor is in the inbox, or was refused. */
export interface NoteFeedCommand extends Command {
  readonly type: 'note-feed';
  readonly feed: string;
  readonly cursor: string;
}

/** What the server itself writes, for overrides that were paid for (J5). Its source has the same name, and nobody else can say so. */
export const L402_GATEWAY = 'l402';

/** Is it the gateway's for certain: is the signature good, or did the server write it itself? */
const isProven = (source: string, verdict: SignatureVerdict): boolean => source === L402_GATEWAY || verdict === 'valid';

export const FUNDING_FACTS = [
  'funding/receipt-received.v1',
  'funding/receipt-credited.v1',
  'funding/receipt-refused.v1',
  'funding/rule-set.v1',
  'funding/rule-removed.v1',
  'funding/feed-read.v1',
] as const;

export function inboxDecisions(
  topUp: Decision<TopUpCommand>,
  keys: FundingKeys,
): {
  readonly 'receive-receipt': Decision<ReceiveReceiptCommand>;
  readonly 'credit-receipt': Decision<CreditReceiptCommand>;
  readonly 'set-standing-rule': Decision<SetRuleCommand>;
  readonly 'remove-standing-rule': Decision<RemoveRuleCommand>;
  readonly 'note-feed': Decision<NoteFeedCommand>;
} {
  return {
    'receive-receipt': receive(keys),
    'credit-receipt': credit(topUp, keys),
    'set-standing-rule': setRule,
    'remove-standing-rule': removeRule,
    'note-feed': noteFeed,
  };
}

/** A receipt that cannot be good leaves no trace: who may write into a spool cannot use up the ids of others. */
function receive(keys: FundingKeys): Decision<ReceiveReceiptCommand> {
  return {
    reads: ({ receipt: { receiptId } }) => ({
      key: receiptKey(receiptId),
      rows: [{ table: fundingInbox, key: [receiptId] }],
    }),
    decide({ receipt, source }, view) {
      const { receiptId } = receipt;
      const content = receiptContent(receipt);
      const before = view.row(fundingInbox, [receiptId]);
      if (before?.content === content) return replayed(inboxView(before));
      if (before !== undefined && before.state !== 'refused')
        return refusal('receipt_conflict', { fields: differingFields(before.content, content) });
      const verdict = judgeSignature(receipt, keys);
      if (verdict === 'invalid') return refusal('invalid_signature');
      if (!feeFits(receipt)) return refusal('fee_mismatch');
      const applied = repeated(view, { key: receiptKey(receiptId), request: content, conflict: 'receipt_conflict' });
      if (typeof applied?.code === 'string') return applied;
      const state = applied === undefined ? 'waiting' : 'credited';
      const verified = isProven(source, verdict);
      const row = receivedRow({ receipt, source, content, before }, { state, verified }, view);
      return record('funding/receipt-received.v1', receiptId, { table: fundingInbox, row }, inboxView(row));
    },
  };
}

interface Arrival {
  readonly receipt: GatewayReceiptRecord;
  readonly source: string;
  readonly content: string;
  /** The one that was refused, and whose place it takes. */
  readonly before: InboxRow | undefined;
}

function receivedRow(
  { receipt, source, content, before }: Arrival,
  { state, verified }: { readonly state: InboxRow['state']; readonly verified: boolean },
  { at }: View,
): InboxRow {
  return {
    receipt_id: receipt.receiptId,
    state,
    source,
    gateway_node_id: receipt.gatewayNodeId,
    account_id: receipt.accountId,
    amount: receipt.amount,
    gross: receipt.amount + (receipt.fee?.amount ?? 0n),
    verified: verified ? 1n : 0n,
    content,
    reason: null,
    decided_by: null,
    received_at: at,
    updated_at: at,
    version: (before?.version ?? 0n) + 1n,
  };
}

function credit(topUp: Decision<TopUpCommand>, keys: FundingKeys): Decision<CreditReceiptCommand> {
  const topUpOf = ({ receipt }: CreditReceiptCommand): TopUpCommand => ({ type: 'apply-top-up', receipt });
  return {
    reads(command) {
      const { receiptId, gatewayNodeId } = command.receipt;
      const { key, rows } = topUp.reads(topUpOf(command));
      const own = [
        { table: fundingInbox, key: [receiptId] },
        { table: standingRules, key: [gatewayNodeId] },
      ];
      return { ...(key === undefined ? {} : { key }), rows: [...rows, ...own] };
    },
    decide(command, view) {
      const { receipt, byRule, actor } = command;
      const before = view.row(fundingInbox, [receipt.receiptId]);
      if (before === undefined || before.content !== receiptContent(receipt)) return refusal('receipt_not_found');
      if (before.state === 'refused') return refusal('receipt_refused', { reason: before.reason });
      if (before.state === 'credited') return topUp.decide(topUpOf(command), view);
      const rule = view.row(standingRules, [receipt.gatewayNodeId]);
      if (byRule && !allows(rule, before, isProven(before.source, judgeSignature(receipt, keys))))
        return refusal('no_standing_rule');
      const decided = topUp.decide(topUpOf(command), view);
      const { code, facts = [], changes = [] } = decided;
      // The balance may shrink again; everything else will never be otherwise.
      if (code === 'balance_too_large') return decided;
      const row: InboxRow = {
        ...before,
        state: code === null ? 'credited' : 'refused',
        reason: code,
        decided_by: actor,
        updated_at: view.at,
        version: before.version + 1n,
      };
      const change = { table: fundingInbox, row };
      const type = code === null ? 'funding/receipt-credited.v1' : 'funding/receipt-refused.v1';
      const fact = rowFact({ type, subject: row.receipt_id, changes: [change] });
      return { ...decided, facts: [...facts, fact], changes: [...changes, change] };
    },
  };
}

/** Does the rule credit this receipt without anybody being asked? The limit is on the gross. */
export function allows(
  rule: StandingRuleRow | undefined,
  { gross }: Pick<InboxRow, 'gross'>,
  isTheGateways: boolean,
): boolean {
  if (rule?.state !== 'standing' || gross > rule.max_amount) return false;
  return isTheGateways || rule.requires_signature === 0n;
}

const setRule: Decision<SetRuleCommand> = {
  reads: ({ gatewayNodeId }) => ({ rows: [{ table: standingRules, key: [gatewayNodeId] }] }),
  decide({ gatewayNodeId, maxAmount, requiresSignature, actor }, view) {
    const before = view.row(standingRules, [gatewayNodeId]);
    const row: StandingRuleRow = {
      gateway_node_id: gatewayNodeId,
      state: 'standing',
      max_amount: maxAmount,
      requires_signature: requiresSignature ? 1n : 0n,
      set_by: actor,
      // One that was taken away is a new one, from now on.
      created_at: before?.state === 'standing' ? before.created_at : view.at,
      updated_at: view.at,
      version: (before?.version ?? 0n) + 1n,
    };
    const same =
      before?.state === row.state &&
      before.max_amount === row.max_amount &&
      before.requires_signature === row.requires_signature;
    if (same) return replayed(ruleView(before));
    return record('funding/rule-set.v1', gatewayNodeId, { table: standingRules, row }, ruleView(row));
  },
};

const removeRule: Decision<RemoveRuleCommand> = {
  reads: ({ gatewayNodeId }) => ({ rows: [{ table: standingRules, key: [gatewayNodeId] }] }),
  decide({ gatewayNodeId, actor }, view) {
    const before = view.row(standingRules, [gatewayNodeId]);
    if (before === undefined) return refusal('rule_not_found');
    if (before.state === 'removed') return replayed(ruleView(before));
    const row: StandingRuleRow = {
      ...before,
      state: 'removed',
      set_by: actor,
      updated_at: view.at,
      version: before.version + 1n,
    };
    return record('funding/rule-removed.v1', gatewayNodeId, { table: standingRules, row }, ruleView(row));
  },
};

const noteFeed: Decision<NoteFeedCommand> = {
  reads: ({ feed }) => ({ rows: [{ table: fundingFeeds, key: [feed] }] }),
  decide({ feed, cursor }, view: View) {
    const before = view.row(fundingFeeds, [feed]);
    if (before?.cursor === cursor) return replayed({ cursor });
    const row = { feed, cursor, updated_at: view.at, version: (before?.version ?? 0n) + 1n };
    return record('funding/feed-read.v1', feed, { table: fundingFeeds, row }, { cursor });
  },
};

type FundingFact = (typeof FUNDING_FACTS)[number];

/** Receipts are known by their rows, so their facts need no keys. */
function record(type: FundingFact, subject: string, change: Change, answer: object): Decided {
  const changes = [change];
  return { answer: JSON.stringify(answer), code: null, facts: [rowFact({ type, subject, changes })], changes };
}
