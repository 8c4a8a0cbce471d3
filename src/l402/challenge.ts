/** What a 402 says in `WWW-Authenticate` (L-01): the one form that every known client reads. Never sent with another status. */
import { invariant } from '../base/assert.ts';

/** Both are text that we or our node made; a sign beyond these would end the quotes, or the header. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const INVOICE = /^ln[a-z0-9]+$/;

/**
 * Some clients take the order, the quotes and the one blank after the comma for granted. `macaroon` is in binary form, `invoice`
 * as its node wrote it in lower case.
 */
export function challenge(macaroon: Uint8Array, invoice: string): string {
  const text = Buffer.from(macaroon).toString('base64');
  invariant(BASE64.test(text) && INVOICE.test(invoice), 'a challenge holds a macaroon and an invoice');
  return `L402 macaroon="${text}", invoice="${invoice}"`;
}
