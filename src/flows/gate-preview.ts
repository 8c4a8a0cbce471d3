/** What the gate would say, and what would be left (B-03); it records nothing and reserves nothing. */
import type { Command, Decided, Decision } from '../base/decision.ts';
import { openToBuy } from '../budgets/bucket.ts';
import { documentReference, type GateRequest } from '../budgets/gate-request.ts';
import { judgeGate, type Judgement } from '../budgets/judge.ts';
import type { PolicySettings } from '../budgets/policy.ts';
import { amended, heldBy, isLive, sumOf } from '../budgets/reports.ts';
import { references, type DecisionRow } from '../budgets/tables.ts';
import { priceSats } from '../l402/price.ts';
import { refusal } from './answers.ts';
import { decisionReads, GateBooks, isCountable, type DecisionRef } from './gate-books.ts';
import { chooseBucket, isUnknownCategory, placeReads, type BudgetPlace, type ChosenBucket } from './gate-bucket.ts';
import { pricingOf } from './gate-invoice.ts';
import { staleHierarchy, STALE, unknownOf } from './gate-references.ts';

export interface PreviewGateCommand extends Command {
  readonly type: 'preview-gate';
  readonly request: GateRequest;
  readonly role: string;
  readonly acknowledged: boolean;
  readonly place: BudgetPlace;
  /** The decision that the document is known to lead to. */
  readonly current: readonly DecisionRef[];
}

export const previewGate: Decision<PreviewGateCommand> = {
  reads({ request, place, current }) {
    const document = documentReference(request);
    return {
      rows: [
        ...placeReads(request.merchantId, place),
        ...decisionReads(request.merchantId, current),
        ...(document === null ? [] : [{ table: references, key: [document] }]),
      ],
    };
  },
  decide(command, view) {
    const { request, place, current } = command;
    const stale = staleHierarchy(request.merchantId, place.hierarchyVersion, view);
    if (stale !== undefined) return stale;
    if (isUnknownCategory(place)) return refusal('unknown_category', { field: 'category', category: request.category });
    const books = new GateBooks(view, request.merchantId, '');
    const name = documentReference(request);
    const standing = name === null ? null : (view.row(references, [name])?.decision_id ?? null);
    const unknown = unknownOf([standing], current, books);
    if (unknown.length > 0) return refusal(STALE, { decisions: unknown });
    const chosen = chooseBucket(request, place, books.settings, view);
    if ('bucket' in chosen)
      return told(foreseen(command, books, chosen, standing === null ? undefined : books.decision(standing)));
    const { unplaced } = chosen;
    if (unplaced === 'currency_mismatch' || unplaced === 'basis_mismatch') return refusal(unplaced);
    return told({ would: 'refuse', reason: unplaced, policy_id: books.policyId });
  },
};

const told = (answer: object): Decided => ({ answer: JSON.stringify(answer), code: null });

function foreseen(
  { request, role, acknowledged }: PreviewGateCommand,
  books: GateBooks,
  chosen: ChosenBucket,
  standing: DecisionRow | undefined,
): object {
  const mine = standing !== undefined && isLive(standing) ? standing : undefined;
  const held = mine && amended(heldBy(mine), mine.amount_cents, request.amountCents);
  const givenBackCents = mine?.bucket === chosen.bucket ? sumOf(heldBy(mine)) : 0n;
  const amountCents = held === undefined ? request.amountCents : sumOf(held);
  const counters = books.counters(chosen.bucket);
  const after = books.countersWith(chosen.bucket, amountCents - givenBackCents);
  if (!isCountable(after)) return { would: 'refuse', reason: 'amount_too_large', policy_id: books.policyId };
  const judgement = judgeGate({ amountCents, counters, givenBackCents, role, acknowledged }, books.settings);
  const isCovered = judgement.outcome === 'allow' || amountCents <= givenBackCents;
  return {
    ...(isCovered ? { would: 'allow' } : costOf(judgement, books.settings, chosen.currency)),
    policy_id: books.policyId,
    mode: books.settings.mode,
    open_to_buy_cents_after: Number(openToBuy(after)),
  };
}

function costOf({ reason, excessCents }: Judgement, settings: PolicySettings, currency: string): object {
  if (reason !== null) return { would: 'refuse', reason };
  const price = priceSats(pricingOf(settings), { cents: excessCents, currency });
  return typeof price === 'string'
    ? { would: 'refuse', reason: price }
    : { would: 'require_payment', price_sats: Number(price) };
}
