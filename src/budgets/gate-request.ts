/**
 * What the gate is asked (B-03, B-05): the request in the caller's words, the document that it is about, and the names under
 * which a later request finds the decision of this one.
 */
import type { MinorUnits } from '../base/money.ts';
import type { Basis, DecisionRow } from './tables.ts';

export const actionKinds = ['po_submit', 'transfer_request', 'restock', 'vendor_commit', 'other'] as const;
type ActionKind = (typeof actionKinds)[number];

/** Documents by which an action is known to its own system; the first that is there names it. */
export interface ActionContext {
  readonly poId: string | null;
  readonly transferId: string | null;
  readonly orderId: string | null;
}

/** A gate call as it came; null where nothing was said. */
export interface GateRequest {
  readonly merchantId: string;
  readonly actorId: string;
  readonly actionKind: ActionKind;
  readonly amountCents: MinorUnits;
  readonly category: string | null;
  readonly period: string | null;
  /** `2026-11-21`, as callers write dates. */
  readonly deliveryDate: string | null;
  readonly currency: string | null;
  readonly basis: Basis | null;
  readonly context: ActionContext;
}

/** `po:<id>`, `transfer:<id>` or `order:<id>`; null: the action is known by no document. */
export function documentOf({ poId, transferId, orderId }: ActionContext): string | null {
  if (poId !== null) return `po:${poId}`;
  if (transferId !== null) return `transfer:${transferId}`;
  return orderId === null ? null : `order:${orderId}`;
}

/** A caller may be whatever an identity provider calls it, and its key anything: only quoted do no two pairs meet. */
const ofCaller = (caller: string, key: string): string => JSON.stringify([caller, key]);

/** Keys of `otb_references`. Ids of merchants hold no `|`; what a document is called may, and stands last for that. */
export const keyReference = (caller: string, key: string): string => `key|${ofCaller(caller, key)}`;

export const documentReference = (request: GateRequest): string | null => {
  const document = documentOf(request.context);
  return document === null ? null : `document|${request.merchantId}|${request.actionKind}|${document}`;
};

/** The same from what is recorded of a decision. */
export const documentReferenceOf = (
  row: Pick<DecisionRow, 'merchant_id' | 'action_kind' | 'document'>,
): string | null => (row.document === null ? null : `document|${row.merchant_id}|${row.action_kind}|${row.document}`);

export const digestReference = (digest: string): string => `request|${digest}`;

/** The key under which the journal keeps a caller's final answer (R2). */
export const answerKey = (caller: string, key: string): string => `gate:${ofCaller(caller, key)}`;
