/**
 * Late orders of a period that was closed (B-21) roll on into the next open one, one fact for each. The
 * decision keeps the period that it was made for, by which it shows as overdue; only the bucket that it debits changes.
 */
import type { Command, Decided, Decision, View } from '../base/decision.ts';
import { decisionTotalsKey, type ActualTotalsRow } from '../budgets/actuals.ts';
import { bucketKey, periodKey, WHOLE_MERCHANT } from '../budgets/bucket.ts';
import { actualTotals, allocations, periods, type DecisionRow } from '../budgets/tables.ts';
import { decisionView } from '../budgets/wire.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';
import { bucketReads } from './buckets.ts';
import { decisionReads, GateBooks, type DecisionRef } from './gate-books.ts';
import { STALE, unknownOf } from './gate-references.ts';

export interface RollOrderCommand extends Command, DecisionRef {
  readonly type: 'roll-order';
  readonly merchant: string;
  /** The period that was closed, and the open one that follows. */
  readonly from: string;
  readonly to: string;
  /** The category of the bucket and those above it, up to the merchant as a whole: the first that has a bucket is debited. */
  readonly path: readonly string[];
  /** For a merchant-wide bucket that is not there yet. */
  readonly allocationId: string;
  readonly actor: string;
}

/** Is it still expected, and nothing of it there? What came in part was received where it stands, and stays there. */
export const rolls = ({ state, received_cents: received }: DecisionRow): boolean =>
  (state === 'reserved' || state === 'committed') && received === 0n;

const totalsKey = ({ bucket, decisionId }: DecisionRef): string => decisionTotalsKey(bucket, decisionId);

/** B-07: do documents count in the bucket? A reconciliation compares them with what the decision holds there, and nowhere else. */
const isTold = (totals: ActualTotalsRow | undefined): boolean =>
  totals !== undefined &&
  (totals.received_cents !== 0n ||
    totals.ordered_cents !== 0n ||
    totals.reconciled_received_cents !== 0n ||
    totals.reconciled_ordered_cents !== 0n);

const targets = ({ merchant, to, path }: RollOrderCommand): string[] =>
  [...new Set([...path, WHOLE_MERCHANT])].map((category) => bucketKey(merchant, to, category));

const rollOrder: Decision<RollOrderCommand> = {
  reads: (command) => ({
    rows: [
      ...decisionReads(command.merchant, [command]),
      { table: actualTotals, key: [totalsKey(command)] },
      { table: periods, key: [periodKey(command.merchant, command.from)] },
      { table: periods, key: [periodKey(command.merchant, command.to)] },
      ...targets(command).flatMap(bucketReads),
    ],
  }),
  decide(command, view) {
    const { merchant, decisionId, from, to, allocationId, actor } = command;
    const books = new GateBooks(view, merchant, allocationId);
    const decision = books.decision(decisionId);
    if (decision === undefined || decision.merchant_id !== merchant) return refusal('decision_not_found');
    if (!rolls(decision)) return replayed(decisionView(decision));
    if (unknownOf([decisionId], [command], books).length > 0) return refusal(STALE, { decisions: [decisionId] });
    if (isTold(view.row(actualTotals, [totalsKey(command)]))) return replayed(decisionView(decision));
    const refused = refusedRoll(command, decision, view);
    if (refused !== undefined) return refused;
    const there = targets(command);
    const bucket = there.find((each) => view.row(allocations, [each]) !== undefined) ?? there.at(-1) ?? '';
    const row = books.keep({ ...decision, bucket });
    const answer = decisionView(row, books.invoice(decisionId));
    const said = { actor, from, to };
    return budgetRecorded({
      type: 'otb/order-rolled.v1',
      subject: decisionId,
      answer,
      changes: books.changes(),
      said,
    });
  },
};

/** Only out of a closed period into an open one, and no budget mixes bases or currencies (B-20). */
function refusedRoll({ merchant, from, to }: RollOrderCommand, decision: DecisionRow, view: View): Decided | undefined {
  const target = view.row(periods, [periodKey(merchant, to)]);
  if (view.row(periods, [periodKey(merchant, from)])?.status !== 'closed') return refusal(STALE);
  if (target === undefined) return undefined;
  if (target.status !== 'open') return refusal(STALE);
  if ((target.currency ?? decision.currency) !== decision.currency) return refusal('currency_mismatch');
  return (target.basis ?? decision.basis) === decision.basis ? undefined : refusal('basis_mismatch');
}

export const rollingDecisions = { 'roll-order': rollOrder };
