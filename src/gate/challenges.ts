/**
 * Challenges as they are presented (L-01, L-06, B-28): the node is asked once for each, however many ask for it; the same
 * challenge has the same text, because the token is made anew from its root key. A node that does not answer costs the caller
 * nothing: the challenge is closed, and the next request begins anew.
 */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { reasonOf } from '../base/failure.ts';
import { invariant } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { NS_PER_SECOND, instantAt } from '../base/time.ts';
import type { InvoiceRow } from '../budgets/tables.ts';
import { presented, type GateFollowUp } from '../flows/gate-invoice.ts';
import { caveatsFor } from '../l402/caveats.ts';
import { challenge as challengeLine } from '../l402/challenge.ts';
import { encodeIdentifier } from '../l402/identifier.ts';
import { encodeMacaroon, mintMacaroon } from '../l402/macaroon.ts';
import { NONCE_BYTES, seal, unseal, type KeyRing } from '../l402/sealing.ts';
import { LightningRefused, type IssuedInvoice, type LightningNode } from '../lightning/node.ts';
import type { Store } from '../store/store.ts';
import { Allowance } from './allowance.ts';
import { invoiceOf } from './find-rows.ts';
import { advanceHold, settledOr, type Advanced } from './held-payments.ts';
import { findInvoice, isSettled, recordSettlement, type SettlingParts } from './settlements.ts';

/** L-06: challenges that one key, and one merchant, may make at once; and how long it takes until there is one more. */
const PER_CALLER = { atOnceMax: limits.challengesPerCallerMax, refillMs: limits.challengePerCallerRefillMs };
const PER_MERCHANT = { atOnceMax: limits.challengesPerMerchantMax, refillMs: limits.challengePerMerchantRefillMs };

const KEY_BYTES = 32;
const LOCATION = 'purser';

/** What is challenged, as far as it stands in the answer of the gate. */
export interface Challenged {
  readonly decisionId: string;
  readonly merchant: string;
  readonly requestDigest: string;
  readonly invoice: NonNullable<GateFollowUp['challenge']>;
}

export interface PresentedChallenge {
  /** Of `WWW-Authenticate`. */
  readonly line: string;
  readonly bolt11: string;
  readonly paymentHash: string;
  /** Nanoseconds. */
  readonly expiresAt: bigint;
}

/**
 * `unavailable`: no node answers. `refused`: it will not. `cannot_hold`: the policy wants payments held, and the node cannot.
 * `gone`: somebody has closed the challenge meanwhile; the gate is asked again.
 */
export type NoChallenge = 'unavailable' | 'refused' | 'cannot_hold' | 'gone';

/** `unknown`: the node did not answer, or what it said was not recorded: it may have been paid or not. */
export type Looked = Advanced;

export interface ChallengeParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  /** Undefined: switched off, and nothing over budget can be bought. */
  readonly node: LightningNode | undefined;
  readonly ring: KeyRing;
  readonly clock: Clock;
  /** Told of what the node would not do; never of a secret. */
  readonly tell: (event: string, fields: Readonly<Record<string, string>>) => void;
  readonly recorded: SettlingParts['recorded'];
  readonly owed: SettlingParts['owed'];
}

export class Challenges {
  readonly #parts: ChallengeParts;
  readonly #issuing = new Map<string, Promise<PresentedChallenge | NoChallenge>>();
  readonly #callers = new Allowance(PER_CALLER);
  readonly #merchants = new Allowance(PER_MERCHANT);
  /** Who waits to hear that a decision's invoice was settled. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(parts: ChallengeParts) {
    this.#parts = parts;
  }

  get ring(): KeyRing {
    return this.#parts.ring;
  }

  /** May a new one be made for this caller? Then it counts from now on, so that of many at once no more pass than there are left. */
  take(caller: string, merchant: string): boolean {
    const nowMs = this.#parts.clock.uptimeMs();
    if (!this.#callers.has(caller, nowMs) || !this.#merchants.has(merchant, nowMs)) return false;
    this.#callers.take(caller, nowMs);
    this.#merchants.take(merchant, nowMs);
    return true;
  }

  /** One that was taken was not made. */
  giveBack(caller: string, merchant: string): void {
    const nowMs = this.#parts.clock.uptimeMs();
    this.#callers.giveBack(caller, nowMs);
    this.#merchants.giveBack(merchant, nowMs);
  }

  /** The challenge of a decision: asks the node if nobody has, waits for whoever has. */
  async present(challenged: Challenged): Promise<PresentedChallenge | NoChallenge> {
    const { invoice, decisionId } = challenged;
    if (invoice.state !== 'intended') return this.#made(challenged, invoice);
    const underWay = this.#issuing.get(decisionId);
    if (underWay !== undefined) return underWay;
    if (!invoice.isNew) return this.#issuedElsewhere(challenged);
    const issuing = this.#issue(challenged).finally(() => this.#issuing.delete(decisionId));
    this.#issuing.set(decisionId, issuing);
    return issuing;
  }

  /** Does the node know of a payment that we have not heard of? Looks once; one that is held is taken, or given back. */
  async look(paymentHash: string, withinMs: number = limits.invoiceLookUpMs): Promise<Looked> {
    const { node } = this.#parts;
    // Switched off: there is nobody who could tell.
    if (node === undefined) return 'waiting';
    return inTime(this.#lookAt(node, paymentHash), withinMs).catch(() => 'unknown');
  }

  /** L-05: the preimage fits, so it was paid; waits until the node says so. What it said last, when it does not. */
  async awaitSettlement({ decision_id: decisionId, payment_hash: paymentHash }: InvoiceRow): Promise<Looked> {
    if (paymentHash === null) return 'waiting';
    const { clock } = this.#parts;
    const untilMs = clock.uptimeMs() + limits.settlementWaitMs;
    const { promise: told, resolve } = Promise.withResolvers<'told'>();
    const wake = (): void => resolve('told');
    const waiting = this.#waiting.get(decisionId) ?? new Set();
    this.#waiting.set(decisionId, waiting.add(wake));
    try {
      for (let leftMs = limits.settlementWaitMs; ; leftMs = untilMs - clock.uptimeMs()) {
        const looked = await this.look(paymentHash, Math.max(1, Math.min(limits.invoiceLookUpMs, leftMs)));
        const restMs = untilMs - clock.uptimeMs();
        // What has ended will not be paid any more, however long somebody waits.
        if (looked === 'settled' || looked === 'ended' || restMs <= 0) return looked;
        if ((await firstOf(told, Math.min(limits.settlementPollMs, restMs))) === 'told') return 'settled';
      }
    } finally {
      waiting.delete(wake);
      // Whoever came after everybody here was woken waits in a set of its own.
      if (waiting.size === 0 && this.#waiting.get(decisionId) === waiting) this.#waiting.delete(decisionId);
    }
  }

  /** Another part of the server has recorded a settlement. */
  settled(decisionId: string): void {
    const waiting = this.#waiting.get(decisionId);
    this.#waiting.delete(decisionId);
    for (const wake of waiting ?? []) wake();
  }

  /** Nobody has to pay these any more. What is paid all the same is recorded as owed. */
  cancel(paymentHashes: readonly string[]): void {
    for (const hash of paymentHashes) void this.#parts.node?.cancel(hash).catch(() => {});
  }

  async #lookAt(node: LightningNode, paymentHash: string): Promise<Advanced> {
    const { clock } = this.#parts;
    const parts = { ...this.#parts, node, nowMs: () => clock.nowMs() };
    const status = await node.lookUp(paymentHash);
    if (isSettled(status)) return settledOr(await recordSettlement(parts, status));
    const invoice = status?.state === 'held' ? await findInvoice(parts.store, paymentHash) : undefined;
    return invoice === undefined ? 'waiting' : advanceHold(parts, invoice);
  }

  async #issue(challenged: Challenged): Promise<PresentedChallenge | NoChallenge> {
    const { decisionId, merchant, invoice } = challenged;
    const { store } = this.#parts;
    const ref = { decisionId, merchant, bucket: invoice.bucket };
    // Ours where the payment is held: the node learns it when the payment is taken, and whoever pays not before.
    const preimage = invoice.holds ? randomBytes(KEY_BYTES) : undefined;
    const issued = await this.#ask(decisionId, BigInt(invoice.sats), preimage);
    if (typeof issued === 'string') {
      await store.submit({ type: 'close-invoice', ...ref, reason: 'lightning_unavailable' });
      return issued;
    }
    const tokenId = randomBytes(KEY_BYTES).toString('hex');
    const { bolt11, paymentHash, payeeKey, expiresAtMs } = issued;
    const made = {
      bolt11,
      paymentHash,
      payeeKey,
      expiresAt: instantAt(expiresAtMs),
      tokenId,
      rootKeySealed: this.#sealed(randomBytes(KEY_BYTES), tokenId),
      preimageSealed: preimage === undefined ? null : this.#sealed(preimage, paymentHash),
    };
    const outcome = await store.submit({ type: 'record-invoice', ...ref, ...made });
    if (outcome.code !== null) return 'unavailable';
    const row = await invoiceOf(store, decisionId);
    if (row?.state === 'open') return this.#made(challenged, presented(invoice, row, false));
    this.cancel([paymentHash]);
    return 'gone';
  }

  async #ask(
    decisionId: string,
    sats: bigint,
    preimage: Uint8Array | undefined,
  ): Promise<IssuedInvoice | 'unavailable' | 'refused' | 'cannot_hold'> {
    const { node, tell } = this.#parts;
    const order = {
      label: decisionId,
      sats,
      // Opaque: an invoice tells its payer nothing about budgets.
      description: `purser:${decisionId}`,
      expirySeconds: limits.invoiceSeconds,
      ...(preimage === undefined ? {} : { holdFor: createHash('sha256').update(preimage).digest('hex') }),
    };
    try {
      return await inTime(node?.issue(order), limits.lightningCallMs);
    } catch (error) {
      tell('invoice_failed', { decision: decisionId, reason: reasonOf(error) });
      if (!(error instanceof LightningRefused)) return 'unavailable';
      return preimage !== undefined && node?.canHold === false ? 'cannot_hold' : 'refused';
    }
  }

  #sealed(secret: Uint8Array, belongsTo: string): string {
    return seal(this.#parts.ring, secret, { tokenId: belongsTo, nonce: randomBytes(NONCE_BYTES) });
  }

  /** Another server has asked its node, or this one had and died: whoever waits does not wait longer than that takes. */
  async #issuedElsewhere(challenged: Challenged): Promise<PresentedChallenge | NoChallenge> {
    const untilMs = this.#parts.clock.uptimeMs() + limits.lightningCallMs;
    while (this.#parts.clock.uptimeMs() < untilMs) {
      const row = await invoiceOf(this.#parts.store, challenged.decisionId);
      if (row?.state === 'open') return this.#made(challenged, presented(challenged.invoice, row, false));
      if (row?.state !== 'intended') return 'gone';
      await wait(limits.settlementPollMs);
    }
    return 'unavailable';
  }

  #made(
    { decisionId, requestDigest }: Challenged,
    { bolt11, payment_hash: paymentHash, token_id: tokenId, root_key_sealed: sealed, ...times }: Challenged['invoice'],
  ): PresentedChallenge | NoChallenge {
    invariant(
      bolt11 !== null && paymentHash !== null && tokenId !== null && sealed !== null,
      'an open invoice is whole',
    );
    const rootKey = unseal(this.#parts.ring, sealed, tokenId);
    if (typeof rootKey === 'string') {
      this.#parts.tell('token_unreadable', { decision: decisionId, reason: rootKey });
      return 'unavailable';
    }
    const validUntilSeconds = Number(BigInt(times.usable_until ?? '0') / NS_PER_SECOND);
    const macaroon = mintMacaroon(rootKey, {
      location: LOCATION,
      identifier: encodeIdentifier({ paymentHash, tokenId }),
      caveats: caveatsFor({ decisionId, requestDigest, validUntilSeconds }),
    });
    const line = challengeLine(encodeMacaroon(macaroon), bolt11);
    return { line, bolt11, paymentHash, expiresAt: BigInt(times.expires_at ?? '0') };
  }
}

/** A node that is slow is as good as none. */
async function inTime<T>(answer: Promise<T> | undefined, ms: number): Promise<T> {
  if (answer === undefined) throw new Error('Lightning is switched off');
  // What comes too late is nobody's any more, also when it is a failure.
  answer.catch(() => {});
  const answered = await firstOf(
    answer.then((value) => ({ value })),
    ms,
  );
  if (answered === undefined) throw new Error('the node did not answer in time');
  return answered.value;
}

/** Undefined when it takes longer. */
async function firstOf<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  const late = new AbortController();
  try {
    return await Promise.race([answer, wait(ms, undefined, { signal: late.signal })]);
  } finally {
    late.abort();
  }
}
