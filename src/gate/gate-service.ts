/**
 * A gate call from the request to its answer: what is presented is verified, buckets are chosen, the decision is made, and
 * where it asks for payment the node is asked for an invoice. What may still change in between is asked again.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { GateRequest } from '../budgets/gate-request.ts';
import type { GateFollowUp } from '../flows/gate-invoice.ts';
import type { DecisionRef } from '../flows/gate-books.ts';
import type { BudgetPlace } from '../flows/gate-bucket.ts';
import { presentedIn } from '../l402/credential.ts';
import { canonicalRequest, requestDigest, type DigestedRequest } from '../l402/request-digest.ts';
import type { Outcome, Store } from '../store/store.ts';
import type { Challenges, NoChallenge, PresentedChallenge } from './challenges.ts';
import { verifiedInvoice } from './credentials.ts';
import { findDecision, invoiceOf } from './find-rows.ts';
import { submitKnowing } from './knowing.ts';
import { MerchantBook } from './merchant-book.ts';

export interface Asked {
  readonly request: GateRequest;
  /** The caller's key and role. */
  readonly caller: string;
  readonly role: string;
  readonly idempotencyKey: string | null;
  readonly acknowledged: boolean;
  /** Authorization lines. Secret. */
  readonly lines: readonly string[];
}

export type GateAnswer =
  /** Allowed, or refused with a code. */
  | { readonly kind: 'answered'; readonly outcome: Outcome }
  | { readonly kind: 'challenged'; readonly view: ChallengedView; readonly challenge: PresentedChallenge }
  /** An invoice is needed, and no node answers. Nothing is reserved; the same request may come again. */
  | { readonly kind: 'no_lightning'; readonly decisionId: string }
  /** The node answers that it will not issue one of this amount. */
  | { readonly kind: 'lightning_refused'; readonly decisionId: string; readonly sats: number }
  /** The policy wants the payment held, and the node cannot. Nothing is reserved. */
  | { readonly kind: 'cannot_hold'; readonly decisionId: string }
  | { readonly kind: 'senseless'; readonly field: 'period' | 'delivery_date' };

/** A command of the gate, with what is known of its merchant and of earlier decisions. */
type CommandOf = (
  place: BudgetPlace,
  current: readonly DecisionRef[],
  lookedUp: boolean,
) => Parameters<Store['submit']>[0];

export interface GateParts {
  readonly store: Pick<Store, 'submit' | 'rows'>;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly newId: () => string;
}

export class GateService {
  readonly #parts: GateParts;
  readonly #merchants: MerchantBook;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#merchants = new MerchantBook(parts.store);
  }

  async ask(asked: Asked): Promise<GateAnswer> {
    const content = canonicalRequest(digestedOf(asked));
    const digest = requestDigest(content);
    const paid = await this.#paidFor(asked, digest);
    if (typeof paid === 'string') return { kind: 'no_lightning', decisionId: paid };
    let decisionId = this.#parts.newId();
    for (let round = 0; round < limits.challengeRoundsMax; round++) {
      const outcome = await this.#submit(asked, { content, digest, decisionId, paid });
      if (typeof outcome === 'string') return { kind: 'senseless', field: outcome };
      if (outcome.code !== null) return { kind: 'answered', outcome };
      const { cancel = [], challenge } = (outcome.followUp ?? {}) as GateFollowUp;
      this.#parts.challenges.cancel(cancel);
      if (challenge === undefined) return { kind: 'answered', outcome };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the gate's own answer, where it asks for a payment
      const view = JSON.parse(outcome.answer) as ChallengedView;
      const challenged = await this.#challenge(asked, { digest, decisionId: view.decision_id, challenge });
      if (challenged === 'unavailable') return { kind: 'no_lightning', decisionId: view.decision_id };
      if (challenged === 'cannot_hold') return { kind: 'cannot_hold', decisionId: view.decision_id };
      if (challenged === 'refused')
        return { kind: 'lightning_refused', decisionId: view.decision_id, sats: challenge.sats };
      if (challenged !== 'again') return { kind: 'challenged', view, challenge: challenged };
      decisionId = this.#parts.newId();
    }
    return { kind: 'no_lightning', decisionId };
  }

  /** The decision's challenge came to an end: nobody has to pay its invoice any more, where it was one (B-28). */
  async ended(decisionId: string): Promise<void> {
    const { store, challenges } = this.#parts;
    const invoice = await invoiceOf(store, decisionId);
    if (invoice?.state === 'closed' && invoice.payment_hash !== null) challenges.cancel([invoice.payment_hash]);
  }

  /** What the gate would say; records nothing. */
  async preview(asked: Omit<Asked, 'lines' | 'idempotencyKey'>): Promise<Outcome | 'period' | 'delivery_date'> {
    const { request, caller, role, acknowledged } = asked;
    const content = canonicalRequest(digestedOf({ ...asked, idempotencyKey: null }));
    const digest = requestDigest(content);
    return this.#knowing(request, [], (place, current) => ({
      type: 'preview-gate',
      request,
      content,
      digest,
      caller,
      idempotencyKey: null,
      credential: null,
      role,
      acknowledged,
      place,
      current,
    }));
  }

  /**
   * The decision that the request's credential is good for, as soon as its payment is known (L-05). Only its id while no node says
   * whether it was paid: whoever holds the preimage is not asked to pay once more.
   */
  async #paidFor({ lines }: Asked, digest: string): Promise<DecisionRef | string | undefined> {
    if (lines.length === 0) return undefined;
    const { store, challenges, clock } = this.#parts;
    const presented = { lines, requestDigest: digest, nowMs: clock.nowMs() };
    const invoice = await verifiedInvoice(store, challenges.ring, presented);
    if (invoice === undefined) return undefined;
    const isAwaited = invoice.state === 'open' || invoice.state === 'held';
    if (isAwaited && (await challenges.awaitSettlement(invoice)) === 'unknown') return invoice.decision_id;
    const decision = await findDecision(store, invoice.decision_id);
    return decision && { decisionId: decision.decision_id, bucket: decision.bucket };
  }

  async #submit(
    asked: Asked,
    {
      content,
      digest,
      decisionId,
      paid,
    }: {
      readonly content: string;
      readonly digest: string;
      readonly decisionId: string;
      readonly paid: DecisionRef | undefined;
    },
  ): Promise<Outcome | 'period' | 'delivery_date'> {
    const { request, caller, role, idempotencyKey, acknowledged, lines } = asked;
    const { challenges } = this.#parts;
    let mayChallenge: boolean | null = null;
    const commandOf: CommandOf = (place, current, lookedUp) => ({
      type: 'gate',
      decisionId,
      request,
      content,
      digest,
      caller,
      role,
      idempotencyKey,
      acknowledged,
      place,
      current,
      credential: paid?.decisionId ?? null,
      presented: presentedIn(lines).kind !== 'none',
      lookedUp,
      mayChallenge,
    });
    const takeChallenge = (): void => void (mayChallenge = challenges.take(caller, request.merchantId));
    const outcome = await this.#knowing(request, paid === undefined ? [] : [paid], commandOf, takeChallenge);
    if (mayChallenge === true && !isNewChallenge(outcome)) challenges.giveBack(caller, request.merchantId);
    return outcome;
  }

  /** `again`: the challenge is not what it was; the gate knows more now. */
  async #challenge(
    { request: { merchantId: merchant } }: Asked,
    {
      digest,
      decisionId,
      challenge,
    }: {
      readonly digest: string;
      readonly decisionId: string;
      readonly challenge: NonNullable<GateFollowUp['challenge']>;
    },
  ): Promise<PresentedChallenge | Exclude<NoChallenge, 'gone'> | 'again'> {
    const { challenges } = this.#parts;
    // B-04: paid with a phone, and asked again before the notice came.
    const { payment_hash: hash } = challenge;
    const looked = hash === null ? 'waiting' : await challenges.look(hash);
    if (looked === 'settled' || looked === 'ended') return 'again';
    const presented = await challenges.present({ decisionId, merchant, requestDigest: digest, invoice: challenge });
    return presented === 'gone' ? 'again' : presented;
  }

  async #knowing(
    request: GateRequest,
    current: readonly DecisionRef[],
    commandOf: CommandOf,
    takeChallenge: () => void = () => {},
  ): Promise<Outcome | 'period' | 'delivery_date'> {
    const { store, clock, challenges } = this.#parts;
    const placed = await this.#merchants.place(request, clock.nowMs());
    if (typeof placed === 'string') return placed;
    let place = placed;
    let senseless: 'period' | 'delivery_date' | undefined;
    let lookedUp = false;
    const outcome = await submitKnowing({
      store,
      current,
      takeChallenge,
      commandOf: (known) => commandOf(place, known, lookedUp),
      lookUp: async (paymentHash) => {
        lookedUp = true;
        return challenges.look(paymentHash);
      },
      hierarchyChanged: async () => {
        await this.#merchants.lookUp(request.merchantId);
        const anew = await this.#merchants.place(request, clock.nowMs());
        if (typeof anew === 'string') senseless = anew;
        else place = anew;
        return senseless === undefined;
      },
    });
    return senseless ?? outcome;
  }
}

function isNewChallenge(outcome: Outcome | string): boolean {
  const { challenge } = (typeof outcome === 'string' ? {} : (outcome.followUp ?? {})) as GateFollowUp;
  return challenge?.isNew === true;
}

/** What is told of a challenge beside its invoice. */
interface ChallengedView {
  readonly decision_id: string;
  readonly price_sats?: number;
}

function digestedOf({ request, caller, idempotencyKey }: Omit<Asked, 'lines'>): DigestedRequest {
  return { ...request, callerId: caller, idempotencyKey };
}
