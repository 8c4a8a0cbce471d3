/**
 * Whether a credential is good for a request, in the order that tells a stranger least: the preimage fits (free to check, and
 * nobody guesses one), the token is one of ours, its signature, its conditions. What is left to the caller is money: that our
 * own invoice was settled for what was asked (L-05), and that the token was not used before (L-04).
 */
import { hash, timingSafeEqual } from 'node:crypto';
import { checkCaveats, type CaveatFault } from './caveats.ts';
import type { Credential } from './credential.ts';
import { isSignedBy } from './macaroon.ts';

/** What is recorded of the token with the credential's payment hash. */
export interface IssuedToken {
  /** 32 bytes. */
  readonly rootKey: Uint8Array;
  readonly decisionId: string;
}

/** The request that the credential came with. */
export interface PresentedFor {
  readonly requestDigest: string;
  readonly nowSeconds: number;
}

export type Rejection = 'wrong_preimage' | 'unknown_token' | 'bad_signature' | CaveatFault;

/** `token` is undefined when none is recorded. Every rejection is answered with a fresh challenge (L-03). */
export function verifyCredential(
  credential: Credential,
  token: IssuedToken | undefined,
  request: PresentedFor,
): 'valid' | Rejection {
  if (!fitsPreimage(credential)) return 'wrong_preimage';
  if (token === undefined) return 'unknown_token';
  if (!isSignedBy(token.rootKey, credential.macaroon)) return 'bad_signature';
  return checkCaveats(credential.macaroon.caveats, { ...request, decisionId: token.decisionId });
}

/** Whether the preimage is that of the payment hash in the identifier; comes before any look-up. Compares in constant time. */
export function fitsPreimage({ identifier, preimage }: Credential): boolean {
  const paid = hash('sha256', Buffer.from(preimage, 'hex'), 'buffer');
  return timingSafeEqual(paid, Buffer.from(identifier.paymentHash, 'hex'));
}
