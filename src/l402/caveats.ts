/**
 * The conditions in our tokens (L-04): for which service and what of it, until when, for which decision and request. What we mint is checked;
 * a repeat may only tighten, or a holder could write himself another request. Conditions that we never mint are skipped,
 * because clients add their own (L-02).
 */
import { invariant } from '../base/assert.ts';
import { decodeUtf8 } from './utf8.ts';

/** What a token is bound to when it is minted. */
export interface TokenTerms {
  readonly decisionId: string;
  /** SHA-256 of the canonical request, in lower hex. */
  readonly requestDigest: string;
  /** Unix time; the token is good up to and including this second. */
  readonly validUntilSeconds: number;
}

/** What the token is presented for. */
export interface Occasion {
  readonly decisionId: string;
  readonly requestDigest: string;
  readonly nowSeconds: number;
}

export type CaveatFault =
  'caveat_missing' | 'caveat_loosened' | 'other_service' | 'other_decision' | 'other_request' | 'expired';

const SERVICE = 'otb:0';
const CAPABILITY = 'gate';
const DIGEST = /^[0-9a-f]{64}$/;
const SECONDS = /^\d{1,15}$/;

/** Clients write the preimage into the macaroon under this name before they send it. */
export const PREIMAGE = 'preimage';

interface Rule {
  readonly name: string;
  /** Whether a repeat allows no more than the one before it. */
  readonly tightens: (before: string, repeat: string) => boolean;
  /** Of the last one. */
  readonly holds: (value: string, occasion: Occasion) => boolean;
  readonly fault: CaveatFault;
}

const isPart = (before: string, repeat: string): boolean =>
  repeat.split(',').every((one) => before.split(',').includes(one));
const isSame = (before: string, repeat: string): boolean => before === repeat;

/** In the order in which they are minted and checked. */
const rules: readonly Rule[] = [
  {
    name: 'services',
    tightens: isPart,
    holds: (value) => value.split(',').includes(SERVICE),
    fault: 'other_service',
  },
  {
    name: 'otb_capabilities',
    tightens: isPart,
    holds: (value) => value.split(',').includes(CAPABILITY),
    fault: 'other_service',
  },
  {
    name: 'otb_valid_until',
    tightens: (before, repeat) => SECONDS.test(repeat) && Number(repeat) <= Number(before),
    holds: (value, { nowSeconds }) => SECONDS.test(value) && nowSeconds <= Number(value),
    fault: 'expired',
  },
  {
    name: 'otb_decision',
    tightens: isSame,
    holds: (value, { decisionId }) => value === decisionId,
    fault: 'other_decision',
  },
  {
    name: 'otb_request',
    tightens: isSame,
    holds: (value, { requestDigest }) => value === requestDigest,
    fault: 'other_request',
  },
];

/** The conditions that a token is minted with. */
export function caveatsFor({ decisionId, requestDigest, validUntilSeconds }: TokenTerms): string[] {
  invariant(decisionId !== '' && DIGEST.test(requestDigest), 'a token is bound to a decision and a request');
  invariant(SECONDS.test(String(validUntilSeconds)), 'a token ends at a whole second');
  const values = [SERVICE, CAPABILITY, String(validUntilSeconds), decisionId, requestDigest];
  return rules.map(({ name }, index) => `${name}=${values[index]}`);
}

/** The first of our conditions that does not hold, in the order of the table above. */
export function checkCaveats(caveats: readonly Uint8Array[], occasion: Occasion): 'valid' | CaveatFault {
  for (const { name, tightens, holds, fault } of rules) {
    const [first, ...repeats] = valuesOf(caveats, name);
    if (first === undefined) return 'caveat_missing'; // a token without it would be good for everything
    let last = first;
    for (const repeat of repeats) {
      if (!tightens(last, repeat)) return 'caveat_loosened';
      last = repeat;
    }
    if (!holds(last, occasion)) return fault;
  }
  return 'valid';
}

/** All values of a condition, in order. What is no `name=value` in UTF-8 is somebody else's and is skipped. */
export function valuesOf(caveats: readonly Uint8Array[], name: string): string[] {
  return caveats.flatMap((caveat) => {
    const text = decodeUtf8(caveat);
    return text?.startsWith(`${name}=`) === true ? [text.slice(name.length + 1)] : [];
  });
}
