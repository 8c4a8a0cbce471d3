/** What the gate would say, and what would be left (B-03); it records nothing and reserves nothing. */
import type { Command, Decided, Decision } from '../base/decision.ts';
import { openToBuy } from '../budgets/bucket.ts';
import { amendment, type Amendment } from '../budgets/amendment.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import { judgeGate, type Judgement } from '../budgets/judge.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { liveOf } from '../budgets/reports.ts';
import type { DecisionRow } from '../budgets/tables.ts';
import { priceSats } from '../l402/price.ts';
import { refusal } from './answers.ts';
import { asksForTheSame } from './gate.ts';
import { decisionReads, GateBooks, isCountable } from './gate-books.ts';
import { chooseBucket, isUnknownCategory, keptReads, placeReads } from './gate-bucket.ts';
import type { BudgetPlace, ChosenBucket } from './gate-bucket.ts';
import { pricingOf } from './gate-invoice.ts';
import { isPaid } from './gate-paid.ts';
import { findDecisions, referenceReads, staleHierarchy, type Referring } from './gate-references.ts';

export interface PreviewGateCommand extends Command, Referring {
  readonly type: 'preview-gate';
  /** The request as canonical JSON. */
  readonly content: string;
  readonly role: string;
  readonly acknowledged: boolean;
  readonly place: BudgetPlace;
}

export const previewGate: Decision<PreviewGateCommand> = {
  reads(command) {
    const { request, place, current } = command;
    return {
      rows: [
        ...placeReads(request.merchantId, place),
        ...keptReads(request, place, current),
        ...decisionReads(request.merchantId, current),
        ...referenceReads(command),
      ],
    };
  },
  decide(command, view) {
    const { request, place } = command;
    const stale = staleHierarchy(request.merchantId, place.hierarchyVersion, view);
    if (stale !== undefined) return stale;
    if (isUnknownCategory(place)) return refusal('unknown_category', { field: 'category', category: request.category });
    const books = new GateBooks(view, request.merchantId, '');
    const found = findDecisions(command, books, view);
    if ('answer' in found) return found;
    const paid = [found.byDigest, found.byDocument].find((row) => row !== undefined && isPaidBy(command, row, books));
    if (paid !== undefined) return told(allowed(books, paid.bucket, request.amountCents));
    const live = liveOf(found.byDocument);
    const chosen = chooseBucket(request, place, { live, settings: books.settings }, view);
    if ('bucket' in chosen) return told(foreseen(command, books, chosen, live));
    const { unplaced } = chosen;
    if (unplaced === 'currency_mismatch' || unplaced === 'basis_mismatch') return refusal(unplaced);
    return told({ would: 'refuse', reason: unplaced, policy_id: books.policyId });
  },
};

/** B-04: its challenge is paid, and whoever asks now is allowed, whatever the budget says. */
const isPaidBy = (command: PreviewGateCommand, row: DecisionRow, books: GateBooks): boolean =>
  row.state === 'challenged' &&
  row.caller === command.caller &&
  asksForTheSame(row, command) &&
  isPaid(books.invoice(row.decision_id));

const allowed = (books: GateBooks, bucket: string, cents: bigint): object => ({
  would: 'allow',
  policy_id: books.policyId,
  mode: books.settings.mode,
  open_to_buy_cents_after: Number(openToBuy(books.countersWith(bucket, cents))),
});

const told = (answer: object): Decided => ({ answer: JSON.stringify(answer), code: null });

function foreseen(
  { request, role, acknowledged }: PreviewGateCommand,
  books: GateBooks,
  chosen: ChosenBucket,
  live: DecisionRow | undefined,
): object {
  const { policyId, settings } = books;
  const fixed = { would: 'refuse', reason: 'amount_fixed', policy_id: policyId };
  const change = changeOf(request, chosen, live);
  if (change === undefined) return fixed;
  const { givesBack, isFree, amountCents, givenBackCents, paidForCents } = change;
  const counters = books.counters(chosen.bucket);
  const after = books.countersWith(chosen.bucket, amountCents - givenBackCents);
  if (!isCountable(after)) return { would: 'refuse', reason: 'amount_too_large', policy_id: policyId };
  const asked = { amountCents, givenBackCents, paidForCents, counters, role, acknowledged };
  const judgement = judgeGate(asked, settings);
  const isCovered = isFree || judgement.outcome === 'allow';
  if (!isCovered && givesBack) return fixed;
  return {
    ...(isCovered ? { would: 'allow' } : costOf(judgement, settings, chosen.currency)),
    policy_id: policyId,
    mode: settings.mode,
    open_to_buy_cents_after: Number(openToBuy(after)),
  };
}

interface Change extends Omit<Amendment, 'held'> {
  /** Whatever the budget says. */
  readonly isFree: boolean;
}

/** Undefined: the document cannot have this amount. */
function changeOf(
  { amountCents }: GateRequest,
  { bucket }: ChosenBucket,
  live: DecisionRow | undefined,
): Change | undefined {
  if (live === undefined) return { amountCents, givenBackCents: 0n, paidForCents: 0n, givesBack: false, isFree: false };
  const isSame = live.amount_cents === amountCents;
  const change = live.order_id === null || isSame ? amendment(live, bucket, amountCents) : undefined;
  return change && { ...change, isFree: change.givesBack && (live.paid === 0n || isSame) };
}

function costOf({ reason, excessCents }: Judgement, settings: PolicySettings, currency: string): object {
  if (reason !== null) return { would: 'refuse', reason };
  const price = priceSats(pricingOf(settings), { cents: excessCents, currency });
  return typeof price === 'string'
    ? { would: 'refuse', reason: price }
    : { would: 'require_payment', price_sats: Number(price) };
}
