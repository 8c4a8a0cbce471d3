-- The settlement ledger: accounts that open at zero, top-ups, holds and their moves, and the outbox of movements on the
-- operational ledger. Every row follows from the facts; instants are nanoseconds.

create table ledger_accounts (
  account_id text collate "C" primary key,
  available bigint not null,
  held bigint not null,
  updated_at bigint not null,
  version bigint not null
);

create table ledger_entries (
  entry_id text collate "C" primary key,
  account_id text collate "C" not null,
  at bigint not null,
  kind text collate "C" not null,
  available_change bigint not null,
  held_change bigint not null,
  available_after bigint not null,
  held_after bigint not null,
  reference text collate "C" not null,
  seq bigint not null
);
create unique index ledger_entries_by_account on ledger_entries (account_id, at);

create table top_ups (
  receipt_id text collate "C" primary key,
  account_id text collate "C" not null,
  amount bigint not null,
  unit text not null,
  gateway_node_id text not null,
  external_amount bigint not null,
  external_currency text not null,
  external_payment_ref text not null,
  fee_basis_points bigint not null,
  fee_amount bigint not null,
  fee_account_id text,
  occurred_at text,
  policy_ref text,
  signature text,
  at bigint not null,
  seq bigint not null
);
create unique index top_ups_by_time on top_ups (at);
create index top_ups_by_account on top_ups (account_id, at);

create table holds (
  hold_id text collate "C" primary key,
  state text collate "C" not null,
  payer_account_id text collate "C" not null,
  payee_account_id text collate "C" not null,
  amount bigint not null,
  order_id text collate "C" not null,
  contract_id text,
  policy_ref text,
  work_by bigint,
  accept_by bigint,
  dispute_by bigint,
  auto_release_after bigint,
  due_at bigint,
  due_to text,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index holds_by_time on holds (created_at);
create unique index holds_by_order on holds (order_id);
create index holds_by_payer on holds (payer_account_id, created_at);
create index holds_by_payee on holds (payee_account_id, created_at);
create index holds_open on holds (created_at) where state in ('active', 'frozen');
create index holds_frozen on holds (created_at) where state = 'frozen';
create index holds_due on holds (due_at) where due_at is not null;

create table hold_moves (
  move_id text collate "C" primary key,
  hold_id text collate "C" not null,
  state text collate "C" not null,
  at bigint not null,
  reason text,
  actor text,
  seq bigint not null
);
create index hold_moves_by_hold on hold_moves (hold_id, at);

create table movements (
  movement_key text collate "C" primary key,
  cause text collate "C" not null,
  src text collate "C" not null,
  dst text collate "C" not null,
  inflow_tx text,
  amount bigint not null,
  state text collate "C" not null,
  refusals bigint not null,
  last_refusal text,
  tx_id text,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create index movements_pending on movements (created_at) where state = 'pending';
create index movements_by_cause on movements (cause);

-- Funding gateways: receipts that were handed over, what the operator allows without being asked, how far feeds were read.
create table funding_inbox (
  receipt_id text collate "C" primary key,
  state text collate "C" not null,
  source text not null,
  gateway_node_id text not null,
  account_id text collate "C" not null,
  amount bigint not null,
  gross bigint not null,
  verified bigint not null,
  content text not null,
  reason text,
  decided_by text,
  received_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index funding_inbox_by_time on funding_inbox (received_at);
create index funding_inbox_by_state on funding_inbox (state, received_at);
create index funding_inbox_by_account on funding_inbox (account_id, received_at);

create table standing_rules (
  gateway_node_id text collate "C" primary key,
  state text collate "C" not null,
  max_amount bigint not null,
  requires_signature bigint not null,
  set_by text,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index standing_rules_by_time on standing_rules (created_at);

create table funding_feeds (
  feed text collate "C" primary key,
  cursor text not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index movements_by_time on movements (created_at);
