/** What the gate records for each of its answers: allowed, challenged, refused, or the same as before (B-05, B-06, B-28). */
import { BASIS_DEFAULT, CURRENCY_DEFAULT } from '../budgets/plan.ts';
import { NS_PER_SECOND } from '../base/time.ts';
import { invariant } from '../base/assert.ts';
import type { Decided, View } from '../base/decision.ts';
import { limits } from '../base/limits.ts';
import { bucketKey, openToBuy, WHOLE_MERCHANT, type Counters } from '../budgets/bucket.ts';
import { answerKey, documentOf } from '../budgets/gate-request.ts';
import type { Judgement } from '../budgets/judge.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { nothingHeld, stateOf, type Held } from '../budgets/reports.ts';
import type { DecisionRow } from '../budgets/tables.ts';
import { explanationOf } from '../budgets/explanation.ts';
import { allowedView, challengedView } from '../budgets/wire.ts';
import { priceSats, type NoPrice } from '../l402/price.ts';
import { refusal } from './answers.ts';
import { budgetRecorded, type BudgetFact, type BudgetSaid } from './budget-facts.ts';
import type { GateCommand } from './gate.ts';
import { isCountable, type GateBooks } from './gate-books.ts';
import type { ChosenBucket } from './gate-bucket.ts';
import {
  canBePaid,
  closeInvoice,
  intended,
  presented,
  pricingOf,
  supersede,
  type GateFollowUp,
} from './gate-invoice.ts';
import { refer, STALE, type Found } from './gate-references.ts';

/** A request on the desk: what was asked, what is there, and what will be written. */
export interface Desk {
  readonly command: GateCommand;
  readonly view: View;
  readonly books: GateBooks;
  readonly found: Found;
}

interface Outcome {
  readonly chosen: ChosenBucket;
  readonly judgement: Judgement;
  /** The challenge that this very request waits under. */
  readonly open: DecisionRow | undefined;
  /** What the document holds already. */
  readonly live?: DecisionRow;
}

export function reservationEnd(at: bigint, { reservation_seconds: seconds }: PolicySettings): bigint {
  return at + BigInt(seconds) * NS_PER_SECOND;
}

/** Reserves the budget: of the document's decision when it has one that can be amended, of the challenge that became needless, or of a new one. */
export function allow(desk: Desk, outcome: Outcome & { readonly held: Held }): Decided {
  const { command, view, books } = desk;
  const { chosen, judgement, held } = outcome;
  const before = books.counters(chosen.bucket);
  const { own, cancel } = ownOf(desk, outcome);
  const kept = books.keep({
    ...decisionRow(desk, chosen, judgement),
    ...own,
    ...held,
    state: stateOf(held, 'cancelled'),
    due_at: held.reserved_cents > 0n ? reservationEnd(view.at, books.settings) : null,
  });
  const after = books.counters(chosen.bucket);
  const row = books.keep({ ...kept, explanation: explained(outcome, { before, after }) });
  books.further(...refer(command, ['key', 'document'], row.decision_id, view));
  return recorded(desk, 'otb/gate-allowed.v1', row, { answer: allowedView(row, after), followUp: { cancel } });
}

/** What of the decision's row is older than this command; and what is to be cancelled at the node. */
function ownOf(desk: Desk, { open, live }: Outcome): { own: Partial<DecisionRow>; cancel: readonly string[] } {
  // What was paid for is fixed (B-05): its reservation goes over into another decision, as if that had been paid.
  const amends = live?.paid === 0n ? live : undefined;
  if (live !== undefined && amends === undefined) desk.books.replace(live);
  const mine = amends ?? open;
  const replaces = amends === undefined ? (live?.decision_id ?? null) : amends.replaces;
  const known = mine && { decision_id: mine.decision_id, created_at: mine.created_at };
  return { own: { ...known, replaces }, cancel: needless(desk, open, mine) };
}

/** The challenge that waited: this decision's own, or one that it takes the place of. */
function needless({ books }: Desk, open: DecisionRow | undefined, mine: DecisionRow | undefined): readonly string[] {
  if (open === undefined) return [];
  return open === mine ? closeInvoice(books, open) : supersede(books, open);
}

function explained(
  { chosen, judgement, live }: Outcome,
  counters: { readonly before: Counters; readonly after: Counters },
): string {
  const givenBackCents = live?.bucket === chosen.bucket ? judgement.headroomCents - openToBuy(counters.before) : 0n;
  return explanationOf({ ...chosen, judgement, givenBackCents, ...counters });
}

/** The open challenge of the request, as long as its invoice can be paid (L-06); nothing is recorded. */
export function keepOpen({ books }: Desk, open: DecisionRow | undefined): Decided | undefined {
  const invoice = open === undefined ? undefined : books.invoice(open.decision_id);
  if (open === undefined || invoice === undefined || !canBePaid(invoice, books.now)) return undefined;
  const view = challengedView(open, invoice.sats, books.counters(open.bucket));
  const followUp: GateFollowUp = { challenge: presented(open, invoice, false) };
  return { answer: JSON.stringify(view), code: null, replayed: true, followUp };
}

/** Commit 1 of B-28: the decision and the intent of an invoice; the node is asked when both are recorded. */
export function challenge(desk: Desk, outcome: Outcome): Decided {
  const { command, view, books } = desk;
  const { chosen, judgement, open, live } = outcome;
  const price = priceSats(pricingOf(books.settings), { cents: judgement.excessCents, currency: chosen.currency });
  if (typeof price === 'string') return refuse(desk, { reason: price, chosen, judgement });
  // Nobody is to pay for what could not be reserved then.
  if (!isCountable(books.countersWith(chosen.bucket, command.request.amountCents))) return tooLarge(books);
  const cancel = open === undefined ? [] : supersede(books, open);
  const openMax = books.settings.invoice === 'hold' ? limits.openHoldsMax : limits.openInvoicesMax;
  if (books.openInvoices >= openMax || command.mayChallenge === false) return refusal('too_many_challenges');
  // The caller's allowance has to be taken before the challenge is made: of many at once each would find the same one left.
  if (command.mayChallenge === null) return refusal(STALE, { challenge: true });
  const counters = books.counters(chosen.bucket);
  const row = books.keep({
    ...decisionRow(desk, chosen, judgement),
    state: 'challenged',
    replaces: live?.decision_id ?? null,
    due_at:
      view.at + BigInt(limits.invoiceSeconds + limits.tokenGraceSeconds + limits.invoiceIssueSeconds) * NS_PER_SECOND,
    explanation: explained(outcome, { before: counters, after: counters }),
  });
  const { rate, price: rule, price_step_sats, invoice: kind } = books.settings;
  const quote = JSON.stringify({ rule, rate, price_step_sats, excess_cents: Number(judgement.excessCents) });
  const invoice = books.keepInvoice(intended(row, { sats: price, quote, invoice: kind }));
  // The document stays with what it holds until the challenge is paid.
  books.further(
    ...refer(command, live === undefined ? ['key', 'document', 'digest'] : ['key', 'digest'], row.decision_id, view),
  );
  const answer = challengedView(row, price, counters);
  // The caller's key is for the final answer.
  const fact = { ...factOf(desk, 'otb/gate-challenged.v1', row), keyed: null };
  const decided = budgetRecorded({ ...fact, answer, changes: books.changes() });
  const followUp: GateFollowUp = { cancel, challenge: presented(row, invoice, true) };
  return { ...decided, followUp };
}

/** Where a policy's price cannot be computed there is none, and money cannot buy the override. */
type RefusalReason = NonNullable<Judgement['reason']> | 'period_locked' | 'period_closed' | NoPrice;

/** Recorded, too: a refusal is a decision. Only a missing word is not the end of it. */
export function refuse(
  desk: Desk,
  refused: {
    readonly reason: RefusalReason | null;
    readonly chosen?: ChosenBucket;
    readonly period?: string;
    readonly judgement?: Judgement;
  },
): Decided {
  const { command, books } = desk;
  const { reason, judgement = NOT_JUDGED } = refused;
  invariant(reason !== null, 'a refusal has a reason');
  const chosen = refused.chosen ?? unplaced(command, refused.period ?? '');
  const before = books.counters(chosen.bucket);
  const row = books.keep({
    ...decisionRow(desk, chosen, judgement),
    state: 'refused',
    reason,
    explanation: explanationOf({ ...chosen, judgement, givenBackCents: 0n, before, after: before }),
  });
  const answer = { error: 'policy_violation', policy_id: row.policy_id, reason, decision_id: row.decision_id };
  const fact = factOf(desk, 'otb/gate-refused.v1', row);
  const keyed = reason === 'acknowledgement_required' ? null : fact.keyed;
  return { ...budgetRecorded({ ...fact, keyed, answer, changes: books.changes() }), code: 'policy_violation' };
}

/** R12: a counter of the budget would be more than a JSON number holds. */
export const tooLarge = ({ policyId }: GateBooks): Decided =>
  refusal('policy_violation', { policy_id: policyId, reason: 'amount_too_large' });

const NOT_JUDGED: Judgement = {
  outcome: 'refuse',
  reason: null,
  excessCents: 0n,
  headroomCents: 0n,
  toleranceCents: 0n,
};

function unplaced({ request }: GateCommand, period: string): ChosenBucket {
  const { merchantId, basis, currency } = request;
  const bucket = bucketKey(merchantId, period, WHOLE_MERCHANT);
  return { bucket, period, basis: basis ?? BASIS_DEFAULT, currency: currency ?? CURRENCY_DEFAULT, lookedAt: [] };
}

/** The document asks for what it has: the same answer. A key that it comes under for the first time is remembered. */
export function sameAgain(desk: Desk, row: DecisionRow): Decided {
  const { command, view, books } = desk;
  const answer = allowedView(row, books.counters(row.bucket));
  if (command.idempotencyKey === null) return { answer: JSON.stringify(answer), code: null, replayed: true };
  books.further(...refer(command, ['key'], row.decision_id, view));
  return { ...recorded(desk, 'otb/gate-allowed.v1', row, { answer }), replayed: true };
}

/** An allowed request: what is written, and the caller's key with its final answer. */
export function recorded(
  desk: Desk,
  type: BudgetFact,
  row: DecisionRow,
  { answer, followUp }: { readonly answer: object; readonly followUp?: GateFollowUp },
): Decided {
  return { ...budgetRecorded({ ...factOf(desk, type, row), answer, changes: desk.books.changes() }), followUp };
}

function factOf({ command }: Desk, type: BudgetFact, row: DecisionRow) {
  const { caller, idempotencyKey, request, content, decisionId } = command;
  // The row tells who asked; one that was there before may tell of somebody else.
  const said: BudgetSaid = row.decision_id === decisionId ? {} : { actor: request.actorId, caller };
  const keyed = idempotencyKey === null ? null : { key: answerKey(caller, idempotencyKey), request: content };
  return { type, subject: row.decision_id, keyed, said };
}

/** A decision that an outcome fills in. */
function decisionRow({ command, view, books }: Desk, chosen: ChosenBucket, judgement: Judgement): DecisionRow {
  const { request, content, digest, caller, decisionId } = command;
  return {
    decision_id: decisionId,
    merchant_id: request.merchantId,
    caller,
    actor_id: request.actorId,
    action_kind: request.actionKind,
    amount_cents: request.amountCents,
    category: request.category,
    period: chosen.period,
    bucket: chosen.bucket,
    basis: chosen.basis,
    currency: chosen.currency,
    mode: books.settings.mode,
    policy_id: books.policyId,
    state: 'refused',
    document: documentOf(request.context),
    request: content,
    request_digest: digest,
    paid: 0n,
    excess_cents: judgement.excessCents,
    explanation: '{}',
    ...nothingHeld,
    replaces: null,
    order_id: null,
    due_at: null,
    reason: null,
    created_at: view.at,
    updated_at: view.at,
    version: 0n,
    seq: BigInt(view.seq),
  };
}
