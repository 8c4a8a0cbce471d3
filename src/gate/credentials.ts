/**
 * Whether what a request presents is good for it (L-02..L-05): well formed, paid for, ours, and bound to this very request.
 * Whatever else it is, it is treated as if it had not been sent.
 */
import { NS_PER_SECOND } from '../base/time.ts';
import type { InvoiceRow } from '../budgets/tables.ts';
import { presentedIn } from '../l402/credential.ts';
import { unseal, type KeyRing } from '../l402/sealing.ts';
import { fitsPreimage, verifyCredential } from '../l402/verify.ts';
import type { Store } from '../store/store.ts';
import { findInvoice } from './settlements.ts';

export interface Presented {
  /** Authorization lines as they came. Secret. */
  readonly lines: readonly string[];
  readonly requestDigest: string;
  readonly nowMs: number;
}

/** The invoice of the decision that the credential is good for. The preimage fits: somebody has paid, or the node told it. */
export async function verifiedInvoice(
  store: Pick<Store, 'rows'>,
  ring: KeyRing,
  { lines, requestDigest, nowMs }: Presented,
): Promise<InvoiceRow | undefined> {
  const presented = presentedIn(lines);
  // Free to check, before anything is looked up for a stranger.
  if (presented.kind !== 'credential' || !fitsPreimage(presented.credential)) return undefined;
  const { credential } = presented;
  const invoice = await findInvoice(store, credential.identifier.paymentHash);
  if (invoice?.token_id == null || invoice.root_key_sealed === null) return undefined;
  if (invoice.token_id !== credential.identifier.tokenId) return undefined;
  const rootKey = unseal(ring, invoice.root_key_sealed, invoice.token_id);
  // Sealed with a key that this server does not have: another server's ring, or one that was lost.
  if (typeof rootKey === 'string') return undefined;
  const token = { rootKey, decisionId: invoice.decision_id };
  const nowSeconds = secondsFor(invoice, nowMs);
  return verifyCredential(credential, token, { requestDigest, nowSeconds }) === 'valid' ? invoice : undefined;
}

/** Used in time it stays good for the answer that it had (L-04): repeated a day later it must not reserve once more. */
function secondsFor({ consumed_at: usedAt, usable_until: untilAt }: InvoiceRow, nowMs: number): number {
  const nowSeconds = Math.floor(nowMs / 1_000);
  return usedAt === null || untilAt === null ? nowSeconds : Math.min(nowSeconds, Number(untilAt / NS_PER_SECOND));
}
