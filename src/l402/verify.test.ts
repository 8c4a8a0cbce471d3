/** Every reason for which a credential is refused, in its place, with tokens minted and sent as clients send them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { caveatsFor } from './caveats.ts';
import { presentedIn, type Credential } from './credential.ts';
import { encodeIdentifier } from './identifier.ts';
import { attenuate, encodeMacaroon, mintMacaroon, type Macaroon } from './macaroon.ts';
import { fitsPreimage, verifyCredential, type IssuedToken, type PresentedFor, type Rejection } from './verify.ts';

const PREIMAGE = Buffer.alloc(32, 5);
const DIGEST = 'ab'.repeat(32);
const rootKey = Buffer.alloc(32, 9);
const terms = { decisionId: 'dec-1', requestDigest: DIGEST, validUntilSeconds: 1_000 };
const identifier = encodeIdentifier({
  paymentHash: createHash('sha256').update(PREIMAGE).digest('hex'),
  tokenId: '0e'.repeat(32),
});
const minted = mintMacaroon(rootKey, { location: 'purser', identifier, caveats: caveatsFor(terms) });

const sent = (macaroon: Macaroon, preimage: Uint8Array = PREIMAGE): Credential => {
  const hex = Buffer.from(preimage).toString('hex');
  const presented = presentedIn([`L402 ${encodeMacaroon(macaroon).toString('base64')}:${hex}`]);
  assert.ok(presented.kind === 'credential', JSON.stringify(presented));
  return presented.credential;
};

const good = sent(minted);
const token: IssuedToken = { rootKey, decisionId: 'dec-1' };
const request: PresentedFor = { requestDigest: DIGEST, nowSeconds: 999 };
const wrong = Buffer.alloc(32, 6);

suite('L-03, L-04: verification', () => {
  test('a token that was paid for is good for its request', () => {
    assert.equal(verifyCredential(good, token, request), 'valid');
    assert.equal(fitsPreimage(good), true);
  });

  test('it stays good with what clients append', () => {
    const appended = attenuate(attenuate(minted, `preimage=${PREIMAGE.toString('hex')}`), 'otb_valid_until=999');
    assert.equal(verifyCredential(sent(appended), token, request), 'valid');
  });

  const forged: Macaroon = {
    ...minted,
    caveats: [...minted.caveats.slice(0, 3), Buffer.from('otb_valid_until=9999')],
  };
  const rows: readonly [
    what: string,
    credential: Credential,
    token: IssuedToken | undefined,
    request: Partial<PresentedFor>,
    expected: Rejection,
  ][] = [
    ['another preimage', sent(minted, wrong), token, {}, 'wrong_preimage'],
    ['a preimage of zeros', sent(minted, Buffer.alloc(32)), token, {}, 'wrong_preimage'],
    ['a token that nobody recorded', good, undefined, {}, 'unknown_token'],
    ['a token of another root key', good, { ...token, rootKey: wrong }, {}, 'bad_signature'],
    ['a changed caveat', sent(forged), token, {}, 'bad_signature'],
    ['a caveat cut off', sent({ ...minted, caveats: minted.caveats.slice(0, 3) }), token, {}, 'bad_signature'],
    ['a changed signature', sent({ ...minted, signature: wrong }), token, {}, 'bad_signature'],
    ['a decision other than the recorded one', good, { ...token, decisionId: 'dec-2' }, {}, 'other_decision'],
    ['another request', good, token, { requestDigest: 'cd'.repeat(32) }, 'other_request'],
    ['after its end', good, token, { nowSeconds: 1_001 }, 'expired'],
    [
      'a later end, appended',
      sent(attenuate(minted, 'otb_valid_until=9999')),
      token,
      { nowSeconds: 1_001 },
      'caveat_loosened',
    ],
    [
      'another request, appended',
      sent(attenuate(minted, `otb_request=${'cd'.repeat(32)}`)),
      token,
      {},
      'caveat_loosened',
    ],
    // In the order of the checks: what is wrong first is what is named.
    ['everything wrong', sent(forged, wrong), undefined, { nowSeconds: 9_999 }, 'wrong_preimage'],
    ['all but the preimage wrong', sent(forged), undefined, { nowSeconds: 9_999 }, 'unknown_token'],
    ['a forged token after its end', sent(forged), token, { nowSeconds: 9_999 }, 'bad_signature'],
  ];
  for (const [what, credential, issued, occasion, expected] of rows)
    test(`${expected}: ${what}`, () =>
      assert.equal(verifyCredential(credential, issued, { ...request, ...occasion }), expected));

  test('a change of any byte of the macaroon is refused', () => {
    const bytes = encodeMacaroon(minted);
    const location = bytes.indexOf('purser');
    for (let at = 0; at < bytes.length; at++) {
      if (at >= location && at < location + 'purser'.length) continue; // a hint that nobody signs
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      const presented = presentedIn([`L402 ${changed.toString('base64')}:${PREIMAGE.toString('hex')}`]);
      const verdict =
        presented.kind === 'credential' ? verifyCredential(presented.credential, token, request) : 'malformed';
      assert.notEqual(verdict, 'valid', `byte ${at}`);
    }
  });
});
