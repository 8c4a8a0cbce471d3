-- The budget gate: plans, buckets, policies, decisions with their invoices, what neighbours reported, actuals and their
-- reconciliation. Every row follows from the facts; amounts are cents, instants nanoseconds.

create schema if not exists app;

create table app.otb_merchants (
  merchant_id text collate "C" primary key,
  name text not null,
  currency text not null,
  calendar text not null,
  year_end text not null,
  hierarchy text not null,
  hierarchy_version bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_merchants_by_time on app.otb_merchants (created_at);

create table app.otb_budgets (
  budget_id text collate "C" primary key,
  merchant_id text collate "C" not null,
  period text collate "C" not null,
  basis text not null,
  currency text not null,
  status text collate "C" not null,
  plan text,
  open_to_buy_cents bigint not null,
  amount_cents bigint not null,
  original_cents bigint,
  revision bigint not null,
  created_by text not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_budgets_by_time on app.otb_budgets (created_at);
create index otb_budgets_by_merchant on app.otb_budgets (merchant_id, period, created_at);

create table app.otb_budget_revisions (
  revision_id text collate "C" primary key,
  budget_id text collate "C" not null,
  merchant_id text collate "C" not null,
  revision bigint not null,
  amount_cents bigint not null,
  plan text,
  reason text,
  revised_by text not null,
  at bigint not null
);
create index otb_budget_revisions_by_budget on app.otb_budget_revisions (budget_id, at);

create table app.otb_periods (
  period_key text collate "C" primary key,
  merchant_id text collate "C" not null,
  period text collate "C" not null,
  status text collate "C" not null,
  budget_id text collate "C",
  basis text,
  currency text,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_periods_by_time on app.otb_periods (created_at);
create index otb_periods_by_merchant on app.otb_periods (merchant_id, created_at);

create table app.otb_allocations (
  bucket text collate "C" primary key,
  allocation_id text collate "C" not null,
  merchant_id text collate "C" not null,
  period text collate "C" not null,
  category text collate "C" not null,
  budget_id text collate "C",
  parent text collate "C",
  allocated_cents bigint not null,
  children_cents bigint not null,
  holdback_cents bigint not null,
  reserved_cents bigint not null,
  committed_cents bigint not null,
  received_cents bigint not null,
  adjusted_cents bigint not null,
  revision bigint not null,
  alert_level bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_allocations_by_id on app.otb_allocations (allocation_id);
create index otb_allocations_by_merchant on app.otb_allocations (merchant_id, bucket);
create index otb_allocations_by_period on app.otb_allocations (merchant_id, period, bucket);
create index otb_allocations_by_budget on app.otb_allocations (budget_id, bucket);

create table app.otb_policies (
  merchant_id text collate "C" primary key,
  policy_id text collate "C" not null,
  settings text not null,
  created_by text not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_policies_by_time on app.otb_policies (created_at);

create table app.otb_policy_versions (
  policy_id text collate "C" primary key,
  merchant_id text collate "C" not null,
  settings text not null,
  created_by text not null,
  at bigint not null
);
create unique index otb_policy_versions_by_time on app.otb_policy_versions (at);
create index otb_policy_versions_by_merchant on app.otb_policy_versions (merchant_id, at);

create table app.otb_gate_decisions (
  decision_id text collate "C" primary key,
  merchant_id text collate "C" not null,
  caller text not null,
  actor_id text collate "C" not null,
  action_kind text not null,
  amount_cents bigint not null,
  category text collate "C",
  period text collate "C" not null,
  bucket text collate "C" not null,
  basis text not null,
  currency text not null,
  mode text not null,
  policy_id text collate "C" not null,
  state text collate "C" not null,
  document text collate "C",
  request text not null,
  request_digest text collate "C" not null,
  paid bigint not null,
  excess_cents bigint not null,
  explanation text not null,
  reserved_cents bigint not null,
  committed_cents bigint not null,
  received_cents bigint not null,
  replaces text,
  order_id text collate "C",
  due_at bigint,
  reason text,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  seq bigint not null
);
create unique index otb_gate_decisions_by_time on app.otb_gate_decisions (created_at);
create index otb_gate_decisions_by_merchant on app.otb_gate_decisions (merchant_id, created_at);
create index otb_gate_decisions_by_state on app.otb_gate_decisions (merchant_id, state, created_at);
create index otb_gate_decisions_in_state on app.otb_gate_decisions (state, created_at);
create index otb_gate_decisions_by_bucket on app.otb_gate_decisions (bucket, created_at);
create index otb_gate_decisions_by_document on app.otb_gate_decisions (document, created_at);
create index otb_gate_decisions_by_due on app.otb_gate_decisions (due_at) where due_at is not null;

create table app.otb_references (
  reference text collate "C" primary key,
  decision_id text collate "C" not null,
  updated_at bigint not null,
  version bigint not null
);

create table app.otb_l402_invoices (
  decision_id text collate "C" primary key,
  merchant_id text collate "C" not null,
  state text collate "C" not null,
  sats bigint not null,
  quote text not null,
  payment_hash text collate "C",
  bolt11 text,
  payee_key text collate "C",
  token_id text collate "C",
  root_key_sealed text,
  hold text collate "C",
  preimage_sealed text,
  held_at bigint,
  expires_at bigint,
  usable_until bigint,
  received_msat bigint not null,
  settled_at bigint,
  consumed_at bigint,
  credit_msat bigint not null,
  credit text collate "C",
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_l402_invoices_by_time on app.otb_l402_invoices (created_at);
create index otb_l402_invoices_by_hash on app.otb_l402_invoices (payment_hash);
create index otb_l402_invoices_by_merchant on app.otb_l402_invoices (merchant_id, created_at);
create index otb_l402_invoices_unsettled on app.otb_l402_invoices (created_at) where state in ('intended', 'open', 'held');
create index otb_l402_invoices_by_hold on app.otb_l402_invoices (hold, created_at) where hold is not null;
create index otb_l402_invoices_owed on app.otb_l402_invoices (credit, created_at) where credit is not null;
create unique index otb_l402_invoices_by_use on app.otb_l402_invoices (consumed_at) where consumed_at is not null;

create table app.otb_exposures (
  merchant_id text collate "C" primary key,
  open_invoices bigint not null,
  updated_at bigint not null,
  version bigint not null
);

create table app.otb_lightning_cursors (
  backend text collate "C" primary key,
  cursor text not null,
  updated_at bigint not null,
  version bigint not null
);

create table app.otb_reports (
  report_id text collate "C" primary key,
  decision_id text collate "C" not null,
  kind text collate "C" not null,
  amount_cents bigint not null,
  final bigint not null,
  reference text collate "C",
  actor text not null,
  at bigint not null,
  seq bigint not null
);
create unique index otb_reports_by_time on app.otb_reports (at);
create index otb_reports_by_decision on app.otb_reports (decision_id, at);

create table app.otb_releases (
  release_id text collate "C" primary key,
  decision_id text collate "C" not null,
  merchant_id text collate "C" not null,
  bucket text collate "C" not null,
  amount_cents bigint not null,
  state text collate "C" not null,
  requested_by text not null,
  reason text not null,
  decided_by text,
  decision_reason text,
  from_normal_budget bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_releases_by_time on app.otb_releases (created_at);
create index otb_releases_by_merchant on app.otb_releases (merchant_id, created_at);
create index otb_releases_by_decision on app.otb_releases (decision_id);

create table app.otb_alerts (
  alert_id text collate "C" primary key,
  merchant_id text collate "C" not null,
  bucket text collate "C" not null,
  kind text collate "C" not null,
  state text collate "C" not null,
  level text not null,
  open_to_buy_cents bigint not null,
  opened_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create index otb_alerts_by_merchant on app.otb_alerts (merchant_id, alert_id);

create table app.otb_actuals (
  actual_id text collate "C" primary key,
  merchant_id text collate "C" not null,
  document_id text collate "C" not null,
  kind text collate "C" not null,
  amount_cents bigint not null,
  category text collate "C",
  period text collate "C" not null,
  bucket text collate "C" not null,
  decision_id text collate "C",
  occurred_at text not null,
  recorded_by text not null,
  at bigint not null,
  seq bigint not null
);
create unique index otb_actuals_by_time on app.otb_actuals (at);
create index otb_actuals_by_merchant on app.otb_actuals (merchant_id, at);

create table app.otb_actual_totals (
  bucket text collate "C" primary key,
  merchant_id text collate "C" not null,
  period text collate "C" not null,
  category text collate "C" not null,
  received_cents bigint not null,
  ordered_cents bigint not null,
  reconciled_received_cents bigint not null,
  reconciled_ordered_cents bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create index otb_actual_totals_by_time on app.otb_actual_totals (updated_at);

create table app.otb_reconciliations (
  run_id text collate "C" primary key,
  state text collate "C" not null,
  watermark bigint not null,
  position text not null,
  buckets bigint not null,
  adjustments bigint not null,
  drift_cents bigint not null,
  started_at bigint not null,
  ended_at bigint,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_reconciliations_by_time on app.otb_reconciliations (started_at);

create table app.otb_adjustments (
  adjustment_id text collate "C" primary key,
  run_id text collate "C" not null,
  merchant_id text collate "C" not null,
  bucket text collate "C" not null,
  cause text not null,
  amount_cents bigint not null,
  expected_cents bigint not null,
  actual_cents bigint not null,
  at bigint not null,
  seq bigint not null
);
create unique index otb_adjustments_by_time on app.otb_adjustments (at);
create index otb_adjustments_by_run on app.otb_adjustments (run_id, at);
create index otb_adjustments_by_merchant on app.otb_adjustments (merchant_id, at);

create table app.otb_exports (
  job_id text collate "C" primary key,
  merchant_id text collate "C",
  period text collate "C",
  state text collate "C" not null,
  rows_done bigint not null,
  rows_total bigint not null,
  files text not null,
  error text,
  requested_by text not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null
);
create unique index otb_exports_by_time on app.otb_exports (created_at);

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
