/**
 * What becomes of an execution (S-34): every event is one commit, in which execution, queue, dispute and hold move together.
 * Of two that cannot both be, the first one wins, and the other is told from where it could not go.
 */
import { invariant } from '../base/assert.ts';
import type { Change, Command, Decided, Decision, Read, View } from '../base/decision.ts';
import { timeOf } from '../base/time.ts';
import { closeout, decideEvent, hasEnded, type ExecutionEvent, type Step } from '../orders/closeout.ts';
import { afterCompletion, type EscrowPolicy } from '../orders/deadlines.ts';
import { resultContent, resultDigest, type ProviderResult } from '../orders/result.ts';
import { disputes, executions, offerQueues, type DisputeRow, type ExecutionRow } from '../orders/tables.ts';
import { disputeView, executionView } from '../orders/wire.ts';
import type { HoldTarget } from '../settlement/hold-moves.ts';
import { holds } from '../settlement/tables.ts';
import { refusal, replayed } from './answers.ts';
import type { DecisionRef } from './gate-books.ts';
import { changeHold, holdMoveReads, nextFact, viewBehind, type HoldMove, type LedgerStep } from './holds.ts';
import { budgetReads, rolledOn, settleBudget } from './order-budget.ts';
import { eventFacts, recorded } from './order-facts.ts';
import { queueChange, type OrderParts } from './orders.ts';

/** Whoever looked the execution up may name it, as it has to be loaded with it: only the budget's bucket ever changes. */
export interface ExecutionRef {
  readonly executionId: string;
  readonly holdId: string | null;
  readonly offerId: string;
  readonly payer: string;
  readonly payee: string;
  /** The budget that the gate reserved for it, if any, and where it is now. */
  readonly budget: DecisionRef | null;
}

/** What a command on an execution has to name. */
export function executionRef(row: ExecutionRow, budget: DecisionRef | null): ExecutionRef {
  return {
    executionId: row.execution_id,
    holdId: row.hold_id,
    offerId: row.offer_id,
    payer: row.payer_account_id,
    payee: row.payee_account_id,
    budget,
  };
}

interface EventCommand extends Command, ExecutionRef {
  readonly actor: string | null;
}

interface SaidCommand extends EventCommand {
  readonly reason: string | null;
}

export interface ProviderAcceptCommand extends EventCommand {
  readonly type: 'provider-accept';
}

export interface ReportResultCommand extends EventCommand {
  readonly type: 'report-result';
  readonly result: ProviderResult;
}

export interface AcceptExecutionCommand extends EventCommand {
  readonly type: 'accept-execution';
}

/** Whose scheduler it is does not matter: an event that is not due, or no more, changes nothing. */
export interface ApplyDeadlineCommand extends EventCommand {
  readonly type: 'apply-deadline';
}

/** What needs a reason: the provider's refusal, the payer's, a dispute, and the operator's two ways to end it all. */
export interface ProviderDeclineCommand extends SaidCommand {
  readonly type: 'provider-decline';
}

export interface RejectExecutionCommand extends SaidCommand {
  readonly type: 'reject-execution';
}

export interface OpenDisputeCommand extends SaidCommand {
  readonly type: 'open-dispute';
}

export interface ReleaseExecutionCommand extends SaidCommand {
  readonly type: 'release-execution';
}

export interface RefundExecutionCommand extends SaidCommand {
  readonly type: 'refund-execution';
}

export interface ResolveDisputeCommand extends SaidCommand {
  readonly type: 'resolve-dispute';
  readonly inFavourOf: 'payer' | 'payee';
}

/** An execution has one dispute at most, so its id needs no other number. */
export const disputeIdOf = (executionId: string): string => `dispute-${executionId}`;

/** An event, and what came with it. */
interface Happening {
  readonly event: ExecutionEvent;
  readonly actor: string | null;
  readonly reason: string | null;
  /** Columns that this event alone sets. */
  readonly columns?: Partial<ExecutionRow>;
  readonly dispute?: DisputeRow | undefined;
}

type Happened = (row: ExecutionRow, dispute: DisputeRow | undefined) => object;

export function executionDecisions(parts: OrderParts): {
  readonly 'provider-accept': Decision<ProviderAcceptCommand>;
  readonly 'provider-decline': Decision<ProviderDeclineCommand>;
  readonly 'report-result': Decision<ReportResultCommand>;
  readonly 'accept-execution': Decision<AcceptExecutionCommand>;
  readonly 'reject-execution': Decision<RejectExecutionCommand>;
  readonly 'open-dispute': Decision<OpenDisputeCommand>;
  readonly 'resolve-dispute': Decision<ResolveDisputeCommand>;
  readonly 'release-execution': Decision<ReleaseExecutionCommand>;
  readonly 'refund-execution': Decision<RefundExecutionCommand>;
  readonly 'apply-deadline': Decision<ApplyDeadlineCommand>;
} {
  const bridge = new Closeout(parts);
  return {
    'provider-accept': {
      reads: (command) => ({ rows: reads(command, []) }),
      decide: (command, view) => bridge.event(command, view, { ...command, event: 'provider-accept', reason: null }),
    },
    'provider-decline': {
      reads: (command) => ({ rows: reads(command, ['voided']) }),
      decide: (command, view) => bridge.event(command, view, { ...command, event: 'provider-decline' }),
    },
    'report-result': {
      reads: (command) => ({ rows: reads(command, ['refunded']) }),
      decide: (command, view) => bridge.result(command, view),
    },
    'accept-execution': {
      reads: (command) => ({ rows: reads(command, ['released']) }),
      decide: (command, view) => bridge.event(command, view, { ...command, event: 'accept', reason: null }),
    },
    'reject-execution': {
      reads: (command) => ({ rows: reads(command, ['refunded']) }),
      decide: (command, view) => bridge.event(command, view, { ...command, event: 'reject' }),
    },
    'open-dispute': {
      reads: (command) => ({ rows: reads(command, ['frozen']) }),
      decide: (command, view) => bridge.dispute(command, view),
    },
    'resolve-dispute': {
      reads: (command) => ({ rows: reads(command, ['released', 'refunded']) }),
      decide: (command, view) => bridge.resolve(command, view),
    },
    'release-execution': {
      reads: (command) => ({ rows: reads(command, ['released']) }),
      decide: (command, view) => bridge.operator(command, view, 'payee'),
    },
    'refund-execution': {
      reads: (command) => ({ rows: reads(command, ['refunded']) }),
      decide: (command, view) => bridge.operator(command, view, 'payer'),
    },
    'apply-deadline': {
      reads: (command) => ({ rows: reads(command, ['released', 'refunded']) }),
      decide: (command, view) => bridge.deadline(command, view),
    },
  };
}

function reads(
  { executionId, holdId, offerId, payer, payee, budget }: ExecutionRef,
  moves: readonly HoldTarget[],
): Read[] {
  return [
    ...(moves.length === 0 ? [] : budgetReads(budget)),
    { table: executions, key: [executionId] },
    { table: disputes, key: [disputeIdOf(executionId)] },
    { table: offerQueues, key: [offerId] },
    ...(holdId === null ? [] : moves.flatMap((to) => holdMoveReads({ holdId, payer, payee, to }))),
  ];
}

class Closeout {
  readonly #mapping: OrderParts['mapping'];
  readonly #escrow: EscrowPolicy;

  constructor({ mapping, escrow }: OrderParts) {
    this.#mapping = mapping;
    this.#escrow = escrow;
  }

  /** The state machine decides; what is allowed happens to execution, queue and hold at once. */
  event(
    { executionId, budget }: ExecutionRef,
    view: View,
    happening: Happening,
    answer: Happened = executionView,
  ): Decided {
    const before = view.row(executions, [executionId]);
    if (before === undefined) return refusal('execution_not_found');
    const decision = decideEvent(before.state, happening.event);
    if (decision.outcome === 'invalid_transition')
      return refusal('invalid_transition', { from: decision.from, to: decision.to });
    if (decision.outcome === 'replay') return replayed(answer(before, view.row(disputes, [disputeIdOf(executionId)])));
    const { step } = decision;
    // Where no hold moves, no budget does, and none is loaded.
    const stale = step.hold === null ? undefined : rolledOn(budget, view);
    return stale ?? this.#append(before, view, { ...happening, step, budget }, answer);
  }

  /** S-34: the same result again is known by its digest, and another one is refused, whatever has become of the first. */
  result(command: ReportResultCommand, view: View): Decided {
    const { executionId, result, actor } = command;
    const before = view.row(executions, [executionId]);
    if (before === undefined) return refusal('execution_not_found');
    const content = resultContent(result);
    const digest = resultDigest(content);
    if (before.result_digest === digest) return replayed({ outcome: 'already_present', ...executionView(before) });
    if (before.result_digest !== null) return refusal('result_conflict', { recorded_digest: before.result_digest });
    const completes = result.status === 'completed';
    const columns = {
      result: content,
      result_digest: digest,
      completed_at: completes ? view.at : null,
      ...(completes ? this.#afterCompletion(before, view.at) : {}),
    };
    // What failed stands in the result itself.
    const happening = { event: result.status, actor, reason: null, columns };
    return this.event(command, view, happening, (row) => ({ outcome: 'recorded', ...executionView(row) }));
  }

  dispute(command: OpenDisputeCommand, view: View): Decided {
    const { executionId, reason, actor } = command;
    const before = view.row(executions, [executionId]);
    const known = view.row(disputes, [disputeIdOf(executionId)]);
    if (known !== undefined) return replayed(disputeView(known));
    if (before === undefined) return refusal('execution_not_found');
    const { dispute_by: disputeBy } = before;
    const inTime = disputeBy === null || view.at < disputeBy;
    if (!inTime && closeout.dispute.from.includes(before.state))
      return refusal('dispute_window_closed', { dispute_by: timeOf(disputeBy) });
    const dispute: DisputeRow = {
      dispute_id: disputeIdOf(executionId),
      state: 'open',
      execution_id: executionId,
      order_id: before.order_id,
      hold_id: before.hold_id,
      payer_account_id: before.payer_account_id,
      payee_account_id: before.payee_account_id,
      reason,
      opened_by: actor,
      opened_at: view.at,
      in_favour_of: null,
      resolution: null,
      resolved_by: null,
      resolved_at: null,
      version: 1n,
    };
    const columns = { dispute_id: dispute.dispute_id };
    return this.event(command, view, { event: 'dispute', actor, reason, columns, dispute }, () => disputeView(dispute));
  }

  resolve(command: ResolveDisputeCommand, view: View): Decided {
    const { executionId, inFavourOf, reason, actor } = command;
    const before = view.row(disputes, [disputeIdOf(executionId)]);
    if (before === undefined) return refusal('dispute_not_found');
    const event = inFavourOf === 'payer' ? 'arbiter-for-payer' : 'arbiter-for-payee';
    const dispute = resolved(before, command, view);
    return this.event(command, view, { event, actor, reason, dispute }, (_, known) => disputeView(known ?? dispute));
  }

  /** An operator who ends a disputed execution is its arbiter. */
  operator(command: SaidCommand, view: View, inFavourOf: 'payer' | 'payee'): Decided {
    const { executionId, reason, actor } = command;
    const dispute = view.row(disputes, [disputeIdOf(executionId)]);
    if (dispute?.state === 'open') {
      const event = inFavourOf === 'payer' ? 'arbiter-for-payer' : 'arbiter-for-payee';
      const ruled = resolved(dispute, { inFavourOf, reason, actor }, view);
      return this.event(command, view, { event, actor, reason, dispute: ruled });
    }
    const event = inFavourOf === 'payer' ? 'operator-refund' : 'operator-release';
    return this.event(command, view, { event, actor, reason });
  }

  /** Somebody may have acted between the scheduler's look and this commit: then the time is no longer up. */
  deadline(command: ApplyDeadlineCommand, view: View): Decided {
    const before = view.row(executions, [command.executionId]);
    if (before === undefined) return refusal('execution_not_found');
    const { due_at: dueAt, due_event: event, state } = before;
    if (dueAt === null || event === null || dueAt > view.at)
      return refusal('not_due', { state, due_at: dueAt === null ? null : timeOf(dueAt) });
    return this.event(command, view, { event, actor: command.actor, reason: `${event} ${timeOf(dueAt)}` });
  }

  #append(
    before: ExecutionRow,
    view: View,
    { event, actor, reason, columns, dispute, step, budget }: Happening & Pick<ExecutionRef, 'budget'> & { step: Step },
    answer: Happened,
  ): Decided {
    const ends = hasEnded(step.to);
    const row: ExecutionRow = {
      ...before,
      // The clock of a running execution goes on; who disputes stops it, and who ends it too.
      ...(ends || step.to === 'disputed' ? { due_at: null, due_event: null } : {}),
      ...columns,
      state: step.to,
      receipt: step.receipt,
      last_event: event,
      reason,
      ended_at: ends ? view.at : null,
      updated_at: view.at,
      version: before.version + 1n,
    };
    const leavesQueue = before.result_digest === null && (ends || row.result_digest !== null);
    const changes: Change[] = [{ table: executions, row }];
    if (leavesQueue) changes.push(queueChange(view, before.offer_id, -1n));
    if (dispute !== undefined) changes.push({ table: disputes, row: dispute });
    const ledger =
      step.hold === null ? undefined : this.#moveHold(before, { to: step.hold, reason: reason ?? event, actor }, view);
    const settled = { orderId: before.order_id, actor, to: step.hold ?? 'frozen' } as const;
    const booked = settleBudget(budget, settled, viewBehind(view, ledger));
    return recorded({
      type: eventFacts[event],
      subject: before.execution_id,
      answer: answer(row, dispute),
      changes,
      said: { event, actor, reason },
      ledger,
      budget: booked,
    });
  }

  /** The hold goes the way of its execution, in the same commit. One without a price has none. */
  #moveHold({ hold_id: holdId }: ExecutionRow, move: HoldMove, view: View): LedgerStep | undefined {
    if (holdId === null) return undefined;
    const before = view.row(holds, [holdId]);
    invariant(before !== undefined, 'an execution has the hold that it names');
    return changeHold(before, move, { view: nextFact(view), mapping: this.#mapping });
  }

  #afterCompletion(before: ExecutionRow, completedAt: bigint): Partial<ExecutionRow> {
    const { accept_by: acceptBy, dispute_by, auto_release_after } = before;
    const terms = { acceptBy, disputeBy: dispute_by, autoReleaseAfter: auto_release_after };
    const { disputeBy, autoReleaseAfter } = afterCompletion(terms, completedAt, this.#escrow);
    return {
      dispute_by: disputeBy,
      auto_release_after: autoReleaseAfter,
      due_at: autoReleaseAfter,
      due_event: 'auto-release',
    };
  }
}

function resolved(
  before: DisputeRow,
  { inFavourOf, reason, actor }: Pick<ResolveDisputeCommand, 'inFavourOf' | 'reason' | 'actor'>,
  { at }: View,
): DisputeRow {
  return {
    ...before,
    state: 'resolved',
    in_favour_of: inFavourOf,
    resolution: reason,
    resolved_by: actor,
    resolved_at: at,
    version: before.version + 1n,
  };
}
