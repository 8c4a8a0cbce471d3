/** The projections of the funding gateways (S-13). Instants are nanoseconds, amounts minor units, yes and no are 1 and 0. */
import { integer, rowTable, text, textOrNull, type RowOf } from '../base/row-table.ts';

/** Receipts that gateways handed over. They are money only once they are credited. */
export const fundingInbox = rowTable('funding_inbox', {
  key: 'receipt_id',
  rows: 'replaced',
  columns: {
    receipt_id: text(),
    state: text<'waiting' | 'credited' | 'refused'>(),
    /** How it came: `spool`, `feed`, or the part of the product that made it. */
    source: text(),
    gateway_node_id: text(),
    account_id: text(),
    /** Net. */
    amount: integer(),
    /** Net and fee together: what a standing rule limits. */
    gross: integer(),
    /** Was its signature checked and found good when it came? */
    verified: integer(),
    /** The receipt's canonical content: the same id with anything else is a conflict. */
    content: text(),
    /** Why it was refused. */
    reason: textOrNull(),
    /** The key or the rule that credited it. */
    decided_by: textOrNull(),
    received_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

export type InboxRow = RowOf<typeof fundingInbox>;

/** What the operator allows without being asked: receipts of a gateway, up to an amount each. */
export const standingRules = rowTable('standing_rules', {
  key: 'gateway_node_id',
  rows: 'replaced',
  columns: {
    gateway_node_id: text(),
    state: text<'standing' | 'removed'>(),
    max_amount: integer(),
    requires_signature: integer(),
    set_by: textOrNull(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

export type StandingRuleRow = RowOf<typeof standingRules>;

/** How far a gateway's feed has been read. */
export const fundingFeeds = rowTable('funding_feeds', {
  key: 'feed',
  rows: 'replaced',
  columns: { feed: text(), cursor: text(), updated_at: integer(), version: integer() },
});

export const fundingTables = [fundingInbox, standingRules, fundingFeeds];
