/**
 * The gate (B-03..B-05): may this much be committed, and what was said about it before? Budget is reserved in the very decision
 * that allows it, so any number of callers at once never overspend. What is over budget gets a challenge; a settled invoice is
 * the authorisation, and works once (L-04).
 */
import type { Command, Decided, Decision, View } from '../base/decision.ts';
import { isObject } from '../base/json.ts';
import { differingFields } from '../base/differing.ts';
import { amendment } from '../budgets/amendment.ts';
import { answerKey, type GateRequest } from '../budgets/gate-request.ts';
import { judgeGate, type Judgement } from '../budgets/judge.ts';
import { isLive, liveOf, nothingHeld, ORDER_REJECTED } from '../budgets/reports.ts';
import { decisions, invoices, type DecisionRow } from '../budgets/tables.ts';
import { allowedView } from '../budgets/wire.ts';
import { refusal, replayed } from './answers.ts';
import { decisionReads, GateBooks, type DecisionRef } from './gate-books.ts';
import { chooseBucket, isUnknownCategory, keptReads, placeReads } from './gate-bucket.ts';
import type { BudgetPlace, ChosenBucket } from './gate-bucket.ts';
import { allow, challenge, keepOpen, refuse, sameAgain, tooLarge, type Desk } from './gate-outcomes.ts';
import type { GateFollowUp } from './gate-invoice.ts';
import { isPayable, pay } from './gate-paid.ts';
import { findDecisions, referenceReads, staleHierarchy, STALE, type Found } from './gate-references.ts';

export interface GateCommand extends Command {
  readonly type: 'gate';
  /** New, for the case that the request is. */
  readonly decisionId: string;
  readonly request: GateRequest;
  /** The request as canonical JSON, and its SHA-256 in lower hex: what a token is bound to. */
  readonly content: string;
  readonly digest: string;
  /** The key that asks, and its role. */
  readonly caller: string;
  readonly role: string;
  readonly idempotencyKey: string | null;
  readonly acknowledged: boolean;
  readonly place: BudgetPlace;
  /** Decisions that the names of this request are known to lead to. */
  readonly current: readonly DecisionRef[];
  /** The decision of a verified credential: signature, preimage and conditions fit this very request. */
  readonly credential: string | null;
  /** Some credential came along, good or not: where one is of no use the answer is a challenge, never an error (L-03). */
  readonly presented: boolean;
  /** The invoice of its open challenge was looked up just now, or there is none. */
  readonly lookedUp: boolean;
  /** L-06: false: the caller or the merchant has made too many challenges lately. Null: nobody has looked, because few answers need one. */
  readonly mayChallenge: boolean | null;
}

export const gate: Decision<GateCommand> = {
  reads(command) {
    const { request, caller, idempotencyKey, place, current, decisionId } = command;
    return {
      ...(idempotencyKey === null ? {} : { key: answerKey(caller, idempotencyKey) }),
      rows: [
        ...placeReads(request.merchantId, place),
        ...keptReads(request, place, current),
        ...referenceReads(command),
        ...decisionReads(request.merchantId, current),
        { table: decisions, key: [decisionId] },
        { table: invoices, key: [decisionId] },
      ],
    };
  },
  decide(command, view) {
    const { request, place } = command;
    const stale = staleHierarchy(request.merchantId, place.hierarchyVersion, view);
    if (stale !== undefined) return stale;
    const final = finalAnswer(command, view);
    if (final !== undefined) return final;
    const books = new GateBooks(view, request.merchantId, command.decisionId);
    books.begin(command.decisionId);
    const found = findDecisions(command, books, view);
    if ('answer' in found) return found;
    const desk = { command, view, books, found };
    // Before anything is decided: a challenge that is given up has no invoice any more.
    const unsettled = command.lookedUp ? undefined : awaitedPayment(desk);
    const decided = saidBefore(desk) ?? judged(desk);
    if (!books.areCountable) return tooLarge(books);
    return unsettled !== undefined && isDearer(decided) ? refusal(STALE, { unsettled }) : decided;
  },
};

/** Would whoever has paid already be worse off with this answer? It is a no, or asks for a payment once more. */
function isDearer({ code, followUp = {} }: Decided): boolean {
  const { challenge: asksFor } = followUp as GateFollowUp;
  return code !== null || asksFor?.isNew === true;
}

/** B-04, L-05: somebody may just have paid for this very request: its invoice is looked up before that answer. */
function awaitedPayment({ books, found: { byCredential, byDigest } }: Desk): string | undefined {
  for (const row of [byCredential, byDigest]) {
    const invoice = row?.state === 'challenged' ? books.invoice(row.decision_id) : undefined;
    if ((invoice?.state === 'open' || invoice?.state === 'held') && invoice.payment_hash !== null)
      return invoice.payment_hash;
  }
  return undefined;
}

/** R2: what was answered under the caller's key stands for ever, and the key is none for another request. */
function finalAnswer({ caller, idempotencyKey, content }: GateCommand, view: View): Decided | undefined {
  const known = idempotencyKey === null ? undefined : view.known(answerKey(caller, idempotencyKey));
  if (known === undefined) return undefined;
  if (known.request !== content)
    return refusal('idempotency_conflict', { fields: differingFields(known.request ?? '{}', content) });
  return again(known.answer ?? '{}');
}

function again(answer: string): Decided {
  const said: unknown = JSON.parse(answer);
  const error = isObject(said) ? said['error'] : undefined;
  return { answer, code: typeof error === 'string' ? error : null, replayed: true };
}

/** Answers that need no judgement: they were given before, or have been paid for. */
function saidBefore(desk: Desk): Decided | undefined {
  const { command, books, found } = desk;
  const { byKey, byCredential, byDigest } = found;
  if (byKey !== undefined && byKey.request !== command.content)
    return refusal('idempotency_conflict', { fields: differingFields(byKey.request, command.content) });
  // What ended since is a stale credential (L-03); under a key the answer that was given stands for ever (`finalAnswer`).
  const allowed = [byCredential, byKey].find((row) => row?.request_digest === command.digest && isLive(row));
  if (allowed !== undefined) return replayed(allowedView(allowed, books.counters(allowed.bucket)));
  const standing = liveOf(found.byDocument);
  // It has what it asks for. Who has paid for that once more is owed the payment (L-07).
  if (standing !== undefined && asksForTheSame(standing, command)) return sameAgain(desk, standing);
  for (const challenged of [byCredential, byDigest])
    if (challenged !== undefined && isPayable(challenged, books.invoice(challenged.decision_id), command.digest))
      return pay(desk, challenged);
  return undefined;
}

export const asksForTheSame = ({ request }: DecisionRow, { content }: Pick<GateCommand, 'content'>): boolean =>
  differingFields(request, content).every((field) => ofTheCaller.has(field));

/** Who asks, and under which key, is not what the document asks for. */
const ofTheCaller: ReadonlySet<string> = new Set(['caller_id', 'actor_id', 'idempotency_key']);

const fixed = ({ decision_id, amount_cents, received_cents }: DecisionRow): Decided =>
  refusal('amount_fixed', {
    decision_id,
    amount_cents: Number(amount_cents),
    received_cents: Number(received_cents),
  });

function judged(desk: Desk): Decided {
  const { command, view, books, found } = desk;
  const { request, place } = command;
  const taken = takenPayment(desk);
  if (taken !== undefined) return taken;
  if (isUnknownCategory(place)) return refusal('unknown_category', { field: 'category', category: request.category });
  const live = liveOf(found.byDocument);
  const chosen = chooseBucket(request, place, { live, settings: books.settings }, view);
  if ('unplaced' in chosen) {
    const { unplaced } = chosen;
    if (unplaced === 'currency_mismatch' || unplaced === 'basis_mismatch') return refusal(unplaced);
    return refuse(desk, { reason: unplaced, period: chosen.period });
  }
  if (live === undefined) return judgeNew(desk, chosen);
  const isUnchanged = live.bucket === chosen.bucket && live.amount_cents === request.amountCents;
  if (isUnchanged && live.paid === 1n) return sameAgain(desk, live);
  return live.order_id === null ? judgeAmended(desk, chosen, live) : judgeBeside(desk, chosen, live);
}

/** L-05: its payment is taken, which nothing undoes: until it is here the challenge stands, whatever else could be said by now. */
function takenPayment(desk: Desk): Decided | undefined {
  const { command, books, found } = desk;
  const isTaken = (row: DecisionRow | undefined): boolean =>
    row?.state === 'challenged' &&
    row.request_digest === command.digest &&
    books.invoice(row.decision_id)?.state === 'held';
  return keepOpen(desk, [found.byCredential, found.byDigest].find(isTaken));
}

/** L-03: a token comes along for what is not amended: it can be paid for anew. */
function judgeBeside(desk: Desk, chosen: ChosenBucket, live: DecisionRow): Decided {
  const { command, books, found } = desk;
  // What an order stands on stays as it was.
  if (!command.presented) return fixed(live);
  const { amountCents } = command.request;
  const counters = books.counters(chosen.bucket);
  const judgement = judgeGate({ ...asked(desk), amountCents, givenBackCents: 0n, counters }, books.settings);
  if (judgement.outcome === 'allow') return fixed(live);
  if (judgement.outcome === 'refuse') return refuse(desk, { reason: judgement.reason, chosen, judgement });
  const open = openOf(found);
  return keepOpen(desk, open) ?? challenge(desk, { chosen, judgement, open, live });
}

function judgeNew(desk: Desk, chosen: ChosenBucket): Decided {
  const { command, books } = desk;
  const { amountCents } = command.request;
  const judgement = judgeGate(
    { ...asked(desk), amountCents, givenBackCents: 0n, counters: books.counters(chosen.bucket) },
    books.settings,
  );
  const open = openOf(desk.found);
  if (judgement.outcome === 'refuse') return refuse(desk, { reason: judgement.reason, chosen, judgement });
  retire(desk);
  if (judgement.outcome === 'allow')
    return allow(desk, { chosen, judgement, open, held: { ...nothingHeld, reserved_cents: amountCents } });
  return keepOpen(desk, open) ?? challenge(desk, { chosen, judgement, open });
}

/** The document gets a new decision: the order that let go of the former one cannot take it back. */
function retire({ books, found: { byDocument: former } }: Desk): void {
  if (former?.state === 'cancelled' && former.reason === ORDER_REJECTED)
    books.keep({ ...former, state: 'replaced', reason: 'amended' });
}

/**
 * B-05: the same document with another amount, or for another day: only the difference is new. What was paid for is fixed: a new
 * decision takes its reservation over, once that fits the budget or is paid for too.
 */
function judgeAmended(desk: Desk, chosen: ChosenBucket, live: DecisionRow): Decided {
  const { command, books, found } = desk;
  const change = amendment(live, chosen.bucket, command.request.amountCents);
  if (change === undefined) return fixed(live);
  const { held, givesBack, ...counted } = change;
  const counters = books.counters(chosen.bucket);
  const judgement = judgeGate({ ...asked(desk), ...counted, counters }, books.settings);
  const open = openOf(found);
  if (judgement.outcome === 'allow' || (givesBack && live.paid === 0n))
    return allow(desk, { chosen, judgement: allowedOf(judgement), open, held, live });
  // Nobody pays for asking for less than has been paid for: what is not needed of it can be called off.
  if (givesBack && !command.presented) return fixed(live);
  if (judgement.outcome === 'refuse') return refuse(desk, { reason: judgement.reason, chosen, judgement });
  return keepOpen(desk, open) ?? challenge(desk, { chosen, judgement, open, live });
}

const allowedOf = (judgement: Judgement): Judgement => ({ ...judgement, outcome: 'allow', reason: null });

const asked = ({
  command: { role, acknowledged },
}: Desk): { readonly role: string; readonly acknowledged: boolean } => ({
  role,
  acknowledged,
});

/**
 * The challenge that this very request is waiting under. One of another request, also for the same document, is not touched: an
 * invoice that was handed out can be paid until it expires, and is then good for its own request (B-04).
 */
const openOf = ({ byDigest }: Found): DecisionRow | undefined =>
  byDigest?.state === 'challenged' ? byDigest : undefined;
