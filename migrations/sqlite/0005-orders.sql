-- The buyer bridge: organisations, offers with their queues, orders, executions and disputes. Every row follows from the facts;
-- instants are nanoseconds, yes and no are 1 and 0.

-- An order that could not be opened may be judged anew, and then has a second hold.
drop index holds_by_order;
create index holds_by_order on holds (order_id, created_at);

create table orgs (
  org_id text primary key not null,
  custodian_participant_id text not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index orgs_by_time on orgs (created_at);

create table offers (
  offer_id text primary key not null,
  sequence_no integer not null,
  status text not null,
  provider_node_id text not null,
  provider_participant_id text not null,
  service_type text not null,
  description text not null,
  price_amount integer not null,
  price_currency text not null,
  unit_kind text not null,
  expires_at integer,
  max_queue_depth integer not null,
  auto_accept integer not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index offers_by_time on offers (created_at);
create index offers_by_provider on offers (provider_participant_id, created_at);
create index offers_by_service on offers (service_type, created_at);

create table offer_queues (
  offer_id text primary key not null,
  depth integer not null,
  updated_at integer not null,
  version integer not null
);

create table orders (
  order_id text primary key not null,
  state text not null,
  subject_kind text not null,
  subject_id text not null,
  provider_participant_id text not null,
  offer_id text not null,
  offer_seq integer not null,
  payer_account_id text not null,
  payee_account_id text not null,
  units integer not null,
  price_amount integer,
  hold_id text,
  execution_id text,
  run_id text,
  phase_id text,
  gate_decision_id text,
  budget_bucket text,
  classifier text,
  reason text,
  retryable integer,
  work_by integer,
  accept_by integer,
  dispute_by integer,
  auto_release_after integer,
  request text not null,
  answer text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index orders_by_time on orders (created_at);
create index orders_by_payer on orders (payer_account_id, created_at);
create index orders_by_provider on orders (provider_participant_id, created_at);
create index orders_by_state on orders (state, created_at);
create index orders_by_run on orders (run_id, created_at) where run_id is not null;

create table executions (
  execution_id text primary key not null,
  state text not null,
  receipt text not null,
  last_event text,
  reason text,
  order_id text not null,
  offer_id text not null,
  offer_seq integer not null,
  provider_node_id text not null,
  provider_participant_id text not null,
  subject_kind text not null,
  subject_id text not null,
  payer_account_id text not null,
  payee_account_id text not null,
  price_amount integer not null,
  hold_id text,
  run_id text,
  phase_id text,
  gate_decision_id text,
  budget_bucket text,
  dispute_id text,
  result text,
  result_digest text,
  work_by integer,
  accept_by integer,
  dispute_by integer,
  auto_release_after integer,
  due_at integer,
  due_event text,
  completed_at integer,
  ended_at integer,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index executions_by_time on executions (created_at);
create unique index executions_by_order on executions (order_id);
create index executions_by_payer on executions (payer_account_id, created_at);
create index executions_by_provider on executions (provider_participant_id, created_at);
create index executions_by_state on executions (state, created_at);
create index executions_by_run on executions (run_id, created_at) where run_id is not null;
create index executions_by_hold on executions (hold_id) where hold_id is not null;
create index executions_due on executions (due_at) where due_at is not null;

create table disputes (
  dispute_id text primary key not null,
  state text not null,
  execution_id text not null,
  order_id text not null,
  hold_id text,
  payer_account_id text not null,
  payee_account_id text not null,
  reason text,
  opened_by text,
  opened_at integer not null,
  in_favour_of text,
  resolution text,
  resolved_by text,
  resolved_at integer,
  version integer not null
);
create unique index disputes_by_time on disputes (opened_at);
create index disputes_by_execution on disputes (execution_id);
create index disputes_open on disputes (opened_at) where state = 'open';
