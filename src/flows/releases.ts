/**
 * Special release (B-25): beside the invoice, somebody who may can let a blocked request pass, and says why. The special budget
 * is not used when the normal one has become free meanwhile.
 */
import type { Change, Command, Decided, Decision, View } from '../base/decision.ts';
import { bucketOf, openToBuy, periodKey } from '../budgets/bucket.ts';
import { heldBy, isLive, sumOf, unallowedReasons } from '../budgets/reports.ts';
import { decisions, periods, references, releases } from '../budgets/tables.ts';
import type { DecisionRow, ReferenceRow, ReleaseRow } from '../budgets/tables.ts';
import { releaseView } from '../budgets/wire.ts';
import { refusal, replayed } from './answers.ts';
import { budgetRecorded } from './budget-facts.ts';
import { decisionReads, GateBooks, type DecisionRef } from './gate-books.ts';
import { closeInvoice, quotedMsat } from './gate-invoice.ts';
import { reservationEnd, tooLarge } from './gate-outcomes.ts';
import { authorise, isPaid } from './gate-paid.ts';
import { STALE, unknownOf } from './gate-references.ts';

/** A blocked decision has one release, and its id, which is the request's key: with another reason it is another request. */
export interface RequestReleaseCommand extends Command {
  readonly type: 'request-release';
  readonly decisionId: string;
  readonly reason: string;
  readonly actor: string;
}

/** Somebody looks at it. */
export interface TakeReleaseCommand extends Command {
  readonly type: 'take-release';
  readonly decisionId: string;
  readonly actor: string;
}

export interface DecideReleaseCommand extends Command {
  readonly type: 'decide-release';
  readonly decisionId: string;
  readonly merchant: string;
  readonly outcome: 'accepted' | 'rejected';
  readonly reason: string;
  readonly actor: string;
  /** May let pass what it asked for itself. */
  readonly alsoOwn: boolean;
  /** Name of the decision's document; null: it has none. */
  readonly documentName: string | null;
  /** The blocked decision, and the one that its document leads to. */
  readonly current: readonly DecisionRef[];
}

/** What may be released: asked for in vain, not taken over by another request of the same document, and not closed for good. */
export function isBlocked({ state, reason }: Pick<DecisionRow, 'state' | 'reason'>): boolean {
  if (reason === 'period_closed') return false;
  if (state === 'challenged' || state === 'refused') return true;
  return state === 'expired' && unallowedReasons.some((unallowed) => unallowed === reason);
}

const notThere = refusal('release_not_found');

export const releaseDecisions: {
  readonly 'request-release': Decision<RequestReleaseCommand>;
  readonly 'take-release': Decision<TakeReleaseCommand>;
  readonly 'decide-release': Decision<DecideReleaseCommand>;
} = {
  'request-release': {
    reads: ({ decisionId }) => ({
      rows: [
        { table: decisions, key: [decisionId] },
        { table: releases, key: [decisionId] },
      ],
    }),
    decide({ decisionId, reason, actor }, view) {
      const decision = view.row(decisions, [decisionId]);
      if (decision === undefined) return refusal('decision_not_found');
      const before = view.row(releases, [decisionId]);
      if (before !== undefined && before.state !== 'rejected')
        return before.reason === reason
          ? replayed(releaseView(before))
          : refusal('idempotency_conflict', { fields: ['reason'] });
      if (!isBlocked(decision)) return refusal('invalid_report', { state: decision.state, reason: 'not_blocked' });
      const row: ReleaseRow = {
        release_id: decisionId,
        decision_id: decisionId,
        merchant_id: decision.merchant_id,
        bucket: decision.bucket,
        amount_cents: decision.amount_cents,
        state: 'requested',
        requested_by: actor,
        reason,
        decided_by: null,
        decision_reason: null,
        from_normal_budget: 0n,
        created_at: before?.created_at ?? view.at,
        updated_at: view.at,
        version: (before?.version ?? 0n) + 1n,
      };
      return record('otb/release-requested.v1', row, { actor, reason });
    },
  },
  'take-release': {
    reads: ({ decisionId }) => ({ rows: [{ table: releases, key: [decisionId] }] }),
    decide({ decisionId, actor }, view) {
      const before = view.row(releases, [decisionId]);
      if (before === undefined) return notThere;
      if (before.state === 'in_process') return replayed(releaseView(before));
      if (before.state !== 'requested') return transition(before, 'in_process');
      const row: ReleaseRow = {
        ...before,
        state: 'in_process',
        decided_by: actor,
        updated_at: view.at,
        version: before.version + 1n,
      };
      return record('otb/release-decided.v1', row, { actor, reason: null });
    },
  },
  'decide-release': {
    reads: ({ decisionId, merchant, documentName, current }) => ({
      rows: [
        { table: releases, key: [decisionId] },
        ...decisionReads(merchant, current),
        ...current.map(({ bucket }) => ({ table: periods, key: [periodKey(merchant, bucketOf(bucket).period)] })),
        ...(documentName === null ? [] : [{ table: references, key: [documentName] }]),
      ],
    }),
    decide(command, view) {
      const { decisionId, outcome, reason, actor, alsoOwn } = command;
      const before = view.row(releases, [decisionId]);
      if (before === undefined) return notThere;
      if (before.state === outcome) return replayed(releaseView(before));
      if (before.state === 'accepted' || before.state === 'rejected') return transition(before, outcome);
      // Two people let budget go: who asks, and who says yes. Taking back what one asked for is nobody's loss.
      if (outcome === 'accepted' && before.requested_by === actor && !alsoOwn)
        return refusal('forbidden', { reason: 'own_request' });
      const decided: ReleaseRow = {
        ...before,
        state: outcome,
        decided_by: actor,
        decision_reason: reason,
        updated_at: view.at,
        version: before.version + 1n,
      };
      if (outcome === 'rejected') return record('otb/release-decided.v1', decided, { actor, reason });
      return accept(command, decided, view);
    },
  },
};

function accept(command: DecideReleaseCommand, decided: ReleaseRow, view: View): Decided {
  const { decisionId, merchant, reason, actor, documentName, current } = command;
  const books = new GateBooks(view, merchant, decisionId);
  const standing = documentName === null ? undefined : view.row(references, [documentName]);
  const unknown = unknownOf([decisionId, standing?.decision_id ?? null], current, books);
  if (unknown.length > 0) return refusal(STALE, { decisions: unknown });
  const blocked = books.decision(decisionId);
  const live = standing === undefined ? undefined : books.decision(standing.decision_id);
  const from = blocked?.state ?? 'unknown';
  if (!isStillBlocked(blocked, live)) return refusal('invalid_transition', { from, to: 'reserved' });
  const inTheWay = whyNotNow(blocked, books, view);
  if (inTheWay !== undefined) return inTheWay;
  const isFree = openToBuy(books.counters(blocked.bucket)) + givenBack(blocked, live) >= blocked.amount_cents;
  release(blocked, live, books);
  if (documentName !== null) books.further(...pointTo(documentName, standing, decisionId, view));
  const row = { ...decided, from_normal_budget: isFree ? 1n : 0n };
  return record('otb/release-decided.v1', row, { actor, reason }, books);
}

/** Not when its document was allowed otherwise since: that is not taken away again. */
function isStillBlocked(row: DecisionRow | undefined, live: DecisionRow | undefined): row is DecisionRow {
  if (row === undefined || !isBlocked(row)) return false;
  return live === undefined || !isLive(live) || [row.decision_id, row.replaces].includes(live.decision_id);
}

/**
 * Into a locked period a release is the override that is recorded (B-23); a closed one is closed for good. And a payment that
 * is taken (L-05) becomes this request's authorisation as soon as it is here: let pass before that, it would be for nothing.
 */
function whyNotNow(
  { decision_id: id, merchant_id, bucket, state }: DecisionRow,
  books: GateBooks,
  view: View,
): Decided | undefined {
  const period = view.row(periods, [periodKey(merchant_id, bucketOf(bucket).period)]);
  if (period?.status === 'closed')
    return refusal('policy_violation', { policy_id: books.policyId, reason: 'period_closed' });
  return books.invoice(id)?.state === 'held'
    ? refusal('invalid_transition', { from: state, to: 'reserved', reason: 'payment_held' })
    : undefined;
}

/** What the document holds goes over into the released decision, so only the rest is new; an order keeps what it stands on. */
function givenBack({ bucket }: DecisionRow, live: DecisionRow | undefined): bigint {
  return live !== undefined && isLive(live) && live.order_id === null && live.bucket === bucket
    ? sumOf(heldBy(live))
    : 0n;
}

/** Who has paid meanwhile has paid for this. */
function release(blocked: DecisionRow, live: DecisionRow | undefined, books: GateBooks): void {
  const invoice = books.invoice(blocked.decision_id);
  const paid = isPaid(invoice);
  // It may have been owed since it expired unused: what is used now is owed no more.
  if (paid)
    books.keepInvoice({ ...invoice, consumed_at: books.now, credit_msat: invoice.received_msat - quotedMsat(invoice) });
  else closeInvoice(books, blocked);
  const dueAt = reservationEnd(books.now, books.settings);
  authorise(books, { challenged: blocked, live, dueAt, paid: paid ? 1n : 0n });
}

/** The document leads to the released decision from now on. */
function pointTo(name: string, before: ReferenceRow | undefined, decisionId: string, { at }: View): Change[] {
  if (before?.decision_id === decisionId) return [];
  const version = (before?.version ?? 0n) + 1n;
  return [{ table: references, row: { reference: name, decision_id: decisionId, updated_at: at, version } }];
}

const transition = ({ state }: ReleaseRow, to: ReleaseRow['state']): Decided =>
  refusal('invalid_transition', { from: state, to });

function record(
  type: 'otb/release-requested.v1' | 'otb/release-decided.v1',
  row: ReleaseRow,
  said: Readonly<Record<string, string | null>>,
  books?: GateBooks,
): Decided {
  if (books?.areCountable === false) return tooLarge(books);
  const changes = [{ table: releases, row }, ...(books?.changes() ?? [])];
  return budgetRecorded({ type, subject: row.decision_id, answer: releaseView(row), changes, said });
}
