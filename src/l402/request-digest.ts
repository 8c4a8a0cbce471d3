/**
 * One spelling for one gate request, and its hash: a token is bound to it (L-04), an open challenge is found by it (L-06), and
 * it stands in the evidence (B-06). Whoever repeats a request need not repeat the order of its members.
 */
import { hash } from 'node:crypto';
import type { MinorUnits } from '../base/money.ts';

/** A gate call (B-03) in the caller's own words; null where nothing was said: a changed default changes no digest. */
export interface DigestedRequest {
  /** Who is authenticated, not who is named in the body: nobody redeems a token of somebody else. */
  readonly callerId: string;
  readonly merchantId: string;
  readonly actorId: string;
  readonly actionKind: string;
  readonly amountCents: MinorUnits;
  readonly category: string | null;
  readonly period: string | null;
  readonly deliveryDate: string | null;
  readonly currency: string | null;
  readonly basis: string | null;
  readonly context: {
    readonly orderId: string | null;
    readonly poId: string | null;
    readonly transferId: string | null;
  };
  /** Two actions that differ in nothing else are told apart by it. */
  readonly idempotencyKey: string | null;
}

/** JSON with its names sorted; what was not said is left out. */
export function canonicalRequest(request: DigestedRequest): string {
  return JSON.stringify({
    action_kind: request.actionKind,
    actor_id: request.actorId,
    amount_cents: Number(request.amountCents), // exact: no MinorUnits are larger than a double holds
    basis: request.basis ?? undefined,
    caller_id: request.callerId,
    category: request.category ?? undefined,
    context: {
      order_id: request.context.orderId ?? undefined,
      po_id: request.context.poId ?? undefined,
      transfer_id: request.context.transferId ?? undefined,
    },
    currency: request.currency ?? undefined,
    delivery_date: request.deliveryDate ?? undefined,
    idempotency_key: request.idempotencyKey ?? undefined,
    merchant_id: request.merchantId,
    period: request.period ?? undefined,
  });
}

/** SHA-256 of the canonical text, in lower hex: what `sha256sum` says of it. */
export function requestDigest(canonical: string): string {
  return hash('sha256', canonical, 'hex');
}
