/**
 * Payments that a node holds for our invoices (L-05, N-01): each is taken or given back by one commit, and the node is told
 * until it has nothing more of it. Every step may come twice and from several servers at once; where one dies another goes on.
 */
import { reasonOf } from '../base/failure.ts';
import { invariant } from '../base/assert.ts';
import { instantAt } from '../base/time.ts';
import type { DecisionRow, InvoiceRow } from '../budgets/tables.ts';
import type { InvoiceRef } from '../flows/invoices.ts';
import { unseal, type KeyRing } from '../l402/sealing.ts';
import { LightningRefused, type InvoiceStatus, type LightningNode } from '../lightning/node.ts';
import { findDecision, invoiceOf } from './find-rows.ts';
import { isSettled, recordSettlement, type SettlingParts } from './settlements.ts';

export interface HeldParts extends SettlingParts {
  readonly node: LightningNode;
  readonly ring: KeyRing;
  /** Told of what the node would not do; never of a secret. */
  readonly tell: (event: string, fields: Readonly<Record<string, string>>) => void;
}

/**
 * `settled`: it is ours. `ended`: it went back, or nobody paid in time. `waiting`: nothing is decided yet, or the node was not
 * told yet. `unknown`: the node says more than could be recorded, so nobody may be answered as if nothing had been paid.
 */
export type Advanced = 'settled' | 'ended' | 'waiting' | 'unknown';

/**
 * Does for a hold invoice what there is to do, as far as the node answers. Rejects with LightningUnavailable and with
 * StoreUnavailable: asked again later it goes on where it stopped.
 */
export async function advanceHold(parts: HeldParts, invoice: InvoiceRow): Promise<Advanced> {
  if (invoice.hold !== 'waiting' || invoice.payment_hash === null) return 'ended';
  if (invoice.state !== 'open') return follow(parts, invoice);
  const status = await parts.node.lookUp(invoice.payment_hash);
  if (isSettled(status)) return settled(parts, status);
  if (status?.state === 'held') {
    const after = await decided(parts, invoice, status);
    return after === undefined ? 'unknown' : follow(parts, after);
  }
  const isOver = invoice.expires_at !== null && invoice.expires_at <= instantAt(parts.nowMs());
  return isOver ? giveBack(parts, invoice) : 'waiting';
}

/** What a commit said is done at the node. */
async function follow(parts: HeldParts, invoice: InvoiceRow): Promise<Advanced> {
  if (invoice.state === 'open') return 'waiting';
  return invoice.state === 'held' ? take(parts, invoice) : giveBack(parts, invoice);
}

/** The commit that takes the payment, or does not; the invoice after it. Undefined: it could not be recorded. */
async function decided(
  { store }: HeldParts,
  invoice: InvoiceRow,
  { heldMsat }: InvoiceStatus,
): Promise<InvoiceRow | undefined> {
  const decision = await findDecision(store, invoice.decision_id);
  const former = decision?.replaces == null ? undefined : await findDecision(store, decision.replaces);
  const replaces = former === undefined ? null : { decisionId: former.decision_id, bucket: former.bucket };
  const ref = refOf(invoice, decision);
  const { code } = await store.submit({ type: 'accept-payment', ...ref, heldMsat, replaces });
  if (code !== null) return undefined;
  const after = await invoiceOf(store, invoice.decision_id);
  invariant(after !== undefined, 'an invoice stays');
  return after;
}

/** It is committed that the payment is wanted: the payer gets the preimage. */
async function take(parts: HeldParts, invoice: InvoiceRow): Promise<Advanced> {
  const { node, ring, tell } = parts;
  const { decision_id: decision, payment_hash: hash, preimage_sealed: sealed } = invoice;
  const preimage = sealed === null || hash === null ? 'not_sealed' : unseal(ring, sealed, hash);
  if (typeof preimage === 'string') {
    tell('preimage_unreadable', { decision, reason: preimage });
    // A server that was started after `rotate-keys` has the key; where none has it, the challenge's end gives the payment back.
    if (preimage === 'unknown_key') return 'waiting';
    // Nobody can take it any more: the payer must not wait until then.
    return giveBack(parts, invoice);
  }
  await unlessRefused(node.settle(preimage.toString('hex')), (reason) => tell('settle_refused', { decision, reason }));
  return ended(parts, invoice);
}

async function giveBack(parts: HeldParts, invoice: InvoiceRow): Promise<Advanced> {
  const { node, tell } = parts;
  const { decision_id: decision, payment_hash: hash } = invoice;
  await unlessRefused(node.cancel(hash ?? ''), (reason) => tell('cancel_refused', { decision, reason }));
  return ended(parts, invoice);
}

/** What the node says itself is what counts: an answer may have been lost, or it was told before. */
async function ended(parts: HeldParts, invoice: InvoiceRow): Promise<Advanced> {
  const { node, store } = parts;
  const status = await node.lookUp(invoice.payment_hash ?? '');
  if (isSettled(status)) return settled(parts, status);
  if (status?.state === 'open' || status?.state === 'held') return 'waiting';
  const decision = await findDecision(store, invoice.decision_id);
  const { code } = await store.submit({ type: 'end-hold', ...refOf(invoice, decision) });
  return code === null ? 'ended' : 'waiting';
}

async function settled(parts: HeldParts, status: InvoiceStatus): Promise<Advanced> {
  const recorded = await recordSettlement(parts, status);
  return settledOr(recorded);
}

/** A payment that the node has received and the store did not record is not `waiting`: somebody has paid. */
export function settledOr(recorded: Awaited<ReturnType<typeof recordSettlement>>): Advanced {
  if (recorded === undefined) return 'waiting';
  return recorded.outcome.code === null ? 'settled' : 'unknown';
}

/** A refusal may only say that it was done before. */
async function unlessRefused(asked: Promise<void>, refused: (reason: string) => void): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof LightningRefused)) throw error;
    refused(reasonOf(error));
  }
}

const refOf = (
  { decision_id: decisionId, merchant_id: merchant }: InvoiceRow,
  decision: DecisionRow | undefined,
): InvoiceRef => ({ decisionId, merchant, bucket: decision?.bucket ?? '' });
