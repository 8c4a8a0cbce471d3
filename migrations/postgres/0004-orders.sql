-- The buyer bridge: organisations, offers with their queues, orders, executions and disputes. Every row follows from the facts;
-- instants are nanoseconds, yes and no are 1 and 0.

-- An order that could not be opened may be judged anew, and then has a second hold.
drop index holds_by_order;
create index holds_by_order on holds (order_id, created_at);

create table orgs (
  org_id text collate "C" primary key,
  custodian_participant_id text collate "C" not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index orgs_by_time on orgs (created_at);

create table offers (
  offer_id text collate "C" primary key,
  sequence_no bigint not null,
  status text collate "C" not null,
  provider_node_id text collate "C" not null,
  provider_participant_id text collate "C" not null,
  service_type text collate "C" not null,
  description text not null,
  price_amount bigint not null,
  price_currency text collate "C" not null,
  unit_kind text collate "C" not null,
  expires_at bigint,
  max_queue_depth bigint not null,
  auto_accept bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index offers_by_time on offers (created_at);
create index offers_by_provider on offers (provider_participant_id, created_at);
create index offers_by_service on offers (service_type, created_at);

create table offer_queues (
  offer_id text collate "C" primary key,
  depth bigint not null,
  updated_at bigint not null,
  version bigint not null
);

create table orders (
  order_id text collate "C" primary key,
  state text collate "C" not null,
  subject_kind text collate "C" not null,
  subject_id text collate "C" not null,
  provider_participant_id text collate "C" not null,
  offer_id text collate "C" not null,
  offer_seq bigint not null,
  payer_account_id text collate "C" not null,
  payee_account_id text collate "C" not null,
  units bigint not null,
  price_amount bigint,
  hold_id text collate "C",
  execution_id text collate "C",
  run_id text collate "C",
  phase_id text collate "C",
  gate_decision_id text collate "C",
  budget_bucket text collate "C",
  classifier text collate "C",
  reason text,
  retryable bigint,
  work_by bigint,
  accept_by bigint,
  dispute_by bigint,
  auto_release_after bigint,
  request text not null,
  answer text,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index orders_by_time on orders (created_at);
create index orders_by_payer on orders (payer_account_id, created_at);
create index orders_by_provider on orders (provider_participant_id, created_at);
create index orders_by_state on orders (state, created_at);
create index orders_by_run on orders (run_id, created_at) where run_id is not null;

create table executions (
  execution_id text collate "C" primary key,
  state text collate "C" not null,
  receipt text collate "C" not null,
  last_event text collate "C",
  reason text,
  order_id text collate "C" not null,
  offer_id text collate "C" not null,
  offer_seq bigint not null,
  provider_node_id text collate "C" not null,
  provider_participant_id text collate "C" not null,
  subject_kind text collate "C" not null,
  subject_id text collate "C" not null,
  payer_account_id text collate "C" not null,
  payee_account_id text collate "C" not null,
  price_amount bigint not null,
  hold_id text collate "C",
  run_id text collate "C",
  phase_id text collate "C",
  gate_decision_id text collate "C",
  budget_bucket text collate "C",
  dispute_id text collate "C",
  result text,
  result_digest text collate "C",
  work_by bigint,
  accept_by bigint,
  dispute_by bigint,
  auto_release_after bigint,
  due_at bigint,
  due_event text collate "C",
  completed_at bigint,
  ended_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
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
  dispute_id text collate "C" primary key,
  state text collate "C" not null,
  execution_id text collate "C" not null,
  order_id text collate "C" not null,
  hold_id text collate "C",
  payer_account_id text collate "C" not null,
  payee_account_id text collate "C" not null,
  reason text,
  opened_by text collate "C",
  opened_at bigint not null,
  in_favour_of text collate "C",
  resolution text,
  resolved_by text collate "C",
  resolved_at bigint,
  version bigint not null
);
create unique index disputes_by_time on disputes (opened_at);
create index disputes_by_execution on disputes (execution_id);
create index disputes_open on disputes (opened_at) where state = 'open';
