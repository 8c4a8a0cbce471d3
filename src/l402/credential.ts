/**
 * What a request's Authorization lines hold (L-02): a macaroon and the preimage that paid for it, or nothing of ours. Whatever
 * is sent gets an answer and never an error: a stale token that a client attaches to everything must not break a request
 * that needs none (L-03).
 */
import { limits } from '../base/limits.ts';
import { decodeBase64 } from './base64.ts';
import { PREIMAGE, valuesOf } from './caveats.ts';
import { decodeIdentifier, type Identifier } from './identifier.ts';
import { decodeMacaroon, encodeMacaroon, type Macaroon, type MacaroonFault } from './macaroon.ts';

/** Well formed, and not verified in any way. Secret: neither it nor a part of it belongs into a log or an error (L-08). */
export interface Credential {
  readonly identifier: Identifier;
  readonly macaroon: Macaroon;
  /** 32 bytes in lower hex, as the client claims it. */
  readonly preimage: string;
}

export type CredentialFault =
  | MacaroonFault
  | 'too_long'
  | 'several_macaroons'
  | 'unknown_identifier'
  | 'no_preimage'
  | 'bad_preimage'
  | 'differing_preimages'
  | 'differing_lines';

export type Presented =
  /** Nothing of ours: no line, or only other schemes. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly reason: CredentialFault }
  | { readonly kind: 'credential'; readonly credential: Credential };

const PREIMAGE_HEX = /^[0-9a-f]{64}$/i;
/** One line of ours. The scheme alone is ours, too, and malformed. */
const LINE = /^(?:l402|lsat)(?: +(.*))?$/is;
/** Fetch and some proxies join lines of the same name. No token contains a comma followed by a scheme. */
const JOINED = /, *(?=(?:l402|lsat) )/i;

/**
 * Reads all Authorization lines, as in `headersDistinct` (Node keeps only the first of them elsewhere). Clients of LND's family
 * send two of equal content, LSAT and L402; lines that differ say nothing that could be relied on.
 */
export function presentedIn(lines: readonly string[]): Presented {
  let agreed: Credential | undefined;
  for (const line of lines.flatMap((joined) => joined.split(JOINED))) {
    const ours = LINE.exec(line.trim());
    if (ours === null) continue;
    const read = readToken(ours[1] ?? '');
    if (typeof read === 'string') return { kind: 'malformed', reason: read };
    if (agreed !== undefined && !isSame(agreed, read)) return { kind: 'malformed', reason: 'differing_lines' };
    agreed = read;
  }
  return agreed === undefined ? { kind: 'none' } : { kind: 'credential', credential: agreed };
}

function readToken(token: string): Credential | CredentialFault {
  const [text = '', ...hex] = token.split(':');
  if (text.length > limits.macaroonCharactersMax) return 'too_long';
  // The specification allows a list; no server issues one, and we never did.
  if (text.includes(',')) return 'several_macaroons';
  const macaroon = decodeMacaroon(decodeBase64(text) ?? new Uint8Array());
  if (typeof macaroon === 'string') return macaroon;
  const identifier = decodeIdentifier(macaroon.identifier);
  if (identifier === undefined) return 'unknown_identifier';
  // Behind the colon, as caveats, or both: clients of LND's family write it into the macaroon, too.
  const claims = [...hex.filter((claim) => claim !== ''), ...valuesOf(macaroon.caveats, PREIMAGE)];
  if (!claims.every((claim) => PREIMAGE_HEX.test(claim))) return 'bad_preimage';
  const [preimage, ...others] = new Set(claims.map((claim) => claim.toLowerCase()));
  if (preimage === undefined) return 'no_preimage';
  return others.length > 0 ? 'differing_preimages' : { identifier, macaroon, preimage };
}

function isSame(one: Credential, other: Credential): boolean {
  return one.preimage === other.preimage && encodeMacaroon(one.macaroon).equals(encodeMacaroon(other.macaroon));
}
