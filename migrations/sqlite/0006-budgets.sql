-- The budget gate: plans, buckets, policies, decisions with their invoices, what neighbours reported, actuals and their
-- reconciliation. Every row follows from the facts; amounts are cents, instants nanoseconds.

create table otb_merchants (
  merchant_id text primary key not null,
  name text not null,
  currency text not null,
  calendar text not null,
  year_end text not null,
  hierarchy text not null,
  hierarchy_version integer not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_merchants_by_time on otb_merchants (created_at);

create table otb_budgets (
  budget_id text primary key not null,
  merchant_id text not null,
  period text not null,
  basis text not null,
  currency text not null,
  status text not null,
  plan text,
  open_to_buy_cents integer not null,
  amount_cents integer not null,
  original_cents integer,
  revision integer not null,
  created_by text not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_budgets_by_time on otb_budgets (created_at);
create index otb_budgets_by_merchant on otb_budgets (merchant_id, period, created_at);

create table otb_budget_revisions (
  revision_id text primary key not null,
  budget_id text not null,
  merchant_id text not null,
  revision integer not null,
  amount_cents integer not null,
  plan text,
  reason text,
  revised_by text not null,
  at integer not null
);
create index otb_budget_revisions_by_budget on otb_budget_revisions (budget_id, at);

create table otb_periods (
  period_key text primary key not null,
  merchant_id text not null,
  period text not null,
  status text not null,
  budget_id text,
  basis text,
  currency text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_periods_by_time on otb_periods (created_at);
create index otb_periods_by_merchant on otb_periods (merchant_id, created_at);

create table otb_allocations (
  bucket text primary key not null,
  allocation_id text not null,
  merchant_id text not null,
  period text not null,
  category text not null,
  budget_id text,
  parent text,
  allocated_cents integer not null,
  children_cents integer not null,
  holdback_cents integer not null,
  reserved_cents integer not null,
  committed_cents integer not null,
  received_cents integer not null,
  adjusted_cents integer not null,
  revision integer not null,
  alert_level integer not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_allocations_by_id on otb_allocations (allocation_id);
create index otb_allocations_by_merchant on otb_allocations (merchant_id, bucket);
create index otb_allocations_by_period on otb_allocations (merchant_id, period, bucket);
create index otb_allocations_by_budget on otb_allocations (budget_id, bucket);

create table otb_policies (
  merchant_id text primary key not null,
  policy_id text not null,
  settings text not null,
  created_by text not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_policies_by_time on otb_policies (created_at);

create table otb_policy_versions (
  policy_id text primary key not null,
  merchant_id text not null,
  settings text not null,
  created_by text not null,
  at integer not null
);
create unique index otb_policy_versions_by_time on otb_policy_versions (at);
create index otb_policy_versions_by_merchant on otb_policy_versions (merchant_id, at);

create table otb_gate_decisions (
  decision_id text primary key not null,
  merchant_id text not null,
  caller text not null,
  actor_id text not null,
  action_kind text not null,
  amount_cents integer not null,
  category text,
  period text not null,
  bucket text not null,
  basis text not null,
  currency text not null,
  mode text not null,
  policy_id text not null,
  state text not null,
  document text,
  request text not null,
  request_digest text not null,
  paid integer not null,
  excess_cents integer not null,
  explanation text not null,
  reserved_cents integer not null,
  committed_cents integer not null,
  received_cents integer not null,
  replaces text,
  order_id text,
  due_at integer,
  reason text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null,
  seq integer not null
);
create unique index otb_gate_decisions_by_time on otb_gate_decisions (created_at);
create index otb_gate_decisions_by_merchant on otb_gate_decisions (merchant_id, created_at);
create index otb_gate_decisions_by_state on otb_gate_decisions (merchant_id, state, created_at);
create index otb_gate_decisions_in_state on otb_gate_decisions (state, created_at);
create index otb_gate_decisions_by_bucket on otb_gate_decisions (bucket, created_at);
create index otb_gate_decisions_by_document on otb_gate_decisions (document, created_at);
create index otb_gate_decisions_by_due on otb_gate_decisions (due_at) where due_at is not null;

create table otb_references (
  reference text primary key not null,
  decision_id text not null,
  updated_at integer not null,
  version integer not null
) without rowid;

create table otb_l402_invoices (
  decision_id text primary key not null,
  merchant_id text not null,
  state text not null,
  sats integer not null,
  quote text not null,
  payment_hash text,
  bolt11 text,
  payee_key text,
  token_id text,
  root_key_sealed text,
  hold text,
  preimage_sealed text,
  held_at integer,
  expires_at integer,
  usable_until integer,
  received_msat integer not null,
  settled_at integer,
  consumed_at integer,
  credit_msat integer not null,
  credit text,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_l402_invoices_by_time on otb_l402_invoices (created_at);
create index otb_l402_invoices_by_hash on otb_l402_invoices (payment_hash);
create index otb_l402_invoices_by_merchant on otb_l402_invoices (merchant_id, created_at);
create index otb_l402_invoices_unsettled on otb_l402_invoices (created_at) where state in ('intended', 'open', 'held');
create index otb_l402_invoices_by_hold on otb_l402_invoices (hold, created_at) where hold is not null;
create index otb_l402_invoices_owed on otb_l402_invoices (credit, created_at) where credit is not null;
create unique index otb_l402_invoices_by_use on otb_l402_invoices (consumed_at) where consumed_at is not null;

create table otb_exposures (
  merchant_id text primary key not null,
  open_invoices integer not null,
  updated_at integer not null,
  version integer not null
);

create table otb_lightning_cursors (
  backend text primary key not null,
  cursor text not null,
  updated_at integer not null,
  version integer not null
);

create table otb_reports (
  report_id text primary key not null,
  decision_id text not null,
  kind text not null,
  amount_cents integer not null,
  final integer not null,
  reference text,
  actor text not null,
  at integer not null,
  seq integer not null
);
create unique index otb_reports_by_time on otb_reports (at);
create index otb_reports_by_decision on otb_reports (decision_id, at);

create table otb_releases (
  release_id text primary key not null,
  decision_id text not null,
  merchant_id text not null,
  bucket text not null,
  amount_cents integer not null,
  state text not null,
  requested_by text not null,
  reason text not null,
  decided_by text,
  decision_reason text,
  from_normal_budget integer not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_releases_by_time on otb_releases (created_at);
create index otb_releases_by_merchant on otb_releases (merchant_id, created_at);
create index otb_releases_by_decision on otb_releases (decision_id);

create table otb_alerts (
  alert_id text primary key not null,
  merchant_id text not null,
  bucket text not null,
  kind text not null,
  state text not null,
  level text not null,
  open_to_buy_cents integer not null,
  opened_at integer not null,
  updated_at integer not null,
  version integer not null
);
create index otb_alerts_by_merchant on otb_alerts (merchant_id, alert_id);

create table otb_actuals (
  actual_id text primary key not null,
  merchant_id text not null,
  document_id text not null,
  kind text not null,
  amount_cents integer not null,
  category text,
  period text not null,
  bucket text not null,
  decision_id text,
  occurred_at text not null,
  recorded_by text not null,
  at integer not null,
  seq integer not null
);
create unique index otb_actuals_by_time on otb_actuals (at);
create index otb_actuals_by_merchant on otb_actuals (merchant_id, at);

create table otb_actual_totals (
  bucket text primary key not null,
  merchant_id text not null,
  period text not null,
  category text not null,
  received_cents integer not null,
  ordered_cents integer not null,
  reconciled_received_cents integer not null,
  reconciled_ordered_cents integer not null,
  updated_at integer not null,
  version integer not null
);
create index otb_actual_totals_by_time on otb_actual_totals (updated_at);

create table otb_reconciliations (
  run_id text primary key not null,
  state text not null,
  watermark integer not null,
  position text not null,
  buckets integer not null,
  adjustments integer not null,
  drift_cents integer not null,
  started_at integer not null,
  ended_at integer,
  updated_at integer not null,
  version integer not null
);
create unique index otb_reconciliations_by_time on otb_reconciliations (started_at);

create table otb_adjustments (
  adjustment_id text primary key not null,
  run_id text not null,
  merchant_id text not null,
  bucket text not null,
  cause text not null,
  amount_cents integer not null,
  expected_cents integer not null,
  actual_cents integer not null,
  at integer not null,
  seq integer not null
);
create unique index otb_adjustments_by_time on otb_adjustments (at);
create index otb_adjustments_by_run on otb_adjustments (run_id, at);
create index otb_adjustments_by_merchant on otb_adjustments (merchant_id, at);

create table otb_exports (
  job_id text primary key not null,
  merchant_id text,
  period text,
  state text not null,
  rows_done integer not null,
  rows_total integer not null,
  files text not null,
  error text,
  requested_by text not null,
  created_at integer not null,
  updated_at integer not null,
  version integer not null
);
create unique index otb_exports_by_time on otb_exports (created_at);

-- Evidence finds the facts of one decision by their subject. Facts of the payment rail are not in this index and cost nothing.
create index facts_of_budgets on facts (subject, seq) where substr(type, 1, 4) = 'otb/';

-- Reconciliation goes through the moves of holds in the order in which they happened.
create index hold_moves_by_time on hold_moves (at);

-- Lists of holds by state, of everybody's and of one party's: those of a rare state are not found by looking at a million others.
-- The partial indexes were of no use to any state but `frozen`.
drop index holds_open;
drop index holds_frozen;
create index holds_by_state on holds (state, created_at);
create index holds_by_payer_state on holds (payer_account_id, state, created_at);
create index holds_by_payee_state on holds (payee_account_id, state, created_at);

-- Without numbers the planner takes every index for as good as the next, and would look through a fifth of all rows (one state's)
-- for the one that belongs to an order. What is estimated here for a million rows is true of any store: states are few.
analyze sqlite_schema;
insert into sqlite_stat1 (tbl, idx, stat) values
  ('holds', 'holds_by_state', '1000000 200000 1'),
  ('holds', 'holds_by_payer', '1000000 1000 1'),
  ('holds', 'holds_by_payee', '1000000 1000 1'),
  ('holds', 'holds_by_payer_state', '1000000 1000 200 1'),
  ('holds', 'holds_by_payee_state', '1000000 1000 200 1'),
  ('orders', 'orders_by_state', '1000000 100000 1'),
  ('executions', 'executions_by_state', '1000000 100000 1'),
  ('otb_gate_decisions', 'otb_gate_decisions_by_merchant', '1000000 10000 1'),
  ('otb_gate_decisions', 'otb_gate_decisions_by_state', '1000000 10000 2000 1'),
  ('otb_gate_decisions', 'otb_gate_decisions_in_state', '1000000 200000 1');
