-- The settlement ledger: accounts that open at zero, top-ups, holds and their moves, and the outbox of movements on the
-- operational ledger. Every row follows from the facts; instants are nanoseconds.

create table ledger_accounts (
  account_id text primary key not null,
  available integer not null,
  held integer not null,
  updated_at integer not null,
  version integer not null
);

create table ledger_entries (
  entry_id text primary key not null,
  account_id text not null,
  at integer not null,
  kind text not null,
  available_change integer not null,
  held_change integer not null,
  available_after integer not null,
  held_after integer not null,
  reference text not null,
  seq integer not null
);
create unique index ledger_entries_by_account on ledger_entries (account_id, at);

create table top_ups (
  receipt_id text primary key not null,
  account_id text not null,
  amount integer not null,
  unit text not null,
  gateway_node_id text not null,
  external_amount integer not null,
  external_currency text not null,
  external_payment_ref text not null,
  fee_basis_points integer not null,
  fee_amount integer not null,
  fee_account_id text,
  occurred_at text,
  policy_ref text,
  signature text,
  at integer not null,
  seq integer not null
);
create unique index top_ups_by_time on top_ups (at);
create index top_ups_by_account on top_ups (account_id, at);

create table holds (
  hold_id text primary key not null,
  state text not null,
  payer_account_id text not null,
  payee_account_id text not null,
  amount integer not null,
  order_id text not null,
  contract_id text,
  policy_ref text,
  work_by integer,
  accept_by integer,
  dispute_by integer,
  auto_release_after integer,
  due_at integer,
  due_to text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index holds_by_time on holds (created_at);
create unique index holds_by_order on holds (order_id);
create index holds_by_payer on holds (payer_account_id, created_at);
create index holds_by_payee on holds (payee_account_id, created_at);
create index holds_open on holds (created_at) where state in ('active', 'frozen');
create index holds_frozen on holds (created_at) where state = 'frozen';
create index holds_due on holds (due_at) where due_at is not null;

create table hold_moves (
  move_id text primary key not null,
  hold_id text not null,
  state text not null,
  at integer not null,
  reason text,
  actor text,
  seq integer not null
);
create index hold_moves_by_hold on hold_moves (hold_id, at);

create table movements (
  movement_key text primary key not null,
  cause text not null,
  src text not null,
  dst text not null,
  inflow_tx text,
  amount integer not null,
  state text not null,
  refusals integer not null,
  last_refusal text,
  tx_id text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create index movements_pending on movements (created_at) where state = 'pending';
create index movements_by_cause on movements (cause);

-- Funding gateways: receipts that were handed over, what the operator allows without being asked, how far feeds were read.
create table funding_inbox (
  receipt_id text primary key not null,
  state text not null,
  source text not null,
  gateway_node_id text not null,
  account_id text not null,
  amount integer not null,
  gross integer not null,
  verified integer not null,
  content text not null,
  reason text,
  decided_by text,
  received_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index funding_inbox_by_time on funding_inbox (received_at);
create index funding_inbox_by_state on funding_inbox (state, received_at);
create index funding_inbox_by_account on funding_inbox (account_id, received_at);

create table standing_rules (
  gateway_node_id text primary key not null,
  state text not null,
  max_amount integer not null,
  requires_signature integer not null,
  set_by text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index standing_rules_by_time on standing_rules (created_at);

create table funding_feeds (
  feed text primary key not null,
  cursor text not null,
  updated_at integer not null,
  version integer not null
);
create unique index movements_by_time on movements (created_at);
