/**
 * The projections of the budget gate (B-01, R10): on SQLite as they are named here, on PostgreSQL in schema `app`. Amounts are
 * in cents, instants in nanoseconds, rates in basis points; lists and settings that nobody searches stand as JSON text.
 */
import { integer, integerOrNull, rowTable, text, textOrNull, type RowOf } from '../base/row-table.ts';

/** What a budget counts in: the price the shop pays, or the price its customers pay (B-20). */
export type Basis = 'cost' | 'retail';
export type Calendar = '4-5-4' | 'calendar';

/** Who plans: an organisation (J6) with its calendar and its hierarchy of categories (B-22). */
export const merchants = rowTable('otb_merchants', {
  key: 'merchant_id',
  rows: 'replaced',
  columns: {
    merchant_id: text(),
    name: text(),
    currency: text(),
    calendar: text<Calendar>(),
    /** `MM-DD`: a year of the 4-5-4 calendar ends on the Saturday nearest to it. */
    year_end: text(),
    /** JSON: `[{"category","parent","from"}]`, with null for a root and for always. */
    hierarchy: text(),
    /** Counts changes of calendar and hierarchy: who chose buckets by an older one chooses anew. */
    hierarchy_version: integer(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** A plan for one merchant and period. Its first amount is frozen on activation; revisions follow (B-23). */
export const budgets = rowTable('otb_budgets', {
  key: 'budget_id',
  rows: 'replaced',
  columns: {
    budget_id: text(),
    merchant_id: text(),
    period: text(),
    basis: text<Basis>(),
    currency: text(),
    status: text<'draft' | 'active' | 'locked' | 'closed'>(),
    /** JSON: the plan's components, or null where the amount was given. */
    plan: textOrNull(),
    /** The formula's result, on order taken off (B-20). */
    open_to_buy_cents: integer(),
    /** What is allocated: the receipt budget, without on order. */
    amount_cents: integer(),
    /** As activated; null before. */
    original_cents: integerOrNull(),
    revision: integer(),
    created_by: text(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** What a budget was, from its activation on: `<budget>:<revision>` (B-23). */
export const budgetRevisions = rowTable('otb_budget_revisions', {
  key: 'revision_id',
  rows: 'appended',
  columns: {
    revision_id: text(),
    budget_id: text(),
    merchant_id: text(),
    revision: integer(),
    amount_cents: integer(),
    plan: textOrNull(),
    reason: textOrNull(),
    revised_by: text(),
    at: integer(),
  },
});

/** The state of a merchant's period, whether or not it has a budget: key `<merchant>|<period>`. */
export const periods = rowTable('otb_periods', {
  key: 'period_key',
  rows: 'replaced',
  columns: {
    period_key: text(),
    merchant_id: text(),
    period: text(),
    status: text<'open' | 'locked' | 'closed'>(),
    budget_id: textOrNull(),
    basis: textOrNull<Basis>(),
    currency: textOrNull(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/**
 * A bucket: what may be spent for a merchant, period and category, and what became of it. Key `<merchant>|<period>|<category>`;
 * the merchant-wide one has the category ``. Open-to-buy = allocated - children - holdback - reserved - committed - received
 * + adjusted (B-20, B-22).
 */
export const allocations = rowTable('otb_allocations', {
  key: 'bucket',
  rows: 'replaced',
  columns: {
    bucket: text(),
    allocation_id: text(),
    merchant_id: text(),
    period: text(),
    category: text(),
    /** Null: nothing was planned here, and something was spent all the same. */
    budget_id: textOrNull(),
    /** The category whose allocation this one was taken from; null where nothing was planned, and for the merchant-wide one. */
    parent: textOrNull(),
    allocated_cents: integer(),
    /** Of it, what child categories were given. */
    children_cents: integer(),
    holdback_cents: integer(),
    reserved_cents: integer(),
    committed_cents: integer(),
    received_cents: integer(),
    adjusted_cents: integer(),
    revision: integer(),
    /** How far the alarm stands: 0 none, then one per threshold, then exhausted and overbought (B-23). */
    alert_level: integer(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** A merchant's rules as they stand now. The default policy has no row (B-09). */
export const policies = rowTable('otb_policies', {
  key: 'merchant_id',
  rows: 'replaced',
  columns: {
    merchant_id: text(),
    /** Of this version: `<merchant>.v<version>`. */
    policy_id: text(),
    /** JSON: the settings as validated. */
    settings: text(),
    created_by: text(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** All versions of the rules, so that a decision can be explained by those of its time. */
export const policyVersions = rowTable('otb_policy_versions', {
  key: 'policy_id',
  rows: 'appended',
  columns: { policy_id: text(), merchant_id: text(), settings: text(), created_by: text(), at: integer() },
});

export type Mode = 'enforce' | 'warn' | 'track';

/**
 * `challenged`: an invoice asks for payment. `replaced`: a later decision took its place. `reserved` until it is `committed`
 * (ordered), `received` (in full, or ended short), `cancelled` or `expired`. `refused`: money cannot buy it.
 */
export type DecisionState =
  'challenged' | 'reserved' | 'committed' | 'received' | 'cancelled' | 'expired' | 'replaced' | 'refused';

/** One answer of the gate, and what became of the budget it reserved. */
export const decisions = rowTable('otb_gate_decisions', {
  key: 'decision_id',
  rows: 'replaced',
  columns: {
    decision_id: text(),
    merchant_id: text(),
    /** The key that asked. */
    caller: text(),
    actor_id: text(),
    action_kind: text(),
    amount_cents: integer(),
    category: textOrNull(),
    period: text(),
    /** The bucket that is debited. */
    bucket: text(),
    basis: text<Basis>(),
    currency: text(),
    mode: text<Mode>(),
    policy_id: text(),
    state: text<DecisionState>(),
    /** The document: `<kind of id>:<id>`. */
    document: textOrNull(),
    /** The request's business fields as canonical JSON, and their SHA-256. */
    request: text(),
    request_digest: text(),
    /** A budget that was short: 1 when a settled invoice authorised it. */
    paid: integer(),
    /** What was beyond the budget when it was decided. */
    excess_cents: integer(),
    /** JSON: the counters of the bucket before and after, and how they were judged. */
    explanation: text(),
    /** What of the amount is reserved, on order, received. */
    reserved_cents: integer(),
    committed_cents: integer(),
    received_cents: integer(),
    /** The decision whose reservation this one takes over, once it is allowed. */
    replaces: textOrNull(),
    /** The order that the decision was for (S-33); it allows no second one. */
    order_id: textOrNull(),
    /** When a reservation, or a challenge nobody paid, ends by itself. */
    due_at: integerOrNull(),
    /** Why it ended, or was refused. */
    reason: textOrNull(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
    seq: integer(),
  },
});

/**
 * Which decision a caller's next request belongs to (B-05): key `key|[<caller>,<idempotency key>]` (JSON),
 * `document|<merchant>|<kind>|<document>`, or `request|<digest>` while its challenge is open.
 */
export const references = rowTable('otb_references', {
  key: 'reference',
  rows: 'replaced',
  columns: { reference: text(), decision_id: text(), updated_at: integer(), version: integer() },
});

/**
 * `intended`: asked of the node, nothing came back yet. `open`, then `settled` or `closed`. `held`: a hold invoice whose payment
 * was accepted and is not settled at the node yet.
 */
export type InvoiceState = 'intended' | 'open' | 'held' | 'settled' | 'closed';

/** The invoice of a challenge (B-28, L-04, L-05): one per decision, whose id it has. */
export const invoices = rowTable('otb_l402_invoices', {
  key: 'decision_id',
  rows: 'replaced',
  columns: {
    decision_id: text(),
    merchant_id: text(),
    state: text<InvoiceState>(),
    /** Quoted when the challenge was decided, and frozen with it. */
    sats: integer(),
    /** JSON: price rule and rate as used. */
    quote: text(),
    payment_hash: textOrNull(),
    bolt11: textOrNull(),
    payee_key: textOrNull(),
    /** The token's id, and its root key sealed; null once it cannot be used any more. */
    token_id: textOrNull(),
    root_key_sealed: textOrNull(),
    /** Null: an ordinary invoice. `ordered`, then `waiting` for the server to settle or cancel it at the node, then `ended`. */
    hold: textOrNull<'ordered' | 'waiting' | 'ended'>(),
    /** A hold invoice's preimage, sealed as root keys are; null once the node has been told, or need not be. */
    preimage_sealed: textOrNull(),
    /** When its payment was accepted: from then on it is settled. */
    held_at: integerOrNull(),
    expires_at: integerOrNull(),
    /** Until when the paid token can be used. */
    usable_until: integerOrNull(),
    received_msat: integer(),
    settled_at: integerOrNull(),
    /** When the decision was allowed by it: a token is consumed once. */
    consumed_at: integerOrNull(),
    /** Paid twice, too late or for nothing: owed to the payer. */
    credit_msat: integer(),
    /** `owed` while that is more than nothing, so that what is owed is found among all that was paid. */
    credit: textOrNull<'owed'>(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** How many challenges of a merchant are open (B-24). */
export const exposures = rowTable('otb_exposures', {
  key: 'merchant_id',
  rows: 'replaced',
  columns: { merchant_id: text(), open_invoices: integer(), updated_at: integer(), version: integer() },
});

/** Where the settlement follower goes on after a restart (L-07): key is the backend. */
export const lightningCursors = rowTable('otb_lightning_cursors', {
  key: 'backend',
  rows: 'replaced',
  columns: { backend: text(), cursor: text(), updated_at: integer(), version: integer() },
});

/** What a neighbour reported on a decision (commit, cancel, receive, return, chargeback), once per reference. */
export const reports = rowTable('otb_reports', {
  key: 'report_id',
  rows: 'appended',
  columns: {
    report_id: text(),
    decision_id: text(),
    kind: text<'commit' | 'cancel' | 'receive' | 'return' | 'chargeback'>(),
    amount_cents: integer(),
    /** 1: nothing more would come. */
    final: integer(),
    reference: textOrNull(),
    actor: text(),
    at: integer(),
    seq: integer(),
  },
});

/** A special release beside the invoice (B-25): key is the decision that was blocked. */
export const releases = rowTable('otb_releases', {
  key: 'release_id',
  rows: 'replaced',
  columns: {
    release_id: text(),
    decision_id: text(),
    merchant_id: text(),
    bucket: text(),
    amount_cents: integer(),
    state: text<'requested' | 'in_process' | 'accepted' | 'rejected'>(),
    requested_by: text(),
    reason: text(),
    decided_by: textOrNull(),
    decision_reason: textOrNull(),
    /** 1: the normal budget had become free, and the special one was not used. */
    from_normal_budget: integer(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** Alerts that close themselves (B-23): one row per bucket and kind. */
export const alerts = rowTable('otb_alerts', {
  key: 'alert_id',
  rows: 'replaced',
  columns: {
    /** `<bucket>|threshold` or `<bucket>|drift`. */
    alert_id: text(),
    merchant_id: text(),
    bucket: text(),
    kind: text<'threshold' | 'drift'>(),
    state: text<'open' | 'closed'>(),
    /** What it says: `low` with basis points left, `exhausted`, `overbought`, or the cause of a drift. */
    level: text(),
    open_to_buy_cents: integer(),
    opened_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** What really happened, told from outside (B-07): key `<merchant>|<kind>|<document>`. */
export const actuals = rowTable('otb_actuals', {
  key: 'actual_id',
  rows: 'appended',
  columns: {
    actual_id: text(),
    merchant_id: text(),
    document_id: text(),
    kind: text<'receipt' | 'order' | 'cancellation' | 'return' | 'chargeback' | 'invoice'>(),
    amount_cents: integer(),
    category: textOrNull(),
    period: text(),
    bucket: text(),
    decision_id: textOrNull(),
    occurred_at: text(),
    recorded_by: text(),
    at: integer(),
    seq: integer(),
  },
});

/** Actuals of a bucket together, and up to where a reconciliation has taken them into account. */
export const actualTotals = rowTable('otb_actual_totals', {
  key: 'bucket',
  rows: 'replaced',
  columns: {
    bucket: text(),
    merchant_id: text(),
    period: text(),
    category: text(),
    /** Receipts less returns and chargebacks. */
    received_cents: integer(),
    /** Orders that no gate saw, less their cancellations. */
    ordered_cents: integer(),
    /** What earlier runs adjusted for, of each. */
    reconciled_received_cents: integer(),
    reconciled_ordered_cents: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** One run of the reconciliation. */
export const reconciliations = rowTable('otb_reconciliations', {
  key: 'run_id',
  rows: 'replaced',
  columns: {
    run_id: text(),
    state: text<'running' | 'done'>(),
    /** The number of the last fact that the run looks at. */
    watermark: integer(),
    /** The last bucket that it has done: where a run that was cut goes on. */
    position: text(),
    buckets: integer(),
    adjustments: integer(),
    drift_cents: integer(),
    started_at: integer(),
    ended_at: integerOrNull(),
    updated_at: integer(),
    version: integer(),
  },
});

/** A difference that a run booked, with its cause. */
export const adjustments = rowTable('otb_adjustments', {
  key: 'adjustment_id',
  rows: 'appended',
  columns: {
    adjustment_id: text(),
    run_id: text(),
    merchant_id: text(),
    bucket: text(),
    cause: text(),
    amount_cents: integer(),
    expected_cents: integer(),
    actual_cents: integer(),
    at: integer(),
    seq: integer(),
  },
});

/** A period-end export (B-08). */
export const exportJobs = rowTable('otb_exports', {
  key: 'job_id',
  rows: 'replaced',
  columns: {
    job_id: text(),
    merchant_id: textOrNull(),
    period: textOrNull(),
    state: text<'waiting' | 'running' | 'done' | 'failed'>(),
    rows_done: integer(),
    rows_total: integer(),
    /** JSON: `[{"name","rows","bytes","sha256"}]`. */
    files: text(),
    error: textOrNull(),
    requested_by: text(),
    created_at: integer(),
    updated_at: integer(),
    version: integer(),
  },
});

/** Every table of the gate. */
export const budgetTables = [
  merchants,
  budgets,
  budgetRevisions,
  periods,
  allocations,
  policies,
  policyVersions,
  decisions,
  references,
  invoices,
  exposures,
  lightningCursors,
  reports,
  releases,
  alerts,
  actuals,
  actualTotals,
  reconciliations,
  adjustments,
  exportJobs,
] as const;

export type MerchantRow = RowOf<typeof merchants>;
export type BudgetRow = RowOf<typeof budgets>;
export type BudgetRevisionRow = RowOf<typeof budgetRevisions>;
export type PeriodRow = RowOf<typeof periods>;
export type BucketRow = RowOf<typeof allocations>;
export type PolicyRow = RowOf<typeof policies>;
export type DecisionRow = RowOf<typeof decisions>;
export type ReferenceRow = RowOf<typeof references>;
export type InvoiceRow = RowOf<typeof invoices>;
export type ReleaseRow = RowOf<typeof releases>;
export type ReportRow = RowOf<typeof reports>;
export type AlertRow = RowOf<typeof alerts>;
