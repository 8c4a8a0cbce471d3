/** The inbox and the standing rules as callers see them: snake_case JSON, integers of minor units, times in RFC 3339 UTC. */
import { timeOf } from '../base/time.ts';
import type { InboxRow, StandingRuleRow } from './funding-tables.ts';

export interface InboxView {
  readonly receipt_id: string;
  readonly state: InboxRow['state'];
  readonly source: string;
  readonly gateway_node_id: string;
  readonly account_id: string;
  readonly amount: number;
  readonly gross: number;
  readonly verified: boolean;
  readonly reason: string | null;
  readonly decided_by: string | null;
  readonly received_at: string;
  readonly updated_at: string;
}

export function inboxView(row: InboxRow): InboxView {
  return {
    receipt_id: row.receipt_id,
    state: row.state,
    source: row.source,
    gateway_node_id: row.gateway_node_id,
    account_id: row.account_id,
    amount: Number(row.amount),
    gross: Number(row.gross),
    verified: row.verified === 1n,
    reason: row.reason,
    decided_by: row.decided_by,
    received_at: timeOf(row.received_at),
    updated_at: timeOf(row.updated_at),
  };
}

export interface RuleView {
  readonly gateway_node_id: string;
  readonly state: StandingRuleRow['state'];
  readonly max_amount: number;
  readonly requires_signature: boolean;
  readonly set_by: string | null;
  readonly updated_at: string;
}

export function ruleView(row: StandingRuleRow): RuleView {
  return {
    gateway_node_id: row.gateway_node_id,
    state: row.state,
    max_amount: Number(row.max_amount),
    requires_signature: row.requires_signature === 1n,
    set_by: row.set_by,
    updated_at: timeOf(row.updated_at),
  };
}
