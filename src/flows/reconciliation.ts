/**
 * A run of the reconciliation (B-07): it begins at a watermark, goes through the buckets page by page, and ends. Each page is a
 * commit with its adjustments and the place where it ended, so a run that was cut goes on there and books nothing twice.
 */
import type { Change, Decided, Decision, Read, View } from '../base/decision.ts';
import type { RowOf } from '../base/row-table.ts';
import { timeOf, timeOrNull } from '../base/time.ts';
import { decisionTotalsKey, type ActualTotalsRow } from '../budgets/actuals.ts';
import { bucketOf, openToBuy } from '../budgets/bucket.ts';
import { policyOf } from '../budgets/policy.ts';
import { reconcileBucket, reconcileDecision, type Adjustment, type Reconciled } from '../budgets/reconcile.ts';
import {
  actualTotals,
  adjustments,
  alerts,
  allocations,
  decisions,
  policies,
  reconciliations,
} from '../budgets/tables.ts';
import type { AlertRow } from '../budgets/tables.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';
import { bucketReads, changeBucket, newBucket } from './buckets.ts';
import { Steps } from './steps.ts';

export type ReconciliationRow = RowOf<typeof reconciliations>;
export type AdjustmentRow = RowOf<typeof adjustments>;

interface BeginReconciliationCommand {
  readonly type: 'begin-reconciliation';
  readonly runId: string;
  readonly actor: string;
}

/** A bucket as the run saw it; when it has changed since, the run looks again. */
export interface BucketToReconcile {
  readonly bucket: string;
  /** 0: nobody has spent or planned anything there yet. */
  readonly bucketVersion: bigint;
  readonly totalsVersion: bigint;
  /** What the gate holds as received for decisions that documents name: those are compared one by one. */
  readonly namedReceived: bigint;
  /** For a bucket that is not there yet. */
  readonly allocationId: string;
}

export interface DecisionToReconcile {
  readonly bucket: string;
  readonly decisionId: string;
}

export interface AdvanceReconciliationCommand {
  readonly type: 'advance-reconciliation';
  readonly runId: string;
  /** Where the run stood, and where it stands afterwards: the last bucket that it has done. */
  readonly from: string;
  readonly to: string;
  readonly buckets: readonly BucketToReconcile[];
  readonly decisions: readonly DecisionToReconcile[];
  /** Buckets whose counters are not the sums over their decisions: a bug or a false row, which no adjustment mends. */
  readonly miscounted: readonly string[];
  /** Buckets whose counters add up again. */
  readonly mended: readonly string[];
}

interface EndReconciliationCommand {
  readonly type: 'end-reconciliation';
  readonly runId: string;
  /** What else was compared, and did not fit (J4): settlement facts with their movements. */
  readonly settlement: { readonly checked: number; readonly pending: number; readonly drifted: readonly string[] };
  readonly decisionsCounted: number;
}

export type ReconciliationCommand =
  BeginReconciliationCommand | AdvanceReconciliationCommand | EndReconciliationCommand;

/** Alerts about movements concern no merchant, period or category. */
export const SETTLEMENT_ALERT = 'settlement|drift';
const NO_BUCKET = '||';

const driftAlertId = (bucket: string): string => `${bucket}|drift`;
const runRead = (runId: string): Read => ({ table: reconciliations, key: [runId] });

const begin: Decision<BeginReconciliationCommand> = {
  reads: ({ runId }) => ({ rows: [runRead(runId)] }),
  decide({ runId, actor }, view) {
    const { at, seq } = view;
    const known = view.row(reconciliations, [runId]);
    if (known !== undefined) return replayed(runView(known));
    const run: ReconciliationRow = {
      run_id: runId,
      state: 'running',
      watermark: BigInt(seq - 1),
      position: '',
      buckets: 0n,
      adjustments: 0n,
      drift_cents: 0n,
      started_at: at,
      ended_at: null,
      updated_at: at,
      version: 1n,
    };
    return budgetRecorded({
      type: 'otb/reconciliation-begun.v1',
      subject: runId,
      answer: runView(run),
      changes: [{ table: reconciliations, row: run }],
      said: { actor },
    });
  },
};

const advance: Decision<AdvanceReconciliationCommand> = {
  reads: ({ runId, buckets, decisions: named, miscounted, mended }) => ({
    rows: [
      runRead(runId),
      ...buckets.flatMap(({ bucket }) => bucketToReconcileReads(bucket)),
      ...named.flatMap(({ bucket, decisionId }) => [
        ...bucketToReconcileReads(bucket),
        { table: decisions, key: [decisionId] },
        { table: actualTotals, key: [decisionTotalsKey(bucket, decisionId)] },
      ]),
      ...[...miscounted, ...mended].flatMap(bucketToReconcileReads),
    ],
  }),
  decide(command, view) {
    const run = view.row(reconciliations, [command.runId]);
    // Whoever goes on with the same run was faster; it has booked what this page would have.
    if (run?.state !== 'running' || run.position !== command.from)
      return refusal('stale', { position: run?.position ?? null, state: run?.state ?? null });
    const page = new Page(command.runId, new Steps(view));
    const skipped = command.buckets.filter((each) => !page.bucket(each)).map(({ bucket }) => bucket);
    for (const each of command.decisions) page.decision(each);
    for (const bucket of command.miscounted) page.alert(bucket, 'counters_differ');
    const seen = command.buckets.map(({ bucket }) => bucket).filter((bucket) => !skipped.includes(bucket));
    page.settleAlerts([...seen, ...command.mended]);
    return page.ended(run, command, skipped);
  },
};

function bucketToReconcileReads(bucket: string): Read[] {
  const { merchant } = bucketOf(bucket);
  return [
    ...bucketReads(bucket),
    { table: policies, key: [merchant] },
    { table: actualTotals, key: [bucket] },
    { table: alerts, key: [driftAlertId(bucket)] },
  ];
}

/** What one command books. */
class Page {
  readonly #runId: string;
  readonly #steps: Steps;
  /** Buckets in which this page found something, by what it was. */
  readonly #found = new Map<string, string>();
  #booked = 0;
  #driftCents = 0n;

  constructor(runId: string, steps: Steps) {
    this.#runId = runId;
    this.#steps = steps;
  }

  /** Books what documents without a decision differ by; false: the bucket is not as the run saw it any more. */
  bucket({ bucket, bucketVersion, totalsVersion, namedReceived, allocationId }: BucketToReconcile): boolean {
    const { view } = this.#steps;
    const row = view.row(allocations, [bucket]);
    const totals = view.row(actualTotals, [bucket]);
    if (totals === undefined || totals.version !== totalsVersion || (row?.version ?? 0n) !== bucketVersion)
      return false;
    const found = reconcileBucket(totals, { received: (row?.received_cents ?? 0n) - namedReceived });
    this.#book(bucket, allocationId, totals, found);
    return true;
  }

  /** Books what the documents of one decision differ by; one that has left the bucket is compared there next time. */
  decision({ bucket, decisionId }: DecisionToReconcile): void {
    const { view } = this.#steps;
    const decision = view.row(decisions, [decisionId]);
    const totals = view.row(actualTotals, [decisionTotalsKey(bucket, decisionId)]);
    if (decision === undefined || totals === undefined || decision.bucket !== bucket) return;
    const open = decision.reserved_cents + decision.committed_cents;
    const found = reconcileDecision(totals, { open, received: decision.received_cents });
    this.#book(bucket, decisionId, totals, found);
    if (found.unreported !== 0n) this.alert(bucket, 'received_without_report');
  }

  #book(bucket: string, allocationId: string, totals: ActualTotalsRow, found: Reconciled): void {
    for (const [index, adjustment] of found.adjustments.entries()) {
      const { at } = this.#steps.view;
      const reconciled = {
        ...totals,
        reconciled_received_cents: found.reconciledReceived,
        reconciled_ordered_cents: found.reconciledOrdered,
        updated_at: at,
        version: totals.version + 1n,
      };
      this.#steps.add({
        type: 'otb/reconciliation-advanced.v1',
        subject: this.#runId,
        changes: [
          ...this.#adjusted(bucket, allocationId, adjustment),
          ...(index === 0 ? [{ table: actualTotals, row: reconciled }] : []),
        ],
        said: { bucket, cause: adjustment.cause },
      });
      this.#booked += 1;
      this.#driftCents += adjustment.amount < 0n ? -adjustment.amount : adjustment.amount;
      this.#found.set(bucket, adjustment.cause);
    }
  }

  #adjusted(bucket: string, allocationId: string, { cause, amount, expected, actual }: Adjustment): Change[] {
    const { view } = this.#steps;
    const { merchant, period, category } = bucketOf(bucket);
    const row: AdjustmentRow = {
      adjustment_id: `${this.#runId}:${view.seq}`,
      run_id: this.#runId,
      merchant_id: merchant,
      bucket,
      cause,
      amount_cents: amount,
      expected_cents: expected,
      actual_cents: actual,
      at: view.at,
      seq: BigInt(view.seq),
    };
    const before = view.row(allocations, [bucket]) ?? newBucket({ merchant, period, category, allocationId }, view);
    const policy = policyOf(view.row(policies, [merchant])?.settings);
    return [{ table: adjustments, row }, ...changeBucket(before, { adjusted_cents: amount }, policy, view)];
  }

  /** Opens the bucket's drift alert, or says what it is about now. */
  alert(bucket: string, level: string): void {
    this.#found.set(bucket, level);
    const before = this.#steps.view.row(alerts, [driftAlertId(bucket)]);
    if (before?.state !== 'open' || before.level !== level) this.#writeAlert(bucket, 'open', level);
  }

  /** Opens the alerts of buckets where something was found, and closes those of buckets that were seen and are in order. */
  settleAlerts(seen: readonly string[]): void {
    for (const [bucket, level] of this.#found) this.alert(bucket, level);
    for (const bucket of seen) {
      const before = this.#steps.view.row(alerts, [driftAlertId(bucket)]);
      if (!this.#found.has(bucket) && before?.state === 'open') this.#writeAlert(bucket, 'closed', before.level);
    }
  }

  #writeAlert(bucket: string, state: AlertRow['state'], level: string): void {
    const { view } = this.#steps;
    const held = view.row(allocations, [bucket]);
    const row = driftAlert(
      { bucket, state, level, openToBuy: held === undefined ? 0n : openToBuy(held) },
      view.row(alerts, [driftAlertId(bucket)]),
      view,
    );
    this.#steps.add({
      type: 'otb/reconciliation-advanced.v1',
      subject: this.#runId,
      changes: [{ table: alerts, row }],
      said: { bucket, alert: state },
    });
  }

  /** The run as this page leaves it. */
  ended(run: ReconciliationRow, command: AdvanceReconciliationCommand, skipped: readonly string[]): Decided {
    const { at } = this.#steps.view;
    const row: ReconciliationRow = {
      ...run,
      position: command.to,
      buckets: run.buckets + BigInt(command.buckets.length - skipped.length),
      adjustments: run.adjustments + BigInt(this.#booked),
      drift_cents: run.drift_cents + this.#driftCents,
      updated_at: at,
      version: run.version + 1n,
    };
    this.#steps.add({
      type: 'otb/reconciliation-advanced.v1',
      subject: this.#runId,
      changes: [{ table: reconciliations, row }],
      said: { position: command.to, skipped: skipped.length },
    });
    return this.#steps.decided({ ...runView(row), skipped });
  }
}

interface DriftTold {
  readonly bucket: string;
  readonly state: AlertRow['state'];
  readonly level: string;
  readonly openToBuy: bigint;
}

function driftAlert(
  { bucket, state, level, openToBuy: left }: DriftTold,
  before: AlertRow | undefined,
  { at }: Pick<View, 'at'>,
): AlertRow {
  const { merchant } = bucketOf(bucket);
  return {
    alert_id: driftAlertId(bucket),
    merchant_id: merchant,
    bucket,
    kind: 'drift',
    state,
    level,
    open_to_buy_cents: left,
    opened_at: before?.state === 'open' ? before.opened_at : at,
    updated_at: at,
    version: (before?.version ?? 0n) + 1n,
  };
}

const end: Decision<EndReconciliationCommand> = {
  reads: ({ runId }) => ({ rows: [runRead(runId), { table: alerts, key: [SETTLEMENT_ALERT] }] }),
  decide({ runId, settlement, decisionsCounted }, view) {
    const run = view.row(reconciliations, [runId]);
    if (run === undefined) return refusal('stale', { position: null, state: null });
    if (run.state === 'done') return replayed(runView(run));
    const row: ReconciliationRow = {
      ...run,
      state: 'done',
      ended_at: view.at,
      updated_at: view.at,
      version: run.version + 1n,
    };
    return budgetRecorded({
      type: 'otb/reconciliation-ended.v1',
      subject: runId,
      answer: runView(row),
      changes: [{ table: reconciliations, row }, ...settlementAlert(settlement.drifted.length, view)],
      said: {
        settlement_checked: settlement.checked,
        settlement_pending: settlement.pending,
        settlement_drifted: settlement.drifted.join(' '),
        decisions_counted: decisionsCounted,
      },
    });
  },
};

function settlementAlert(drifted: number, view: View): Change[] {
  const before = view.row(alerts, [SETTLEMENT_ALERT]);
  const state = drifted > 0 ? 'open' : 'closed';
  if ((before?.state ?? 'closed') === state) return [];
  const told = { bucket: NO_BUCKET, state, level: 'movements_differ', openToBuy: 0n } as const;
  return [{ table: alerts, row: { ...driftAlert(told, before, view), alert_id: SETTLEMENT_ALERT } }];
}

/** A run as callers see it. */
export interface RunView {
  readonly run_id: string;
  readonly state: ReconciliationRow['state'];
  readonly watermark: number;
  readonly buckets: number;
  readonly adjustments: number;
  readonly drift_cents: number;
  readonly started_at: string;
  readonly ended_at: string | null;
}

export function runView(row: ReconciliationRow): RunView {
  return {
    run_id: row.run_id,
    state: row.state,
    watermark: Number(row.watermark),
    buckets: Number(row.buckets),
    adjustments: Number(row.adjustments),
    drift_cents: Number(row.drift_cents),
    started_at: timeOf(row.started_at),
    ended_at: timeOrNull(row.ended_at),
  };
}

export const reconciliationDecisions = {
  'begin-reconciliation': begin,
  'advance-reconciliation': advance,
  'end-reconciliation': end,
};
